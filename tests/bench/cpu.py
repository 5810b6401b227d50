"""cpu.py -- CPU time used by processes and all their descendants, threads included."""
import os


def descendants(pid):
    found = [pid]
    for parent in found:
        try:
            for thread in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{thread}/children", encoding="ascii") as file:
                    found += [int(word) for word in file.read().split()]
        except OSError:
            continue
    return found


def _thread_seconds(path):
    try:
        with open(path + "/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def process_seconds(pid):
    """Nanosecond clock of the scheduler; threads that have ended are not in it."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return 0.0
    return sum(_thread_seconds(f"/proc/{pid}/task/{thread}") for thread in threads)


def seconds(pids):
    return sum(process_seconds(pid) for root in pids for pid in descendants(root))


def resident_kb(pids):
    """Proportional share of memory, so that forked workers are not counted twice."""
    total = 0
    for pid in {pid for root in pids for pid in descendants(root)}:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except OSError:
            continue
    return total
