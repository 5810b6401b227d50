"""symbols.py -- no global symbol of ours looks like one of a library we link, and none
is there twice: a test links all layers."""
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


def build_libraries():
    """Returns what went wrong, if anything."""
    variant = os.environ.get("ENLACE_VARIANT", "debug")
    built = subprocess.run(["make", "-s", "-k", "-j%d" % (os.cpu_count() or 1),
                            "VARIANT=" + variant, "libs"],
                           capture_output=True, text=True, check=False)
    return built.stderr.strip()[-300:] if built.returncode else ""


def list_ours():
    """(library, object, symbol) of all layers."""
    variant = os.environ.get("ENLACE_VARIANT", "debug")
    for archive in sorted(glob.glob("build/%s/lib*.a" % variant)):
        for member, symbol in list_globals(archive):
            yield os.path.basename(archive), member, symbol


def name_source(files, member):
    wanted = "/" + os.path.splitext(member)[0] + ".c"
    return next((f.path for f in files if ("/" + f.path).endswith(wanted)), member)


def check_prefixes(files):
    wrong = build_libraries()
    if wrong:
        yield "Makefile", 1, "the libraries do not build: " + wrong
    seen = 0
    for _, member, symbol in list_ours():
        seen += 1
        if symbol.startswith(tuple(PREFIXES)):
            yield name_source(files, member), 1, (
                "%s begins like a symbol of a library we link" % symbol)
    if not seen:
        yield "Makefile", 1, "no symbol was found to look at"


def check_twins(files):
    build_libraries()
    homes = {}
    for library, member, symbol in list_ours():
        first = homes.setdefault(symbol, (library, member))
        if first != (library, member) and not symbol.startswith(("__", "_")):
            yield name_source(files, member), 1, "%s is in %s (%s) and in %s (%s)" % (
                symbol, first[0], first[1], library, member)
