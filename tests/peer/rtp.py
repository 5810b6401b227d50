"""rtp.py -- plain RTP of our own: says a tone in G.711 A-law and keeps what it hears."""
import math
import socket
import struct
import threading
import time

import tone

PCMA, FRAME = 8, 160


def alaw_decode(byte):
    byte ^= 0x55
    exponent, mantissa = (byte >> 4) & 7, byte & 15
    value = (mantissa << 4) + (8 if exponent == 0 else 0x108)
    value <<= max(exponent - 1, 0)
    return value if byte & 0x80 else -value


DECODED = [alaw_decode(byte) for byte in range(256)]
_ENCODED = sorted((value, byte) for byte, value in enumerate(DECODED))


def alaw_encode(sample):
    return min(_ENCODED, key=lambda pair: abs(pair[0] - sample))[1]


class Speaker:
    """A port that talks to `remote` 50 times a second while it has one."""

    def __init__(self, address, port, hertz):
        self.hertz, self.remote, self.is_open = hertz, None, True
        self.heard, self.packets, self.sources = bytearray(), 0, set()
        second = bytes(alaw_encode(8000 * math.sin(2 * math.pi * hertz * i / tone.RATE_HZ))
                       for i in range(tone.RATE_HZ))
        self.frames = [second[at:at + FRAME] for at in range(0, len(second), FRAME)]
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((address, port))
        for work in (self._talk, self._listen):
            threading.Thread(target=work, daemon=True).start()

    def _talk(self):
        sequence, due = 0, time.monotonic()
        while self.is_open:
            due += FRAME / tone.RATE_HZ
            time.sleep(max(0, due - time.monotonic()))
            if not self.remote:
                continue
            header = struct.pack("!BBHII", 0x80, PCMA, sequence & 0xffff,
                                 sequence * FRAME & 0xffffffff, 0x5eed0000 + self.hertz)
            try:
                self.sock.sendto(header + self.frames[sequence % len(self.frames)], self.remote)
            except OSError:
                pass
            sequence += 1

    def _listen(self):
        while self.is_open:
            try:
                packet, source = self.sock.recvfrom(2048)
            except OSError:
                continue
            if len(packet) > 12 and packet[0] >> 6 == 2:
                self.packets += 1
                self.sources.add(source)
                self.heard += packet[12:]

    def measure(self, heard_hz):
        return tone.Measure([DECODED[byte] for byte in self.heard], heard_hz, self.hertz)

    def close(self):
        self.is_open = False
        self.sock.close()
