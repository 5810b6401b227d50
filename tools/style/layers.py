"""layers.py -- includes point one way, and a library stops at the folder that wraps it."""
import re

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')

# What a folder may include of ours.  The longest matching folder counts.
MAY_INCLUDE = {
    "common": ("common",),
    "db": ("common", "db"),
    "signaling": ("common", "db", "signaling"),
    "media": ("common", "media"),
    "mgmt": ("common", "db", "mgmt"),
    "mgmt/cli": ("common", "mgmt/cli"),
    "mgmt/run": ("common", "mgmt/run"),
    "tests": ("common", "db", "signaling", "media", "mgmt", "tests"),
    "tools": ("common", "db", "signaling", "media", "mgmt", "tools"),
}

# Where a library's headers may stand; tests may use the library they compare with.
LIBRARIES = {
    "sofia-sip/": ("signaling/sip/",),
    "sqlite3": ("db/",),
    "ares": ("signaling/resolve/",),
    "openssl/": ("signaling/transport/", "media/crypt/"),
    "srtp2/": ("media/crypt/",),
    "uv.h": ("common/loop.c",),
    "histedit.h": ("mgmt/cli/",),
    "cmocka.h": ("tests/",),
}


def list_includes(file):
    for number, line in enumerate(file.lines, 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def find_rule(path):
    fitting = [folder for folder in MAY_INCLUDE if path.startswith(folder + "/")]
    return MAY_INCLUDE[max(fitting, key=len)] if fitting else None


def check_directions(files):
    known = {f.path for f in files}
    for file in files:
        allowed = find_rule(file.path)
        if file.extension not in (".c", ".h", ".def") or allowed is None:
            continue
        for number, quote, target in list_includes(file):
            if quote != '"' or target.startswith("gen/"):
                continue
            if target not in known:
                yield file.path, number, "include by the full path: no %s in the tree" % target
            elif not target.startswith(tuple(a + "/" for a in allowed)):
                yield file.path, number, "%s may not include %s" % (file.path, target)


def check_libraries(files):
    for file in files:
        if file.extension not in (".c", ".h") or file.top == "tests":
            continue
        for number, quote, target in list_includes(file):
            for library, places in LIBRARIES.items():
                if quote == "<" and target.startswith(library) and not file.path.startswith(places):
                    yield file.path, number, "<%s> belongs to %s alone" % (
                        target, " and ".join(places))
