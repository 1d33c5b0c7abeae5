"""How many times as fast llmembed has to be, on each set, and whether it is."""

import dataclasses
import statistics

import peer_accuracy


@dataclasses.dataclass(frozen=True)
class Bar:
    ours: str
    theirs: str  # a runner, or "best f32", "best int8" of the peers
    times: dict  # {set: times as fast}


def _everywhere(times):
    return {"SST-2": times, "R8": times}


BARS = {
    "minilm": (Bar("llmembed bf16", "OpenVINO bf16", {"SST-2": 1.2, "R8": 1.15}),
               Bar("llmembed bf16", "sentence-transformers f32", _everywhere(3.5)),
               Bar("llmembed int8", "best int8", _everywhere(1.4)),
               Bar("llmembed f32", "best f32", _everywhere(1.1))),
    "smollm2": (Bar("llmembed bf16", "transformers bf16", _everywhere(1.6)),
                Bar("llmembed bf16", "llama.cpp", _everywhere(2.0))),
}


@dataclasses.dataclass
class Verdict:
    model: str
    texts: str
    ours: str
    theirs: str
    expected: float
    times: float = None  # the median round's; None: a side is missing
    lowest: float = None
    highest: float = None

    @property
    def is_missed(self):
        return self.times is not None and self.times < self.expected

    def __str__(self):
        what = f"{self.model}, {self.texts}: {self.ours} against {self.theirs}"
        if self.times is None:
            return f"{what}: NOT CHECKED, one of them is missing"
        return (f"{what}: {self.times:.2f} times as fast ({self.lowest:.2f}-{self.highest:.2f}), "
                f"expected {self.expected}{': MISSED' if self.is_missed else ''}")


def _peer(theirs, seconds, accuracies):
    """The runner that a bar means; the fastest one of a dtype, if it keeps its accuracy."""
    if not theirs.startswith("best "):
        return theirs
    dtype = theirs.removeprefix("best ")
    names = [name for name in seconds if name.endswith(f" {dtype}") and "llmembed" not in name
             and (name not in accuracies or peer_accuracy.qualifies(accuracies[name]))]
    return min(names, key=lambda name: statistics.median(seconds[name]), default=theirs)


def check(text_set, seconds, accuracies):
    """Verdicts on a set. seconds: {runner: those of a text in each round}."""
    verdicts = []
    for bar in BARS[text_set.model]:
        peer = _peer(bar.theirs, seconds, accuracies)
        verdict = Verdict(text_set.model, text_set.title, bar.ours, peer, bar.times[text_set.name])
        if bar.ours in seconds and peer in seconds:
            # Each round's ratio comes from measurements that lie side by side in time.
            times = [b / a for a, b in zip(seconds[bar.ours], seconds[peer])]
            verdict.times, verdict.lowest, verdict.highest = (
                statistics.median(times), min(times), max(times))
        verdicts.append(verdict)
    return verdicts
