"""The texts of benchmarks/compare/peers: test sets at their natural lengths."""

import collections
import dataclasses
import math
import random

import compare_texts

FOLDERS = {"SST-2": "sst2", "R8": "r8"}
# What is read of a text. No text of SST-2 has 256 tokens: a second limit would change nothing.
LIMITS = {"minilm": {"SST-2": (256,), "R8": (256, 512)},
          "smollm2": {"SST-2": (512,), "R8": (512,)}}
SMOLLM2_TEXTS = {"SST-2": 200, "R8": 100}  # drawn at random; it is slower by a factor of ten
TRAINING_TEXTS = {"SST-2": 4000, "R8": 2000}  # drawn at random, for accuracy
PROBE_TEXTS = 400  # show how long a runner takes
REPEAT_UNTIL = 1.0  # seconds of a measurement


def distinct(texts):
    """The same texts, blanks behind those that stand there again.

    A runner may notice a text that it has just embedded. MiniLM's tokenizer ignores blanks.
    """
    seen = collections.Counter()
    result = []
    for text in map(str.rstrip, texts):
        result.append(text + " " * seen[text])
        seen[text] += 1
    return result


@dataclasses.dataclass
class TextSet:
    model: str
    name: str
    max_tokens: int
    texts: list

    @property
    def title(self):
        return f"{self.name}, {self.max_tokens} tokens"

    def repeated(self, seconds):
        """The texts as often as it takes for a second, when once takes so many seconds."""
        if self.model != "minilm":
            return self.texts
        return distinct(self.texts * max(1, math.ceil(REPEAT_UNTIL / seconds)))


def rows(data, name, part):
    return list(compare_texts.rows_of(data / FOLDERS[name] / f"{part}.tsv.gz"))


def test_sets(model, data, names, count=None):
    """TextSets; count: draws that many texts of each instead of what they have."""
    sets = []
    for name in names:
        texts = distinct(text for _, text in rows(data, name, "test"))
        count_here = count or (SMOLLM2_TEXTS[name] if model == "smollm2" else len(texts))
        if count_here < len(texts):
            texts = random.Random(1).sample(texts, count_here)
        sets += [TextSet(model, name, limit, texts) for limit in LIMITS[model][name]]
    return sets


def training_rows(data, name):
    return random.Random(1).sample(rows(data, name, "train"), TRAINING_TEXTS[name])
