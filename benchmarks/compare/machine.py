"""What this machine is, and what else it does: timings count only while that is nothing."""

import hashlib
import os
import pathlib
import threading
import time

QUIET = 0.05  # of all cores' time, taken by other processes or by other machines on the same host
SLOWER = 1.15  # than the best probe: someone else uses the cores
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


class Probe:
    """Seconds that a fixed small computation takes on all threads at once."""

    def __init__(self, threads):
        self.threads = threads
        self.bytes = bytes(32 << 20)
        self.best = min(self.measure() for _ in range(10))

    def measure(self):
        workers = [threading.Thread(target=hashlib.sha1, args=(self.bytes,))
                   for _ in range(self.threads)]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return time.perf_counter() - start

    def slowdown(self):
        """Times as long as the best one so far; rests first, so that threads go to sleep."""
        time.sleep(0.5)
        seconds = self.measure()
        self.best = min(self.best, seconds)
        return seconds / self.best


class ProbedStopwatch:
    """Repeats what was disturbed: a probe before or after was slow, or others used the cores."""

    def __init__(self, patience, threads):
        self.patience = patience
        self.probe = Probe(threads)
        self.rejected = 0  # measurements that were repeated
        self.disturbed = 0  # that count all the same, the patience being gone

    def _wait(self):
        start = time.monotonic()
        while (slowdown := self.probe.slowdown()) > SLOWER and self.patience > 0:
            self.patience -= time.monotonic() - start
            start = time.monotonic()
        return slowdown

    def measure(self, work):
        """The result of the first undisturbed call of work(), else of the least disturbed one."""
        best = None
        while True:
            before, start, meter = self._wait(), time.monotonic(), Meter()
            result = work()
            others = meter.others()
            slowdown = max(before, self.probe.slowdown())
            if slowdown <= SLOWER and others < QUIET:
                return result
            if best is None or others < best[1]:
                best = result, others
            if self.patience <= 0:
                self.disturbed += 1
                return best[0]
            self.rejected += 1
            self.patience -= time.monotonic() - start
