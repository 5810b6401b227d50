"""documents.py -- what README, ARCHITECTURE and docs/ name exists: files, folders, functions."""
import os
import re

QUOTED = re.compile(r"`([^`\n]+)`")
FUNCTION = re.compile(r"^([a-z][a-z0-9_]+)\(\)$")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
TOPS = ("common/", "db/", "signaling/", "media/", "mgmt/", "packaging/", "tests/", "tools/",
        "docs/", "man/")


def is_document(file):
    return file.extension == ".md" and (file.top in ("", "docs"))


def exists(path, known):
    """Files, folders, and a `{a,b}` or `*` that stands for at least one."""
    if "{" in path:
        head, _, rest = path.partition("{")
        choice, _, tail = rest.partition("}")
        return all(exists(head + c + tail, known) for c in choice.split(","))
    if "*" in path or "<" in path or "NAME" in path:
        return True
    plain = path.rstrip("/")
    return plain in known or any(k.startswith(plain + "/") for k in known)


def check_quoted(file, number, text, known, code):
    match = FUNCTION.match(text)
    if match and not re.search(r"\b%s\(" % match.group(1), code):
        yield file.path, number, "there is no function %s" % match.group(1)
    word = text.split()[0] if text.split() else ""
    if word.startswith(TOPS) and not exists(re.sub(r":\d+$", "", word), known):
        yield file.path, number, "there is no %s" % word


def check_names(files):
    known = {f.path for f in files}
    code = "\n".join(f.text for f in files if f.is_c() or f.extension == ".def")
    for file in filter(is_document, files):
        for number, line in enumerate(file.lines, 1):
            for text in QUOTED.findall(line):
                yield from check_quoted(file, number, text, known, code)
            for target in LINK.findall(line):
                path = os.path.normpath(os.path.join(os.path.dirname(file.path), target))
                if "://" not in target and not target.startswith("mailto:") \
                        and not exists(path, known):
                    yield file.path, number, "a link to nothing: %s" % target
