"""sbc.py -- one Enlace under enlace-run: started from a text, asked by the shell, ended.

Daemons are found as the descendants of our own enlace-run, never by name alone.
"""
import json
import os
import select
import signal
import subprocess
import time

DAEMONS = ("signaling", "media", "mgmt")


class SbcError(RuntimeError):
    pass


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def program_of(pid):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return ""


class Sbc:
    def __init__(self, bindir, directory, config):
        self.bindir = os.path.abspath(bindir)
        self.directory = directory
        self.state = os.path.join(directory, "state")
        os.makedirs(self.state, mode=0o700, exist_ok=True)
        self.config_path = os.path.join(directory, "enlace.conf")
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write(config)
        self.log_path = os.path.join(directory, "enlace.log")
        self.process = None

    def program(self, name):
        return os.path.join(self.bindir, name)

    def launch(self):
        """Starts enlace-run without waiting for anything."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [self.program("enlace-run"), "--state", self.state,
                 "--config", self.config_path],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                start_new_session=True)

    def start(self, deadline_s=20):
        """Returns when `ready` was printed: calls can pass."""
        self.launch()
        end = time.monotonic() + deadline_s
        text = b""
        while b"ready\n" not in text:
            left = end - time.monotonic()
            readable, _, _ = select.select([self.process.stdout], [], [], max(left, 0))
            chunk = os.read(self.process.stdout.fileno(), 4096) if readable else b""
            if not chunk:
                why = "ended" if readable else f"was not ready after {deadline_s} s"
                if readable:
                    why += f" with status {self.process.wait(5)}"
                self.stop()
                raise SbcError(f"enlace-run {why}:\n{self.log_tail()}")
            text += chunk
        return self

    def stop(self, deadline_s=10):
        """SIGTERM, then the exit status; SIGKILL for what does not obey (status None)."""
        if not self.process:
            return None
        daemons = list(self.pids().values())
        status = self.process.poll()
        if status is None:
            self.process.terminate()
            try:
                status = self.process.wait(deadline_s)
            except subprocess.TimeoutExpired:
                for pid in [self.process.pid, *daemons]:
                    self._kill(pid)
                self.process.wait()
        self.process.stdout.close()
        self.process = None
        return status

    @staticmethod
    def _kill(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def pids(self):
        """{"signaling": pid, ...} of the daemons that run now."""
        found, waiting = {}, children_of(self.process.pid) if self.process else []
        while waiting:
            pid = waiting.pop()
            waiting += children_of(pid)
            name = program_of(pid)
            if name.startswith("enlace-") and name[7:] in DAEMONS:
                found[name[7:]] = pid
        return found

    def run_shell(self, *words, json_form=False, text=None, deadline_s=10):
        """One `enlace` command: the finished process with status and both outputs."""
        command = [self.program("enlace"), "--state", self.state]
        if json_form:
            command.append("--json")
        return subprocess.run(
            command + list(words), input=text, capture_output=True, text=True,
            timeout=deadline_s, check=False)

    def show(self, *words):
        """The text of a show command."""
        done = self.run_shell("show", *words)
        if done.returncode:
            raise SbcError(f"show {' '.join(words)}: status {done.returncode}: "
                           f"{done.stdout}{done.stderr}")
        return done.stdout

    def show_json(self, *words):
        done = self.run_shell("show", *words, json_form=True)
        if done.returncode:
            raise SbcError(f"show {' '.join(words)}: status {done.returncode}: "
                           f"{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def log(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def log_tail(self, lines=25):
        return "\n".join(self.log().splitlines()[-lines:])
