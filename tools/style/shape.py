"""shape.py -- files say what they are for; files and functions stay small."""
import os
import re

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 60
DEPTH_MAX = 4  # blocks inside the function's own
PARAMETERS_MAX = 6  # outputs aside


def find_first_comment(file):
    """The text that opens a file: comment, docstring or Makefile header."""
    if file.is_c() or file.extension == ".def":
        match = re.match(r"/\*(.*?)\*/", file.text, re.S)
    elif file.get_interpreter().startswith("python") or file.extension == ".py":
        match = re.match(r'(?:#![^\n]*\n)?"""(.*?)"""', file.text, re.S)
    else:
        match = re.match(r"(?:#![^\n]*\n)?((?:#[^\n]*\n)+)", file.text)
    return match.group(1) if match else None


def needs_first_line(file):
    return (file.is_c() or file.extension in (".def", ".py") or file.get_interpreter()
            or file.path == "Makefile")


def check_first_lines(files):
    for file in files:
        if not needs_first_line(file) or file.path.startswith("tests/fuzz/corpus/"):
            continue
        comment = find_first_comment(file)
        name = os.path.basename(file.path)
        if comment is None:
            yield file.path, 1, "open the file with a comment: what is it for?"
        elif not re.match(r"[\s#]*%s\b.* -- \S" % re.escape(name), comment):
            yield file.path, 1, "the first line should read: %s -- what it is for" % name


def check_file_sizes(files):
    for file in files:
        if not (file.is_c() or file.extension == ".py" or file.get_interpreter()):
            continue
        excused = re.search(r"\blong\b", find_first_comment(file) or "")
        if len(file.lines) > FILE_LINES_MAX and not excused:
            yield file.path, FILE_LINES_MAX, (
                "%d lines: split it, or say at its top why it is long" % len(file.lines))


def list_functions(file):
    """(first line, last line, signature) of each function; kernel braces make it easy."""
    begin = None
    for number, line in enumerate(file.lines, 1):
        if line == "{":
            begin = number
        elif line == "}" and begin:
            yield begin, number, find_signature(file, begin)
            begin = None


def find_signature(file, begin):
    collected = []
    for line in reversed(file.lines[:begin - 1]):
        collected.insert(0, line)
        if line and not line[0].isspace() and line[0] not in "{}*#":
            break
    return " ".join(collected)


def measure_depth(lines):
    """The deepest block, and at which line of `lines` it opens."""
    depth = deepest = where = 0
    for number, line in enumerate(lines):
        code = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'|/\*.*?\*/', "", line)
        if re.search(r"[=(,]\s*(\([^()]*\))?\s*\{|^\s*\{\s*[.\"\w]", code):
            continue  # an initialiser is no block
        for character in code:
            depth += {"{": 1, "}": -1}.get(character, 0)
            if depth > deepest:
                deepest, where = depth, number
    return deepest, where


def count_parameters(signature):
    inside = signature[signature.find("("):]
    depth = commas = 0
    for character in inside:
        depth += {"(": 1, ")": -1}.get(character, 0)
        commas += character == "," and depth == 1
    return commas + 1 - len(re.findall(r"\bout(_\w+)?\s*[,)]", inside))


def check_functions(files):
    for file in files:
        if file.extension != ".c":
            continue
        for begin, end, signature in list_functions(file):
            if end - begin - 1 > FUNCTION_LINES_MAX:
                yield file.path, begin, "a function of %d lines: %d at most" % (
                    end - begin - 1, FUNCTION_LINES_MAX)
            deepest, where = measure_depth(file.lines[begin - 1:end])
            if deepest > DEPTH_MAX + 1:
                yield file.path, begin + where, "nested deeper than %d" % DEPTH_MAX
            if count_parameters(signature) > PARAMETERS_MAX:
                yield file.path, begin, "more than %d parameters" % PARAMETERS_MAX
