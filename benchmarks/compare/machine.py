"""What this machine is, and what else it does: timings count only while that is nothing."""

import os
import pathlib
import time

QUIET = 0.05  # of all cores' time, taken by other processes or by other machines on the same host
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_name():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")),
                "unknown CPU")


class Meter:
    """The share of all cores' time that others take, since it was made."""

    def __init__(self):
        self.began = self._now()

    @staticmethod
    def _now():
        """Seconds of core time: of this process and its finished children, and in use by anyone."""
        user, nice, system, _, _, irq, softirq, steal = (
            int(field) / TICKS
            for field in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
        own = sum(os.times()[:4])
        return time.monotonic(), own, user + nice + system + irq + softirq + steal

    def others(self):
        wall, own, used = (now - then for now, then in zip(self._now(), self.began))
        return max(0.0, used - own) / (wall * os.cpu_count())


def wait_until_quiet(patience):
    """Returns when others are quiet for a second, or after `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        meter = Meter()
        time.sleep(1)  # also lets the threads of the measurement before go to sleep
        if meter.others() < QUIET or time.monotonic() > deadline:
            return


def measure(work, patience, tries=3):
    """(result, share that others took) of the quietest of at most `tries` calls of work()."""
    quietest = None
    for _ in range(tries):
        wait_until_quiet(patience)
        meter = Meter()
        result = work()
        others = meter.others()
        if quietest is None or others < quietest[1]:
            quietest = result, others
        if others < QUIET:
            break
    return quietest
