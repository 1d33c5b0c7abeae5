"""What the peers share: how texts become batches, and how a call is timed.

A peer is loaded once (`load`), outside what is timed. `measure(texts)` gives a Measurement, its
vectors [texts, width] f32 in the texts' order: the mean over a text's tokens.
"""

import dataclasses
import os
import time

import numpy

BATCHES = (8, 16, 32, 64)  # texts a batch: the fastest of these is used
TUNING_BLOCKS = 2  # of as many texts as the largest batch has


@dataclasses.dataclass
class Measurement:
    seconds: float
    vectors: numpy.ndarray
    process_seconds: float = None  # of the whole process, where a peer is one
    tokens: int = None


class Peer:
    """encode(texts): vectors. max_tokens: what is read of a text, set before each set."""

    max_tokens = None
    setting = None  # what tune() has chosen, for people

    def tune(self, texts):
        """Chooses the fastest setting for such texts; at least runs once."""
        self.encode(texts[:64])

    def measure(self, texts):
        start = time.perf_counter()
        vectors = self.encode(texts)
        return Measurement(time.perf_counter() - start, vectors)


def tuning_texts(texts):
    """Blocks of texts of like length, as they lie side by side in batches of all texts."""
    block = BATCHES[-1]
    texts = sorted(texts, key=len)
    if len(texts) <= TUNING_BLOCKS * block:
        return texts
    step = len(texts) // TUNING_BLOCKS
    starts = range((step - block) // 2, len(texts) - block + 1, step)
    return [text for start in starts for text in texts[start:start + block]]


def fastest(settings, seconds_of, rounds=2):
    """The setting with the smallest seconds_of(setting) of some rounds."""
    settings = list(settings)
    times = {setting: min(seconds_of(setting) for _ in range(rounds)) for setting in settings}
    return min(times, key=times.get)


def padded(ids):
    """ids [texts, longest] and their mask, int64."""
    longest = max(map(len, ids))
    tokens = numpy.zeros((len(ids), longest), numpy.int64)
    mask = numpy.zeros((len(ids), longest), numpy.int64)
    for row, text in enumerate(ids):
        tokens[row, :len(text)] = text
        mask[row, :len(text)] = 1
    return tokens, mask


def mean(states, mask):
    return (states * mask[:, :, None]).sum(1, dtype=numpy.float32) / mask.sum(1)[:, None]


class BatchedPeer(Peer):
    """Texts tokenised together by Hugging Face's tokenizers, sorted by length, in padded batches.

    open(model, threads, cache): loads the model and gives the tokenizer; run(tokens, mask): the
    last layer's states [texts, tokens, width].
    """

    batch = 16

    def load(self, model, threads, cache):
        os.environ["TOKENIZERS_PARALLELISM"] = "true"
        os.environ["RAYON_NUM_THREADS"] = str(threads)
        self.tokenizer = self.open(model, threads, cache)
        self.tokenizer.no_padding()

    def tune(self, texts):
        texts = tuning_texts(texts)
        super().tune(texts)

        def seconds_of(batch):
            self.batch = batch
            return self.measure(texts).seconds
        self.batch = fastest(BATCHES, seconds_of)
        self.setting = f"batches of {self.batch}"

    def encode(self, texts):
        self.tokenizer.enable_truncation(self.max_tokens)
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        vectors = None
        for start in range(0, len(order), self.batch):
            places = order[start:start + self.batch]
            found = self.pooled([ids[i] for i in places])
            if vectors is None:
                vectors = numpy.empty((len(texts), found.shape[1]), numpy.float32)
            vectors[places] = found
        return vectors

    def pooled(self, ids):
        tokens, mask = padded(ids)
        return mean(self.run(tokens, mask), mask)


class TorchPeer(BatchedPeer):
    """open() sets `model`, of transformers; the mean is taken in f32."""

    def __init__(self, dtype):
        self.name = f"transformers {dtype}"
        self.dtype = dtype

    def convert(self, model, threads):
        import torch
        torch.set_num_threads(threads)
        self.model = model.eval().to({"f32": torch.float32, "bf16": torch.bfloat16}[self.dtype])

    def pooled(self, ids):
        import torch
        tokens, mask = map(torch.from_numpy, padded(ids))
        with torch.inference_mode():
            states = self.states(tokens, mask)
            weights = (mask / mask.sum(1, keepdim=True)).unsqueeze(1)
            return (weights @ states.float()).squeeze(1).numpy()
