"""sipp.py -- sipp as caller or answerer, with the scenarios kept in tests/peer/sipp/."""
import os
import subprocess
import time

from ports import free_sip_port, free_udp_range

SCENARIOS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sipp")


def is_bound(address, port):
    """True once somebody holds that UDP port (proc(5), net/udp: hex, low byte first)."""
    wanted = "%s:%04X" % ("".join(f"{int(part):02X}" for part in
                                  reversed(address.split("."))), port)
    with open("/proc/net/udp", encoding="ascii") as table:
        return any(line.split()[1] == wanted for line in table)


class Sipp:
    def __init__(self, directory, scenario, address, remote=None, calls=1, rate=10,
                 hold_ms=0, user="1000", echo=False, port=None, options=()):
        self.directory = os.path.join(directory, f"sipp-{scenario}-{port or 'any'}")
        os.makedirs(self.directory, exist_ok=True)
        self.address, self.port = address, port or free_sip_port(address)
        self.media = free_udp_range(address, 20)[0]
        self.command = [
            "sipp", "-sf", os.path.join(SCENARIOS, scenario + ".xml"), "-i", address,
            "-p", str(self.port), "-mi", address, "-mp", str(self.media), "-t", "u1",
            "-m", str(calls), "-r", str(rate), "-d", str(hold_ms), "-s", user,
            "-nostdin", "-nd", "-aa", "-trace_err",
            "-error_file", os.path.join(self.directory, "errors.log"), *options]
        if echo:
            self.command += ["-rtp_echo"]
        if remote:
            self.command.append(f"{remote[0]}:{remote[1]}")
        self.process = None

    def start(self):
        with open(os.path.join(self.directory, "screen.log"), "wb") as screen:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=screen,
                stderr=subprocess.STDOUT, cwd=self.directory, env={**os.environ, "TERM": "dumb"})
        end = time.monotonic() + 5
        while not is_bound(self.address, self.port) and self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"sipp does not listen at {self.address}:{self.port}")
            time.sleep(0.02)
        return self

    def wait(self, deadline_s):
        """Exit status: 0 when every call went as the scenario says; None: not over."""
        try:
            return self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            return None

    def run(self, deadline_s=60):
        status = self.start().wait(deadline_s)
        if status != 0:
            errors = self.errors()
            self.stop()
            raise AssertionError(f"sipp ended with status {status}: {errors[:1500]}")

    def errors(self):
        try:
            with open(os.path.join(self.directory, "errors.log"), encoding="utf-8",
                      errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
