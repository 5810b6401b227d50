"""headers.py -- a header compiles alone and is guarded by its path."""
import concurrent.futures
import os
import re
import subprocess

ON_PURPOSE = "No include guard on purpose"


def list_headers(files):
    return [f for f in files if f.extension == ".h" and ON_PURPOSE not in f.text]


def read_flags():
    """The compiler's flags as the Makefile has them."""
    made = subprocess.run(["make", "-s", "VARIANT=debug", "print-cflags"], capture_output=True,
                          text=True, check=False)
    flags = made.stdout.split() if made.returncode == 0 else ["-std=gnu11", "-D_GNU_SOURCE", "-I."]
    return [f for f in flags if f not in ("-MMD", "-MP")]


def compile_alone(path, flags):
    """Twice in one unit, so that a guard that guards nothing is seen."""
    unit = '#include "%s"\n#include "%s"\n' % (path, path)
    command = ["gcc", "-x", "c", "-fsyntax-only", *flags, "-"]
    done = subprocess.run(command, input=unit, capture_output=True, text=True, check=False)
    return path, done.stderr


def check_alone(files):
    flags = read_flags()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        paths = [f.path for f in list_headers(files)]
        for path, errors in pool.map(lambda p: compile_alone(p, flags), paths):
            wrong = [line for line in errors.split("\n") if "error:" in line]
            if wrong:
                yield path, 1, "does not compile alone: " + wrong[0]


def check_guards(files):
    for file in list_headers(files):
        guard = re.sub(r"[^A-Z0-9]", "_", file.path.upper())
        opened = re.search(r"^#ifndef %s\n#define %s$" % (guard, guard), file.text, re.M)
        if not opened or not re.search(r"^#endif", file.text, re.M):
            yield file.path, 1, "the include guard should be " + guard
