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


class Stopwatch:
    """Measures while others are quiet, as long as its patience, in seconds, lasts."""

    def __init__(self, patience):
        self.patience = patience
        self.others = 0.0  # the largest share that others took in a measurement that counts

    def _wait(self):
        while True:
            meter = Meter()
            time.sleep(1)  # also lets the threads of the measurement before go to sleep
            if meter.others() < QUIET or self.patience <= 0:
                return
            self.patience -= 1

    def measure(self, work):
        """The result of the quietest call of work(): a disturbed one is repeated."""
        quietest = None
        while True:
            self._wait()
            meter, start = Meter(), time.monotonic()
            result = work()
            others = meter.others()
            if quietest is None or others < quietest[1]:
                quietest = result, others
            if others < QUIET or self.patience <= 0:
                break
            self.patience -= time.monotonic() - start
        self.others = max(self.others, quietest[1])
        return quietest[0]
