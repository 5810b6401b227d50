"""lib.py -- what every peer test stands on: claims, a place to work, an SBC, its peers.

A test file lists functions whose docstring is the claim; `main` runs them against one
Enlace in a directory of its own, prints TAP, and at last holds that Enlace ended with
status 0 and that no sanitizer spoke.  Nothing is ended but what the test started.
"""
import os
import re
import shutil
import ssl
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tools", "demo"))
import plan
from baresip import Endpoint
from certs import Authority
from ports import free_sip_port, free_tcp_port, free_udp_range
from rtp import Speaker
from sbc import Sbc, children_of
from sip import Agent

CRASH = re.compile(r"was ended by a signal|process ended by itself")
SANITIZER = re.compile(r"(AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:)")
IS_ASAN = os.environ.get("ENLACE_VARIANT", "") == "asan" or "/asan/" in "".join(sys.argv[1:2])
# Under the sanitizers, on two shared cores, everything takes longer.
PATIENCE_S = 20 if IS_ASAN else 10
# Freed memory is kept from use by the sanitizer; a little of it, so that growth is ours.
os.environ["ASAN_OPTIONS"] = (os.environ.get("ASAN_OPTIONS", "detect_leaks=1") +
                              ":quarantine_size_mb=4:thread_local_quarantine_size_kb=64")


class Skip(Exception):
    pass


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def wait_until(condition, what, deadline_s=PATIENCE_S):
    """The first true value of condition()."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {deadline_s} s")
        time.sleep(0.05)


def expect_ports_back(sbc):
    """No session is left and every port of every realm is free again."""
    wait_until(lambda: not sbc.show_json("sessions")["sessions"], "no session left")

    def lent():
        facts = sbc.show_json("media")["media"]
        return [f"{name}: {value}" for name, value in facts.items()
                if name.endswith("ports free") and value.split()[0] != value.split()[2]]
    # Ports rest for a few seconds before they are lent again.
    wait_until(lambda: not lent(), "every port is free")


def sdp(address, port, profile="RTP/AVP", attributes=(), formats="8 101", version=1):
    lines = ["v=0", f"o=- 77001 {version} IN IP4 {address}", "s=-", f"c=IN IP4 {address}",
             "t=0 0", f"m=audio {port} {profile} {formats}", "a=rtpmap:8 PCMA/8000",
             "a=rtpmap:101 telephone-event/8000", *attributes, ""]
    return "\r\n".join(lines)


def crypto(tag=1, suite="AES_CM_128_HMAC_SHA1_80", ending="|2^31"):
    key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
    return f"a=crypto:{tag} {suite} inline:{key}{ending}"


class Lab:
    """A directory, certificates, a plan of ports, and everything that must be ended."""

    def __init__(self, bindir):
        self.bindir = os.path.abspath(bindir)
        self.directory = tempfile.mkdtemp(prefix="enlace-peer-")
        self.plan = plan.Plan(media_ports=2000)
        self.sbc, self.opened = None, []
        self.kills = 0  # of daemons, by the test itself
        self.authority = Authority(os.path.join(self.directory, "tls"))
        self.authority.issue("mediation", f"DNS:{plan.MEDIATION_NAME},IP:{plan.MEDIATION}")
        self.authority.issue("sbc", f"DNS:sbc.example.com,IP:{plan.CORE}")
        self.mediation_port = free_sip_port(plan.MEDIATION)
        self.gateway_port = free_sip_port(plan.GATEWAY)
        self.media_low = free_udp_range(plan.GATEWAY, 20)[0]

    def opens(self, thing):
        """thing.stop() or thing.close() is called at the end."""
        self.opened.append(thing)
        return thing

    def config(self, extra="", mediation_port=None, gateway_port=None):
        return self.plan.config(
            self.authority, mediation_port or self.mediation_port,
            gateway_port or self.gateway_port) + extra

    def start(self, config=None, name="enlace"):
        """The Enlace of the test; claims may start further ones under other names."""
        directory = os.path.join(self.directory, name)
        os.makedirs(directory, exist_ok=True)
        sbc = Sbc(self.bindir, directory, config or self.config())
        self.sbc = self.sbc or sbc
        self.opens(sbc).start(60 if IS_ASAN else 20)
        return sbc

    def client_tls(self, name="mediation", authority=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.authority.trust)
        if name:
            owner = authority or self.authority
            context.load_cert_chain(owner.certificate(name), owner.key(name))
        return context

    def server_tls(self, name="mediation"):
        """Mutual: our side of the SBC's connection wants a certificate too."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_verify_locations(self.authority.trust)
        context.load_cert_chain(self.authority.certificate(name), self.authority.key(name))
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def mediation_agent(self, **options):
        """The Lync side, our own: TLS both ways with certificates both ways."""
        return self.opens(Agent(
            plan.MEDIATION, self.mediation_port, "tls", (plan.CORE, self.plan.core_port),
            self.server_tls(), self.client_tls(),
            lambda: sdp(plan.MEDIATION, self.media_low, "RTP/SAVP", [crypto()]), **options))

    def gateway_agent(self, **options):
        return self.opens(Agent(
            plan.GATEWAY, self.gateway_port, "udp", (plan.EDGE, self.plan.edge_port),
            sdp=lambda: sdp(plan.GATEWAY, self.media_low), **options))

    def mediation_baresip(self, **options):
        endpoint = Endpoint(
            os.path.join(self.directory, "mediation"), "Mediation Server", plan.MEDIATION,
            plan.MEDIATION_USER, plan.MEDIATION_HZ, "tls", "srtp-mand",
            self.authority.both("mediation"), self.authority.trust, **options)
        self.mediation_port = endpoint.port
        return self.opens(endpoint).start()

    def gateway_baresip(self, **options):
        endpoint = Endpoint(os.path.join(self.directory, "gateway"), "ITSP gateway",
                            plan.GATEWAY, plan.GATEWAY_USER, plan.GATEWAY_HZ, **options)
        self.gateway_port = endpoint.port
        return self.opens(endpoint).start()

    def speaker(self, address, port, hertz):
        return self.opens(Speaker(address, port, hertz))

    def close(self):
        """Ends everything, newest first; what was wrong with the end, as sentences."""
        problems = []
        for thing in reversed(self.opened):
            is_sbc = isinstance(thing, Sbc)
            status = thing.stop() if hasattr(thing, "stop") else thing.close()
            if not is_sbc:
                continue
            if status not in (0, None) or (status is None and thing is self.sbc):
                problems.append(f"enlace-run ended with status {status}")
            said = [line for line in thing.log().splitlines() if SANITIZER.search(line)]
            problems += said[:5]
            deaths = [line for line in thing.log().splitlines() if CRASH.search(line)]
            if len(deaths) > self.kills:
                problems += deaths
        return problems


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def say(self, is_good, claim, suffix=""):
        self.count += 1
        self.failed += not is_good
        print(f"{'ok' if is_good else 'not ok'} {self.count} - {claim}{suffix}", flush=True)

    def note(self, text):
        for line in str(text).splitlines():
            print(f"# {line}", flush=True)


def claim_of(function):
    return " ".join((function.__doc__ or function.__name__).split()).rstrip(".")


def run_claim(tap, world, function):
    began = time.monotonic()
    try:
        function(world)
        tap.say(True, claim_of(function))
    except Skip as why:
        tap.say(True, claim_of(function), f" # SKIP {why}")
    except Exception as error:  # whatever a claim meets is its failure, not the runner's
        tap.say(False, claim_of(function))
        tap.note(f"{type(error).__name__}: {error}")
        if not isinstance(error, AssertionError):
            tap.note(traceback.format_exc())
    took = time.monotonic() - began
    if took > 5:
        tap.note(f"{took:.1f} s")


def main(make_world, claims):
    """make_world(lab) starts what the claims share and returns it."""
    tap, lab = Tap(), Lab(sys.argv[1] if len(sys.argv) > 1 else "build/release/bin")
    world = None
    try:
        world = make_world(lab)
    except Exception as error:
        tap.say(False, "starts")
        tap.note(f"{type(error).__name__}: {error}")
        tap.note(traceback.format_exc())
    for function in claims if world else ():
        run_claim(tap, world, function)
    problems = lab.close()
    tap.say(not problems,
            "Enlace ends with status 0, nothing died by itself, no sanitizer has a finding")
    for problem in problems:
        tap.note(problem)
    if tap.failed and lab.sbc:
        tap.note("--- log of Enlace ---")
        tap.note(lab.sbc.log_tail(40))
    print(f"1..{tap.count}")
    if tap.failed:
        tap.note(f"kept: {lab.directory}")
    else:
        shutil.rmtree(lab.directory, ignore_errors=True)
    sys.exit(1 if tap.failed else 0)
