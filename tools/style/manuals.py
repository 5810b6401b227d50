"""manuals.py -- each program has a page, each option its paragraph, each page is well made."""
import os
import re
import subprocess

# Where a program's options are read.
FOLDERS = {
    "enlace-signaling": "signaling/main.c",
    "enlace-media": "media/main.c",
    "enlace-mgmt": "mgmt/main.c",
    "enlace": "mgmt/cli/",
    "enlace-run": "mgmt/run/",
}
OPTION_ROW = re.compile(r'\{\s*"([a-z][a-z-]+)",\s*(?:required|optional|no)_argument')
OPTION_WORD = re.compile(r'(?<![\w-])--([a-z][a-z-]+)')
STRING = re.compile(r'"((?:\\.|[^"\\])*)"')


def list_programs(files):
    makefile = next((f for f in files if f.path == "Makefile"), None)
    if not makefile:
        return []
    match = re.search(r"^PROGRAMS :=.*?,\s*([a-z -]+)\)", makefile.text, re.M)
    return match.group(1).split() if match else []


def find_page(files, program):
    for file in files:
        if re.fullmatch(r"man/%s\.[1-8]" % re.escape(program), file.path):
            return file
    return None


def check_pages(files):
    programs = list_programs(files)
    if not programs:
        yield "Makefile", 1, "no list of programs found"
    for program in programs:
        if not find_page(files, program):
            yield "man/%s" % program, 1, "%s has no manual page" % program


def list_options(files, program):
    place = FOLDERS.get(program, program + "/")
    for file in files:
        if file.extension != ".c" or not file.path.startswith(place):
            continue
        for number, line in enumerate(file.lines, 1):
            for option in OPTION_ROW.findall(line):
                yield option, file.path, number
            for text in STRING.findall(line):
                for option in OPTION_WORD.findall(text):
                    yield option, file.path, number


def check_options(files):
    for program in list_programs(files):
        page = find_page(files, program)
        if not page:
            continue
        written = page.text.replace("\\-", "-")
        for option, path, number in list_options(files, program):
            if not re.search(r"(?:--|Fl Fl |Fl -)%s\b(?!-)" % re.escape(option), written):
                yield path, number, "--%s has no paragraph in %s" % (option, page.path)


def check_lint(files):
    for file in files:
        if not re.fullmatch(r"man/[^/]+\.[1-8]", file.path):
            continue
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", file.path],
                              capture_output=True, text=True, check=False)
        for line in (done.stdout + done.stderr).split("\n"):
            match = re.match(r"^mandoc: [^:]*:(\d+):\d+: (.*)$", line)
            if match:
                yield file.path, int(match.group(1)), match.group(2)
            elif line:
                yield file.path, 1, os.path.basename(line)
