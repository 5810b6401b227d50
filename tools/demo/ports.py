"""ports.py -- ports that are free now.

A port is held only while it is looked for, so another program may still take it; the
ranges come from below the kernel's own so that this hardly ever happens.  No number is
given twice, whatever the address: baresip binds its media to every address at once.
"""
import os
import random
import socket

LOW, HIGH = 10240, 32000
_random = random.Random(os.urandom(8))
_given = set()


def _is_free(kind, address, port):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True


def _free(address, kinds, count, step=1):
    """The first of `count` neighbouring ports, every `step`th seen to be free."""
    for _ in range(2000):
        first = _random.randrange(LOW, HIGH - count, 2)
        if not _given.isdisjoint(range(first, first + count)):
            continue
        if all(_is_free(kind, address, port)
               for port in range(first, first + count, step) for kind in kinds):
            _given.update(range(first, first + count))
            return first
    raise RuntimeError(f"no {count} free ports side by side at {address}")


def free_tcp_port(address):
    return _free(address, (socket.SOCK_STREAM,), 1)


def free_udp_port(address):
    return _free(address, (socket.SOCK_DGRAM,), 1)


def free_sip_port(address):
    """Free for UDP and TCP, with a free neighbour above for TLS."""
    return _free(address, (socket.SOCK_DGRAM, socket.SOCK_STREAM), 2)


def free_udp_range(address, count):
    """First and last of a range for media; only some of it is looked at when it is large."""
    first = _free(address, (socket.SOCK_DGRAM,), count, max(1, count // 256))
    return first, first + count - 1
