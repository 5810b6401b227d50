"""sip.py -- a SIP endpoint of our own for what baresip and sipp cannot be made to do.

It sends what the test says, retransmits nothing, answers OPTIONS by itself and keeps
every message it saw.  UDP, TCP and TLS; one thread per socket feeds one list.
"""
import random
import re
import select
import socket
import ssl
import threading
import time

DEADLINE_S = 10
STREAM_LIMIT = 1 << 20


class SipError(AssertionError):
    pass


def token():
    return "%012x" % random.getrandbits(48)


class Message:
    def __init__(self, raw, link):
        self.raw, self.link = raw, link
        head, _, self.body = raw.decode("utf-8", "replace").partition("\r\n\r\n")
        self.first, *lines = head.split("\r\n")
        self.headers = [tuple(part.strip() for part in line.partition(":")[::2])
                        for line in lines]
        word = self.first.split(" ")
        self.status = int(word[1]) if word[0] == "SIP/2.0" else None
        self.method = self.get("CSeq").split()[-1] if self.status else word[0]

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name):
        return next(iter(self.all(name)), "")

    def tag(self, name):
        found = re.search(r";tag=([^;>\s]+)", self.get(name))
        return found.group(1) if found else ""

    def contact_uri(self):
        found = re.search(r"<([^>]+)>", self.get("Contact"))
        return found.group(1) if found else self.get("Contact")

    def __str__(self):
        return self.first


class DatagramLink:
    def __init__(self, sock, peer):
        self.sock, self.peer = sock, peer

    def send(self, data):
        self.sock.sendto(data, self.peer)


class StreamLink:
    """A connection that one thread reads and others write.

    OpenSSL's connections bear one thread at a time, and Python lets go of its own lock
    meanwhile: reading and writing at once lost messages and damaged memory.
    """

    def __init__(self, sock):
        sock.setblocking(False)
        self.sock, self.lock = sock, threading.Lock()

    def send(self, data):
        end = time.monotonic() + DEADLINE_S
        while data:
            with self.lock:
                try:
                    data = data[self.sock.send(data):]
                    continue
                except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
            if time.monotonic() > end:
                raise SipError("the peer does not read what it is sent")
            time.sleep(0.001)

    def receive(self):
        """Some bytes; none when the connection has ended."""
        while True:
            with self.lock:
                try:
                    return self.sock.recv(65536)
                except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
                except (OSError, ValueError):
                    return b""
            try:
                select.select([self.sock], [], [], 0.5)
            except (OSError, ValueError):
                return b""

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()


class Agent:
    """One address and port.  `sbc`: where its requests go, (address, port)."""

    def __init__(self, address, port, transport="udp", sbc=None, server=None, client=None,
                 sdp=None):
        self.address, self.port, self.transport, self.sbc = address, port, transport, sbc
        self.server, self.client, self.sdp = server, client, sdp
        self.messages, self.seen, self.sent = [], [], []
        self.changed = threading.Condition()
        self.answers_options, self.options_count = True, 0
        self.connections_count, self.link, self.is_open = 0, None, True
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self.sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((address, port))
        if transport != "udp":
            self.sock.listen(64)
        self._spawn(self._read_datagrams if transport == "udp" else self._accept)

    @staticmethod
    def _spawn(work, *arguments):
        threading.Thread(target=work, args=arguments, daemon=True).start()

    # --- receiving -------------------------------------------------------

    def _read_datagrams(self):
        while self.is_open:
            try:
                data, peer = self.sock.recvfrom(65536)
            except OSError:
                return
            if data.strip():
                self._take(data, DatagramLink(self.sock, peer))

    def _accept(self):
        while self.is_open:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            self._spawn(self._serve, sock)

    def _serve(self, sock):
        try:
            if self.server:
                sock.settimeout(DEADLINE_S)
                sock = self.server.wrap_socket(sock, server_side=True)
                sock.settimeout(None)
        except (OSError, ssl.SSLError):
            sock.close()
            return
        self.connections_count += 1
        self._read_stream(StreamLink(sock))

    def _read_stream(self, link):
        data = b""
        while self.is_open and len(data) < STREAM_LIMIT:
            head, mark, rest = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
            if mark:
                length = re.search(rb"(?im)^Content-Length *: *(\d+)", head)
                size = int(length.group(1)) if length else 0
                if len(rest) >= size:
                    self._take(head + mark + rest[:size], link)
                    data = rest[size:]
                    continue
            chunk = link.receive()
            if not chunk:
                break
            data += chunk
        if self.link is link:
            self.link = None
        link.close()

    def _take(self, raw, link):
        message = Message(raw, link)
        self.seen.append(message)
        if message.method == "OPTIONS" and message.status is None and self.answers_options:
            self.options_count += 1
            self.reply(message, 200)
            return
        with self.changed:
            self.messages.append(message)
            self.changed.notify_all()

    def wait(self, is_wanted, deadline_s=DEADLINE_S, what="a message"):
        """Takes the first message that fits; others stay for other waits."""
        end = time.monotonic() + deadline_s
        with self.changed:
            while True:
                for at, message in enumerate(self.messages):
                    if is_wanted(message):
                        return self.messages.pop(at)
                left = end - time.monotonic()
                if left <= 0:
                    have = ", ".join(map(str, self.messages)) or "nothing"
                    raise SipError(f"{self.address}: no {what} in {deadline_s} s; have {have}")
                self.changed.wait(left)

    # --- sending ---------------------------------------------------------

    def connect(self):
        """The link requests go out by: the socket itself, or a connection that is kept."""
        if self.transport == "udp":
            return DatagramLink(self.sock, self.sbc)
        if not self.link:
            sock = socket.create_connection(self.sbc, DEADLINE_S, (self.address, 0))
            if self.client:
                sock = self.client.wrap_socket(sock, server_hostname=self.sbc[0])
            sock.settimeout(None)
            self.link = StreamLink(sock)
            self._spawn(self._read_stream, self.link)
        return self.link

    def send(self, raw, link=None):
        data = raw if isinstance(raw, bytes) else raw.encode()
        self.sent.append(data)
        (link or self.connect()).send(data)

    def via(self, branch=None):
        return (f"Via: SIP/2.0/{self.transport.upper()} {self.name()};rport"
                f";branch={branch or 'z9hG4bK-' + token()}")

    def name(self):
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"

    def contact(self, user):
        return f"<sip:{user}@{self.name()};transport={self.transport}>"

    def reply(self, request, status, body="", tag=None, headers=(), reason="Because"):
        to = request.get("To")
        if tag and ";tag=" not in to:
            to += f";tag={tag}"
        lines = [f"SIP/2.0 {status} {reason}"]
        lines += [f"Via: {via}" for via in request.all("Via")]
        lines += [f"Record-Route: {route}" for route in request.all("Record-Route")]
        lines += [f"From: {request.get('From')}", f"To: {to}",
                  f"Call-ID: {request.get('Call-ID')}", f"CSeq: {request.get('CSeq')}",
                  f"Contact: {self.contact('agent')}", *headers]
        self.send(with_body(lines, body), request.link)

    def call(self, user, body=None, headers=(), caller="4930555", start=True):
        leg = Leg(self, token() + "@" + self.address)
        leg.local = f"<sip:{caller}@{self.name()}>;tag={token()}"
        leg.remote = f"<sip:{user}@{host_port(self.sbc)}>"
        leg.target = f"sip:{user}@{host_port(self.sbc)}"
        leg.body, leg.headers = self.sdp() if body is None else body, headers
        if start:
            leg.invite()
        return leg

    def wait_call(self, deadline_s=DEADLINE_S):
        """An INVITE of a new call."""
        message = self.wait(
            lambda m: m.status is None and m.method == "INVITE" and not m.tag("To"),
            deadline_s, "INVITE")
        leg = Leg(self, message.get("Call-ID"))
        leg.is_caller, leg.request_in = False, message
        leg.local = f"{message.get('To')};tag={token()}"
        leg.remote, leg.target = message.get("From"), message.contact_uri()
        leg.routes, leg.link = message.all("Record-Route"), message.link
        return leg

    def close(self):
        self.is_open = False
        if self.link:
            self.link.close()
        self.sock.close()


def host_port(pair):
    return f"[{pair[0]}]:{pair[1]}" if ":" in pair[0] else f"{pair[0]}:{pair[1]}"


def with_body(lines, body):
    if body:
        lines = [*lines, "Content-Type: application/sdp"]
    return "\r\n".join([*lines, f"Content-Length: {len(body.encode())}", "", body])


class Leg:
    """One dialog of an agent, as caller or as answerer."""

    def __init__(self, agent, call_id):
        self.agent, self.call_id, self.cseq, self.link = agent, call_id, 0, None
        self.local = self.remote = self.target = self.body = ""
        self.headers, self.routes, self.is_caller = (), [], True
        self.request_in = self.branch = None

    def request(self, method, body="", cseq=None, branch=None, headers=()):
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        branch = branch or "z9hG4bK-" + token()
        lines = [f"{method} {self.target} SIP/2.0", self.agent.via(branch),
                 *[f"Route: {route}" for route in self.routes], "Max-Forwards: 70",
                 f"From: {self.local}", f"To: {self.remote}", f"Call-ID: {self.call_id}",
                 f"CSeq: {cseq} {method}", f"Contact: {self.agent.contact('agent')}", *headers]
        self.agent.send(with_body(lines, body))
        return branch

    def invite(self, body=None):
        self.branch = self.request("INVITE", self.body if body is None else body,
                                   headers=self.headers)
        self.invite_cseq = self.cseq

    def wait_reply(self, *statuses, method="INVITE", deadline_s=DEADLINE_S):
        """The next reply with one of these statuses; 100 and others wait their turn."""
        message = self.agent.wait(
            lambda m: m.status in statuses and m.method == method
            and m.get("Call-ID") == self.call_id,
            deadline_s, f"{'/'.join(map(str, statuses))} for {method}")
        if method == "INVITE" and message.tag("To"):
            self.remote = message.get("To")
        if method == "INVITE" and 200 <= message.status < 300:
            self.target = message.contact_uri() or self.target
            self.routes = list(reversed(message.all("Record-Route")))
        return message

    def wait_final(self, method="INVITE", deadline_s=DEADLINE_S):
        return self.wait_reply(*range(200, 700), method=method, deadline_s=deadline_s)

    def ack(self, reply=None):
        """Of a 2xx a request of its own; of another final reply part of the INVITE."""
        is_success = reply is None or reply.status < 300
        self.request("ACK", cseq=self.invite_cseq, branch=None if is_success else self.branch)

    def cancel(self):
        """Same request line, Via and CSeq number as the INVITE (RFC 3261 9.1)."""
        remote, self.remote = self.remote, re.sub(r";tag=.*", "", self.remote)
        self.request("CANCEL", cseq=self.invite_cseq, branch=self.branch)
        self.remote = remote

    def wait_request(self, method, deadline_s=DEADLINE_S):
        return self.agent.wait(
            lambda m: m.status is None and m.method == method
            and m.get("Call-ID") == self.call_id, deadline_s, method)

    def answer(self, status, body="", request=None, headers=()):
        self.agent.reply(request or self.request_in, status, body,
                         tag=re.search(r";tag=(.*)$", self.local).group(1)
                         if status > 100 else None, headers=headers)

    def bye(self):
        self.request("BYE")
        return self.wait_final("BYE")

    def wait_bye(self, deadline_s=DEADLINE_S):
        self.answer(200, request=self.wait_request("BYE", deadline_s))
