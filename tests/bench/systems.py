"""systems.py -- what is measured: the floor, the rival and Enlace, each started the same way.

A system offers `call_address` (where the caller sends its INVITE), `pids()` (everything
that works for it) and `media_pids()` (what relays speech).  The caller is at 127.0.0.3,
the answerer at 127.0.0.4; systems live at 127.0.0.1 and 127.0.0.2.
"""
import os
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools", "demo"))
from ports import free_tcp_port, free_udp_port, free_udp_range
from sbc import Sbc

NEAR, FAR, CALLER, ANSWERER = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"
# The systems under test share one core, the generators have the other.
SYSTEM_CPU = max(os.sched_getaffinity(0))


class Site:
    """Addresses of both ends of the calls, fixed for one run."""

    def __init__(self, tools, directory, bindir):
        self.tools, self.directory, self.bindir = tools, directory, bindir
        self.caller = f"{CALLER}:{free_udp_port(CALLER)}"
        self.answerer = f"{ANSWERER}:{free_udp_port(ANSWERER)}"
        self.media_a = free_udp_port(CALLER)
        self.media_b = free_udp_port(ANSWERER)
        self.near_media = free_udp_range(NEAR, 4000)
        self.far_media = free_udp_range(FAR, 4000)

    def tool(self, name):
        return os.path.join(self.tools, name)


class System:
    name = ""
    is_secure = False

    def __init__(self, site):
        self.site = site
        self.processes = []

    def spawn(self, command, log_name, **options):
        log = open(os.path.join(self.site.directory, log_name), "ab")
        with log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stderr=log,
                stdout=options.pop("stdout", log), **options)
        self.processes.append(process)
        return process

    def pids(self):
        return [process.pid for process in self.processes]

    media_pids = pids

    def stop(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()


def pin(process):
    os.sched_setaffinity(process.pid, {SYSTEM_CPU})


def pinned():
    """For preexec: children of the measured process inherit its core."""
    os.sched_setaffinity(0, {SYSTEM_CPU})


class SipFloor(System):
    name = "bare datagram relay"

    def start(self):
        self.call_address = f"{NEAR}:{free_udp_port(NEAR)}"
        self.spawn([self.site.tool("sip_relay"), self.call_address,
                    f"{FAR}:{free_udp_port(FAR)}", self.site.answerer],
                   "sip_relay.log", preexec_fn=pinned)
        time.sleep(0.2)


class RtpFloor(System):
    """Needs no calls: it prints the table of its sockets itself."""
    name = "bare RTP relay"

    def start_calls(self, count, table):
        process = self.spawn(
            [self.site.tool("rtp_relay"), NEAR, FAR, str(count),
             f"{CALLER}:{self.site.media_a}", f"{ANSWERER}:{self.site.media_b}"],
            "rtp_relay.log", stdout=subprocess.PIPE, text=True, preexec_fn=pinned)
        with open(table, "w", encoding="ascii") as file:
            for line in process.stdout:
                if line == "end\n":
                    return
                file.write(line)
        raise RuntimeError("rtp_relay did not start")


class Kamailio(System):
    """Debian's Kamailio with dialog and topoh, and rtpengine in user space."""
    name = "Kamailio topoh + rtpengine"

    def start(self):
        control = free_udp_port(NEAR)
        sip_port = free_udp_port(NEAR)
        low, high = self.site.near_media
        self.call_address = f"{NEAR}:{sip_port}"
        self.rtpengine = self.spawn(
            ["rtpengine", "--table=-1", f"--interface={NEAR}",
             f"--listen-ng={NEAR}:{control}", "--foreground", "--log-stderr",
             "--log-level=3", "--num-threads=1", "--delete-delay=0",
             f"--port-min={low}", f"--port-max={high}",
             f"--pidfile={self.site.directory}/rtpengine.pid"],
            "rtpengine.log", preexec_fn=pinned)
        self._wait_control(control)
        command = ["kamailio", "-f", os.path.join(HERE, "kamailio", "kamailio.cfg"),
                   "-DD", "-E", "-Y", self.site.directory, "-m", "256",
                   # The default memory manager of this build checks itself and is slower.
                   "-x", "fm", "-X", "fm",
                   "-A", f"LISTEN=udp:{self.call_address}",
                   "-A", f'ANSWERER="sip:{self.site.answerer}"',
                   "-A", f'RTPENGINE="udp:{NEAR}:{control}"']
        if self.is_secure:
            command += ["-A", "WITH_SRTP"]
        self.spawn(command, "kamailio.log", preexec_fn=pinned)
        wait_sip(self.call_address)

    @staticmethod
    def _wait_control(port, deadline_s=10):
        end = time.monotonic() + deadline_s
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            while time.monotonic() < end:
                try:
                    probe.sendto(b"bench d7:command4:pinge", (NEAR, port))
                    if b"pong" in probe.recv(1000):
                        return
                except OSError:
                    time.sleep(0.1)
        raise RuntimeError("rtpengine did not answer a ping")

    def media_pids(self):
        return [self.rtpengine.pid]


CONFIG = """\
set system name bench
set realm near address {near} media-ports {near_media}
set realm near listener in transport udp port {near_port}
set realm far address {far} media-ports {far_media}
set realm far listener out transport udp port {far_port}
set trunk caller realm near profile generic-itsp
set trunk caller options-interval 0
set trunk caller srtp {srtp}
set trunk caller target c address {caller[0]} port {caller[1]} transport udp
set trunk answerer realm far profile generic-itsp
set trunk answerer options-interval 0
set trunk answerer target a address {answerer[0]} port {answerer[1]} transport udp
set route 10 from caller to answerer
"""


class Enlace(System):
    name = "Enlace"
    sbc = None

    def start(self):
        near_port, far_port = free_udp_port(NEAR), free_udp_port(FAR)
        self.call_address = f"{NEAR}:{near_port}"
        config = CONFIG.format(
            near=NEAR, far=FAR, near_port=near_port, far_port=far_port,
            near_media="%d-%d" % self.site.near_media,
            far_media="%d-%d" % self.site.far_media,
            srtp="required" if self.is_secure else "off",
            caller=self.site.caller.split(":"), answerer=self.site.answerer.split(":"))
        directory = os.path.join(self.site.directory, f"enlace-{near_port}")
        os.makedirs(directory)
        self.sbc = Sbc(self.site.bindir, directory, config)
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {SYSTEM_CPU})
        try:
            self.sbc.start()
        finally:
            os.sched_setaffinity(0, before)
        wait_sip(self.call_address)

    def pids(self):
        return [self.sbc.process.pid]

    def media_pids(self):
        return [self.sbc.pids()["media"]]

    def stop(self):
        if self.sbc:
            self.sbc.stop()


class KamailioSrtp(Kamailio):
    is_secure = True


class EnlaceSrtp(Enlace):
    is_secure = True


def wait_sip(address, deadline_s=10):
    """Until an OPTIONS from the caller's address is answered, whatever the answer."""
    host, port = address.split(":")
    end = time.monotonic() + deadline_s
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((CALLER, 0))
        probe.settimeout(0.3)
        own = "%s:%d" % probe.getsockname()
        attempt = 0
        while time.monotonic() < end:
            attempt += 1
            text = (f"OPTIONS sip:{address} SIP/2.0\r\n"
                    f"Via: SIP/2.0/UDP {own};rport;branch=z9hG4bK-probe-{attempt}\r\n"
                    f"Max-Forwards: 70\r\nFrom: <sip:probe@{own}>;tag=p\r\nTo: <sip:{address}>\r\n"
                    f"Call-ID: probe-{attempt}@{own}\r\nCSeq: 1 OPTIONS\r\n"
                    f"Contact: <sip:probe@{own}>\r\nContent-Length: 0\r\n\r\n")
            try:
                probe.sendto(text.encode(), (host, int(port)))
                if probe.recv(4000).startswith(b"SIP/2.0"):
                    return
            except OSError:
                time.sleep(0.1)
    raise RuntimeError(f"nobody answered an OPTIONS at {address}")
