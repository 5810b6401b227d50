"""tone.py -- a tone written to a WAV file, and a recording measured for tones.

The level of one frequency is taken with Goertzel's algorithm over windows of 100 ms,
so that the silence before the answer does not count against the speech after it.
"""
import math
import struct
import wave

RATE_HZ = 8000
WINDOW = RATE_HZ // 10


def write(path, hertz, seconds=120, amplitude=8000):
    """Whole cycles in each second, so that repeating the file makes no click."""
    second = b"".join(
        struct.pack("<h", int(amplitude * math.sin(2 * math.pi * hertz * i / RATE_HZ)))
        for i in range(RATE_HZ))
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(second * seconds)


def read(path):
    """Samples of a recording, also of one that is still being written."""
    with open(path, "rb") as file:
        data = file.read()
    start = data.find(b"data")
    body = data[start + 8:] if start >= 0 else b""
    return struct.unpack(f"<{len(body) // 2}h", body[:len(body) // 2 * 2])


def power(samples, hertz):
    """Mean square of the part of `samples` at one frequency."""
    coefficient = 2 * math.cos(2 * math.pi * hertz / RATE_HZ)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    energy = last * last + before * before - coefficient * last * before
    return 2 * energy / len(samples) ** 2


def decibel(ratio):
    return 10 * math.log10(max(ratio, 1e-10))


class Measure:
    """What a recording holds: `heard` is expected there, `own` would be an echo."""

    def __init__(self, samples, heard_hz, own_hz):
        self.heard_hz, self.own_hz = heard_hz, own_hz
        self.seconds = len(samples) / RATE_HZ
        best = None
        self.good_windows = 0
        for at in range(0, len(samples) - WINDOW + 1, WINDOW):
            window = samples[at:at + WINDOW]
            total = sum(s * s for s in window) / WINDOW
            heard = power(window, heard_hz)
            if total > 0 and heard / total > 0.9:
                self.good_windows += 1
            if best is None or heard > best[0]:
                best = (heard, total, power(window, own_hz))
        heard, total, own = best or (0.0, 0.0, 0.0)
        self.level_db = decibel(heard / 32768 ** 2 * 2)
        self.purity = heard / total if total else 0.0
        self.echo_db = decibel(own / heard) if heard else 0.0

    def is_good(self, seconds):
        """At least so many seconds in which the expected tone is nearly everything."""
        return self.good_windows * WINDOW / RATE_HZ >= seconds

    def __str__(self):
        return (f"{self.heard_hz} Hz at {self.level_db:.1f} dBFS for "
                f"{self.good_windows * WINDOW / RATE_HZ:.1f} s of {self.seconds:.1f} s, "
                f"own tone ({self.own_hz} Hz) {self.echo_db:.0f} dB below")
