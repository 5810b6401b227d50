"""tree.py -- the files the checks look at: what git keeps or would keep, as lines."""
import os
import subprocess

BINARY = (".bin", ".wav", ".png", ".pcap", ".raw")


class File:
    """One text file.  `lines` have no line ends; line numbers start at 1."""

    def __init__(self, path, text):
        self.path, self.text, self.lines = path, text, text.split("\n")
        self.extension = os.path.splitext(path)[1]
        self.top = path.split("/")[0] if "/" in path else ""

    def is_c(self):
        return self.extension in (".c", ".h")

    def is_ours(self):
        """Code of the product, not of its tests or tools."""
        return self.top in ("common", "db", "signaling", "media", "mgmt")

    def get_interpreter(self):
        first = self.lines[0]
        if not first.startswith("#!"):
            return ""
        return os.path.basename(first.split()[-1])


def list_paths():
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return sorted(set(listed.stdout.split("\n")) - {""})
    found = []
    for folder, folders, names in os.walk("."):
        folders[:] = [f for f in folders if f not in ("build", ".git", "__pycache__")]
        found += [os.path.relpath(os.path.join(folder, n), ".") for n in names]
    return sorted(found)


def read_tree():
    files = []
    for path in list_paths():
        if path.startswith("tests/fuzz/corpus/") or path.endswith(BINARY) or os.path.islink(path):
            continue
        try:
            with open(path, encoding="utf-8") as handle:
                files.append(File(path, handle.read()))
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
    return files
