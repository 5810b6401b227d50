"""baresip.py -- a real endpoint: Debian's baresip, without a terminal, driven over TCP.

It plays a tone to whoever it talks to and records what it hears.  Two traits of
baresip 1.0.0 matter here: connections it opens leave from 127.0.0.1 whatever address
it listens on, and it answers only calls to the user part of its account.
"""
import glob
import json
import os
import socket
import subprocess
import time

import tone
from ports import free_tcp_port, free_sip_port, free_udp_range

CONFIG = """\
poll_method epoll
sip_listen {address}:{port}
net_interface {address}
call_local_timeout 120
call_max_calls 64
audio_buffer 20
audio_player aubridge,sink
audio_source aufile,{tone}
audio_alert aubridge,alert
rtp_ports {rtp_low}-{rtp_high}
rtcp_mux no
module_path /usr/lib/baresip/modules
jitter_buffer_delay 5-10
module g711.so
module sndfile.so
module aufile.so
module aubridge.so
module srtp.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {address}:{control}
snd_path {directory}
ringback_disabled yes
"""


class Control:
    """baresip's ctrl_tcp: menu commands out, events in; one connection at a time."""

    def __init__(self, address, port):
        self._socket = socket.create_connection((address, port), 1)
        self._pending, self.events = b"", []

    def close(self):
        self._socket.close()

    def command(self, name, parameters=""):
        message = json.dumps({"command": name, "params": parameters, "token": "demo"})
        self._socket.sendall(f"{len(message)}:{message},".encode())

    def wait_event(self, kind, deadline_s=10):
        """The next event of that kind (CALL_ESTABLISHED, CALL_CLOSED ...), or None."""
        end = time.monotonic() + deadline_s
        while True:
            for at, event in enumerate(self.events):
                if event.get("type") == kind:
                    return self.events.pop(at)
            left = end - time.monotonic()
            if left <= 0 or not self._receive(left):
                return None

    def _receive(self, seconds):
        self._socket.settimeout(max(seconds, 0.01))
        try:
            data = self._socket.recv(65536)
        except OSError:
            return False
        self._pending += data
        while b":" in self._pending:
            length, rest = self._pending.split(b":", 1)
            size = int(length)
            if len(rest) < size + 1:
                break
            self._pending = rest[size + 1:]
            message = json.loads(rest[:size])
            if message.get("event"):
                self.events.append(message)
        return bool(data)


class Endpoint:
    """One baresip.  transport: udp, tcp or tls; media: "" or a baresip mediaenc."""

    def __init__(self, directory, name, address, user, hertz, transport="udp", media="",
                 certificate=None, trust=None, codec="pcma", answer="auto", extra=""):
        os.makedirs(directory, exist_ok=True)
        self.directory, self.name, self.address = directory, name, address
        self.user, self.hertz, self.transport = user, hertz, transport
        self.sip_port = free_sip_port(address)
        # baresip listens for TLS one above its UDP and TCP port.
        self.port = self.sip_port + 1 if transport == "tls" else self.sip_port
        self.control = free_tcp_port(address)
        self.rtp_low, self.rtp_high = free_udp_range("0.0.0.0", 200)
        self.log_path = os.path.join(directory, "log")
        self.process = None
        self._control = None
        tone_path = os.path.join(directory, "tone.wav")
        tone.write(tone_path, hertz)
        text = CONFIG.format(address=address, port=self.sip_port, tone=tone_path,
                             rtp_low=self.rtp_low, rtp_high=self.rtp_high,
                             control=self.control, directory=directory)
        if transport == "tls":
            text += (f"sip_certificate {certificate}\nsip_cafile {trust}\n"
                     "sip_verify_server yes\n")
        account = (f"<sip:{user}@{address}:{self.port};transport={transport}>"
                   f";regint=0;answermode={answer};audio_codecs={codec}{extra}")
        if media:
            account += f";mediaenc={media}"
        for file, content in (("config", text), ("accounts", account + "\n"), ("contacts", "")):
            with open(os.path.join(directory, file), "w", encoding="ascii") as out:
                out.write(content)

    def start(self, deadline_s=10):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["baresip", "-4", "-s", "-f", self.directory],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True)
        end = time.monotonic() + deadline_s
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self._control = Control(self.address, self.control)
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{self.name} (baresip) did not start:\n{self.log_tail()}")

    def stop(self):
        self.disconnect()
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def disconnect(self):
        """Leaves the control port to somebody else."""
        if self._control:
            self._control.close()
            self._control = None

    def command(self, name, parameters=""):
        self._control.command(name, parameters)

    def wait_event(self, kind, deadline_s=10):
        return self._control.wait_event(kind, deadline_s)

    def dial(self, uri):
        self.command("dial", uri)

    def hangup(self):
        self.command("hangup")

    def recordings(self):
        """Files of what was heard, oldest first."""
        return sorted(glob.glob(os.path.join(self.directory, "dump-*-dec.wav")),
                      key=os.path.getmtime)

    def forget(self):
        """Events and recordings of earlier calls are of no more interest."""
        self._control.events.clear()
        for path in glob.glob(os.path.join(self.directory, "dump-*.wav")):
            os.unlink(path)

    def measure(self, heard_hz):
        """The last recording, measured for the other side's tone."""
        paths = self.recordings()
        samples = tone.read(paths[-1]) if paths else ()
        return tone.Measure(samples, heard_hz, self.hertz)

    def log_tail(self, lines=15):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as file:
                return "".join(file.readlines()[-lines:])
        except OSError:
            return "(no log)"
