"""hostile.py -- messages that are wrong in one way each, and random damage to a good one."""
import random


def invite(user="4930100", via="127.0.0.4:5999", extra="", body="", version="SIP/2.0",
           length=None, cseq="1 INVITE", call_id=None):
    call_id = call_id or f"h{random.getrandbits(40):x}"
    return (f"INVITE sip:{user}@127.0.0.2 {version}\r\n"
            f"Via: SIP/2.0/UDP {via};branch=z9hG4bK-{call_id}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:evil@127.0.0.4>;tag=1\r\nTo: <sip:{user}@127.0.0.2>\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {cseq}\r\nContact: <sip:evil@127.0.0.4:5999>\r\n{extra}"
            f"Content-Length: {len(body) if length is None else length}\r\n\r\n{body}").encode()


def malformed():
    """(what is wrong, message) pairs."""
    sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.4\r\ns=-\r\nc=IN IP4 127.0.0.4\r\nt=0 0\r\n"
    kind = "Content-Type: application/sdp\r\n"
    yield "empty", b""
    yield "only line ends", b"\r\n\r\n\r\n\r\n"
    yield "binary", bytes(range(256)) * 4
    yield "no headers", b"INVITE sip:x@127.0.0.2 SIP/2.0\r\n\r\n"
    yield "cut in a header", invite()[:120]
    yield "wrong version, name in Via", invite(version="SIP/7.0", via="blackhole.invalid:5060")
    yield "name in Via", invite(via="blackhole.invalid:5060")
    for length in ("-1", "2147483647", "4294967295", "99999999999999999999", "abc", "5 5"):
        yield f"Content-Length {length}", invite(length=length)
    for cseq in ("", "INVITE", "99999999999 INVITE", "1 BYE", "-1 INVITE"):
        yield f"CSeq {cseq}", invite(cseq=cseq)
    yield "no Via", invite().replace(b"Via:", b"Xia:")
    yield "no From", invite().replace(b"From:", b"Xrom:")
    yield "no To", invite().replace(b"To:", b"Xo:", 1)
    yield "no Call-ID", invite().replace(b"Call-ID:", b"Xall-ID:")
    yield "two Call-IDs", invite(extra="Call-ID: another\r\n")
    yield "NUL inside", invite(extra="Subject: a\0b\r\n")
    yield "a folded mountain", invite(extra="Subject: a\r\n" + " b\r\n" * 500)
    yield "many headers", invite(extra="X-A: b\r\n" * 2000)
    yield "one long header", invite(extra="X-A: " + "b" * 30000 + "\r\n")
    yield "60 000 bytes", invite(body="x" * 59000, extra="Content-Type: text/plain\r\n")
    yield "Vias without end", invite(extra="Via: SIP/2.0/UDP 127.0.0.4\r\n" * 300)
    yield "m line without end", invite(body=sdp + "m=image 9 udptl ,\r\n", extra=kind)
    yield "m line cut", invite(body=sdp + "m=x 5 p\r\n", extra=kind)
    yield "1000 m lines", invite(body=sdp + "m=audio 5000 RTP/AVP 8\r\n" * 1000, extra=kind)
    yield "SDP of NULs", invite(body="\0" * 2000, extra=kind)
    yield "port 99999", invite(body=sdp + "m=audio 99999 RTP/AVP 8\r\n", extra=kind)
    yield "multipart", invite(
        extra="Content-Type: multipart/mixed;boundary=b\r\n",
        body="--b\r\nContent-Type: a\x01b\r\n\r\nx\r\n--b--\r\n")
    yield "quoted forever", invite(extra='Subject: "' + "\\" * 3000 + "\r\n")
    yield "brackets", invite(user="[::::::::::::1").replace(b"127.0.0.2", b"[::1")
    yield "reply to nothing", invite().replace(b"INVITE sip:4930100@127.0.0.2 SIP/2.0",
                                               b"SIP/2.0 200 OK")
    yield "reply 999999", invite().replace(b"INVITE sip:4930100@127.0.0.2 SIP/2.0",
                                           b"SIP/2.0 999999 OK")
    yield "unknown method", invite().replace(b"INVITE", b"FROBNICATE")
    yield "unusable Contact", invite().replace(b"<sip:evil@127.0.0.4:5999>", b"<:::@@[[>")


def damaged(seed, count):
    """A good INVITE with a few bytes changed, cut, doubled or moved."""
    rng = random.Random(seed)
    for number in range(count):
        data = bytearray(invite(call_id=f"d{seed}-{number}"))
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(data))
            choice = rng.randrange(4)
            if choice == 0:
                data[at] = rng.randrange(256)
            elif choice == 1:
                del data[at:at + rng.randrange(1, 20)]
            elif choice == 2:
                data[at:at] = data[at:at + rng.randrange(1, 40)]
            else:
                data[at:at + 1] = rng.choice([b"\r\n", b"\0", b";", b",", b"<", b'"', b"%"])
            if not data:
                break
        yield bytes(data)
