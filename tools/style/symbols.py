"""symbols.py -- no global symbol of ours looks like one of a library we link."""
import glob
import os
import re
import subprocess

PREFIXES = ("sip_ sdp_ msg_ su_ nua_ nta_ tport_ soa_ auth_ stun_ url_ http_ tls_ host_ outbound_ "
            "srtp_ stream_ octet_ uv_ ares_ sqlite3_ el_ rl_ SSL_ EVP_ BIO_ X509_").split()


def list_globals(archive):
    """(object, symbol) of each global definition in an archive."""
    listed = subprocess.run(["nm", "-g", "--defined-only", "-A", archive], capture_output=True,
                            text=True, check=False)
    for line in listed.stdout.split("\n"):
        match = re.match(r"^[^:]*:([^:]*):\S* [A-Z] (\S+)$", line)
        if match:
            yield match.groups()


def check_prefixes(files):
    variant = os.environ.get("ENLACE_VARIANT", "debug")
    jobs = str(os.cpu_count() or 1)
    built = subprocess.run(["make", "-s", "-k", "-j" + jobs, "VARIANT=" + variant, "libs"],
                           capture_output=True, text=True, check=False)
    if built.returncode != 0:
        yield "Makefile", 1, "the libraries do not build: " + built.stderr.strip()[-300:]
    sources = {os.path.basename(f.path): f.path for f in files if f.extension == ".c"}
    seen = 0
    for archive in glob.glob("build/%s/lib*.a" % variant):
        for member, symbol in list_globals(archive):
            seen += 1
            if symbol.startswith(tuple(PREFIXES)):
                source = sources.get(os.path.splitext(member)[0] + ".c", member)
                yield source, 1, "%s begins like a symbol of a library we link" % symbol
    if not seen:
        yield "Makefile", 1, "no symbol was found to look at"
