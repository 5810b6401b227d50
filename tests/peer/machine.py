"""machine.py -- a throwaway machine: this system's own files under an overlay in memory,
booted by systemd in namespaces of its own.  Needs root; nothing of it stays."""
import os
import shutil
import signal
import subprocess
import tempfile
import time

BOOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "boot-machine")
BOOT_S = 60


class CannotBoot(Exception):
    """What this machine lacks for it."""


def find_cgroup2():
    with open("/proc/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, place, kind = line.split()[:3]
            if kind == "cgroup2" and os.access(place, os.W_OK):
                return place
    raise CannotBoot("no cgroup2 hierarchy that may be written")


class Machine:
    def __init__(self):
        if os.geteuid() != 0:
            raise CannotBoot("it needs root")
        if not os.access("/lib/systemd/systemd", os.X_OK):
            raise CannotBoot("systemd is not installed")
        self.init = None
        self.cgroup = tempfile.mkdtemp(prefix="enlace-", dir=find_cgroup2())
        self.space = tempfile.mkdtemp(prefix="enlace-machine-")
        self.starter = subprocess.Popen(
            ["unshare", "-m", "-p", "-f", "-i", "-u", "-n", "-C", "--propagation", "private",
             "--kill-child", BOOT, self.space],
            preexec_fn=self._enter_cgroup, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            self._wait_until_up()
        except BaseException:
            self.stop()
            raise

    def _enter_cgroup(self):
        with open(os.path.join(self.cgroup, "cgroup.procs"), "w", encoding="ascii") as procs:
            procs.write("0")

    def _find_init(self):
        path = "/proc/%d/task/%d/children" % (self.starter.pid, self.starter.pid)
        with open(path, encoding="ascii") as children:
            pids = children.read().split()
        return int(pids[0]) if pids else None

    def _wait_until_up(self):
        end = time.monotonic() + BOOT_S
        while time.monotonic() < end:
            if self.starter.poll() is not None:
                text = self.starter.stdout.read().decode("utf-8", "replace").strip()
                raise CannotBoot(text.replace("\n", "; ") or "it ended while booting")
            self.init = self._find_init()
            if self.init and self.run("systemctl", "is-system-running").stdout.strip() in (
                    "running", "degraded"):
                return
            time.sleep(0.2)
        raise CannotBoot("it did not come up in %d s" % BOOT_S)

    def run(self, *argv, user=None, **options):
        """Runs a program inside; the result has returncode and stdout with stderr."""
        inside = ["nsenter", "-t", str(self.init), "-m", "-p", "-i", "-u", "-n", "-C", "-r", "-w"]
        if user:
            inside += ["runuser", "-u", user, "--"]
        options.setdefault("timeout", 120)
        if "input" not in options:
            options["stdin"] = subprocess.DEVNULL
        return subprocess.run([*inside, *argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False, **options)

    def put(self, path, destination):
        with open(path, "rb") as source:
            inside = ["nsenter", "-t", str(self.init), "-m", "-r", "-w"]
            subprocess.run([*inside, "sh", "-c", 'cat >"$1"', "sh", destination], stdin=source,
                           check=True)

    def stop(self):
        if self.init:
            try:
                os.kill(self.init, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.starter.kill()
        self.starter.wait()
        self.starter.stdout.close()
        for _ in range(50):
            try:
                remove_cgroups(self.cgroup)
                break
            except OSError:
                time.sleep(0.1)
        shutil.rmtree(self.space, ignore_errors=True)


def remove_cgroups(top):
    for folder, _, _ in os.walk(top, topdown=False):
        os.rmdir(folder)
