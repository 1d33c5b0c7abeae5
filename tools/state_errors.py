"""How far two files of hidden states lie apart."""

import dataclasses

import numpy as np

BARS = {"f32": ("relative", 1e-4), "bf16": ("one_minus_cosine", 1e-2)}


@dataclasses.dataclass
class Errors:
    """The worst over tokens (and layers, and runs), each with the place of the worst `relative`."""

    relative: float = 0.0  # ||a - b|| / ||a||, a the reference
    max_abs: float = 0.0
    one_minus_cosine: float = 0.0
    where: str = ""

    def include(self, other):
        # NaN is the worst of all, and max() would pass over it.
        if not other.relative <= self.relative:
            self.where = other.where
        for name in ("relative", "max_abs", "one_minus_cosine"):
            setattr(self, name, float(np.max([getattr(self, name), getattr(other, name)])))


def errors_of(expected, actual, lengths, name):
    """Errors of one hidden state, [tokens of all texts, width], or the pooler's, [texts, width]."""
    if expected.shape != actual.shape:
        return Errors(np.inf, np.inf, 1.0, f"{name}: {actual.shape} for {expected.shape}")
    a, b = expected.astype(np.float64), actual.astype(np.float64)
    norms = np.linalg.norm(a, axis=1)
    relative = np.linalg.norm(a - b, axis=1) / norms
    cosines = (a * b).sum(axis=1) / (norms * np.linalg.norm(b, axis=1))
    worst = int(np.argmax(relative))  # NaN counts as the largest
    if name == "pooler":
        lengths = [1] * len(lengths)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    text = int(np.searchsorted(starts, worst, side="right")) - 1
    where = f"{name}, text {text} of {lengths[text]} tokens, token {worst - starts[text]}"
    return Errors(float(relative[worst]), float(np.abs(a - b).max()),
                  float(np.max(1 - cosines)), where)


def compare(expected, actual, lengths):
    """Errors over all hidden states; one that is missing on either side is infinitely wrong."""
    total = Errors()
    for name in sorted(expected.keys() | actual.keys()):
        if name not in expected or name not in actual:
            side = "transformers has" if name in expected else "we have"
            total.include(Errors(np.inf, np.inf, 1.0, f"only {side} {name}"))
        else:
            total.include(errors_of(expected[name], actual[name], lengths, name))
    return total
