"""words.py -- lines that fit and end clean, no notes to oneself, no machine's paths, and
scripts that pass their own checkers."""
import re
import shutil
import subprocess

COLUMNS_MAX = 100
TABLE_COLUMNS_MAX = 150  # a .def is a table aligned by hand
TAB = 8

NOTE = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b(?!\(\d+\))")
MACHINE = re.compile(r"/(?:work|root)/|/tmp/wt|/home/[a-z]")
PROSE = (".md", ".txt", ".changes", ".copyright")


def is_code(file):
    return file.is_c() or file.extension in (".py", ".sh", ".def") or bool(file.get_interpreter())


def get_limit(file):
    return TABLE_COLUMNS_MAX if file.extension == ".def" else COLUMNS_MAX


def check_lines(files):
    for file in files:
        if file.text and not file.text.endswith("\n"):
            yield file.path, len(file.lines), "the last line has no end"
        for number, line in enumerate(file.lines, 1):
            if line != line.rstrip() and file.extension != ".md":
                yield file.path, number, "blanks at the end of the line"
            if is_code(file) and len(line.expandtabs(TAB)) > get_limit(file):
                yield file.path, number, "%d columns: %d at most" % (
                    len(line.expandtabs(TAB)), get_limit(file))
            if file.is_c() and re.match(r"^\t* {8}(?! ?\*)", line):
                yield file.path, number, "indent with tabs"
            if file.extension == ".py" and "\t" in line:
                yield file.path, number, "indent with blanks in Python"


def check_notes(files):
    for file in files:
        for number, line in enumerate(file.lines, 1):
            if is_code(file) and NOTE.search(line):
                yield file.path, number, "a note without the number of an issue"
            if not file.is_c():
                continue
            code = re.sub(r'"(\\.|[^"\\])*"', "", line)
            if re.search(r"(^|[\s;{}])//", code):
                yield file.path, number, "// is for notes to yourself: use /* */, or remove it"


def check_paths(files):
    for file in files:
        if file.path == "tools/style/words.py":
            continue
        for number, line in enumerate(file.lines, 1):
            if MACHINE.search(line):
                yield file.path, number, "a path of one machine"


def check_shell(file):
    if not shutil.which("shellcheck"):
        return
    done = subprocess.run(["shellcheck", "-f", "gcc", "-S", "style", file.path],
                          capture_output=True, text=True, check=False)
    for line in done.stdout.split("\n"):
        match = re.match(r"^[^:]*:(\d+):\d+: (.*)$", line)
        if match:
            yield file.path, int(match.group(1)), match.group(2)


def check_python(file):
    try:
        compile(file.text, file.path, "exec")
    except SyntaxError as error:
        yield file.path, error.lineno or 1, "Python: %s" % error.msg


def check_scripts(files):
    for file in files:
        interpreter = file.get_interpreter()
        if interpreter in ("sh", "bash"):
            yield from check_shell(file)
        elif interpreter.startswith("python") or file.extension == ".py":
            yield from check_python(file)
