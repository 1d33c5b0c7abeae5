"""Every hidden state of `llmembed embed` against `transformers`: part of compare_transformers.

A tap pools, so that each hidden state is compared as the mean, the maximum, the first and the last
of its text's tokens. The reference reads each text alone, in f32, and is pooled in f64.
"""

import random

import numpy as np
import torch
from transformers import AutoModel

import compare_program
import compare_tokens

POOLINGS = {
    "mean": lambda states: states.mean(axis=0),
    "max": lambda states: states.max(axis=0),
    "cls": lambda states: states[0],
    "last": lambda states: states[-1],
}
MAX_TOKENS = 256
WORD_COUNTS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 62, 63, 89, 126, 127, 144, 200, 253, 254, 255, 300,
               1000)
SPECIAL_TEXTS = [
    "", " ", "a", "film", "...", "[MASK]", "\u4e2d\u6587", "caf\u00e9 na\u00efve \u0130stanbul",
    "\U0001F600\U0001F468\u200D\U0001F469", "\u0627\u0644\u0633\u0644\u0627\u0645", "a\x00b\ufffd",
    "\ud55c\uae00 \uac00\uac01", "\u0939\u093f\u0928\u094d\u0926\u0940", "x" * 300,
    "unaffable tokenization!", "the " * 600, "\u0e19\u0e49\u0e33 \u1e69 \u212b",
    "It's $5.99, isn't it?", "\t\n spaces \u3000",
]
SHUFFLES = 4
BARS = {"f32": ("max_abs", 1e-4), "bf16": ("one_minus_cosine", 1e-3)}


def make_texts(tokenizer):
    """Texts of every kind of length: words drawn at random from the vocabulary, and odd ones."""
    rng = random.Random(1)
    words = sorted(word for word in tokenizer.get_vocab() if word.isascii() and word.isalpha())
    return SPECIAL_TEXTS + [" ".join(rng.choices(words, k=count)) for count in WORD_COUNTS]


class Reference:
    """The pooled hidden states of `transformers`: {"LAYER:POOLING": f64 [texts, width]}."""

    def __init__(self, folder):
        self.tokenizer = compare_tokens.reference_tokenizer(folder)
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.model = AutoModel.from_pretrained(folder, torch_dtype=torch.float32).eval()
        self.layers = self.model.config.num_hidden_layers + 1

    def taps(self):
        return [f"{layer}:{pooling}" for layer in range(self.layers) for pooling in POOLINGS]

    def length(self, text):
        return len(self.tokenizer.encode(text).ids)

    @torch.inference_mode()
    def states(self, text):
        """f64 [layers, tokens, width]"""
        ids = torch.tensor([self.tokenizer.encode(text).ids])
        states = self.model(ids, output_hidden_states=True).hidden_states
        return torch.cat(states).double().numpy()

    def pooled(self, texts):
        states = [self.states(text) for text in texts]
        return {f"{layer}:{name}": np.stack([pool(one[layer]) for one in states])
                for layer in range(self.layers) for name, pool in POOLINGS.items()}


def errors(ours, theirs):
    """The largest differences of two [texts, width] over the texts."""
    ours = ours.astype(np.float64)
    difference = ours - theirs
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return {"max_abs": float(np.abs(difference).max()),
            "max_rel": float((np.linalg.norm(difference, axis=1) /
                              np.linalg.norm(theirs, axis=1)).max()),
            "one_minus_cosine": float((1 - (ours * theirs).sum(axis=1) / lengths).max())}


def worst(all_errors):
    # NaN is the worst of all, and max() would pass over it.
    return {key: float(np.max([one[key] for one in all_errors])) for key in all_errors[0]}


def join(rows):
    """[{tap: [1, width]}] -> {tap: [texts, width]}"""
    return {tap: np.concatenate([row[tap] for row in rows]) for tap in rows[0]}


def shuffled_runs(program, texts, options):
    """The vectors of all texts in one file, in several orders, brought back to the first."""
    for seed in range(SHUFFLES):
        order = list(range(len(texts)))
        random.Random(seed).shuffle(order)
        vectors = program.embed([texts[i] for i in order], *options)
        yield {tap: rows[np.argsort(order)] for tap, rows in vectors.items()}


def compare_type(program, reference, texts, expected, dtype):
    taps = reference.taps()
    options = ("--dtype", dtype, "--max-tokens", MAX_TOKENS, "--taps", ",".join(taps))
    alone = join([program.embed([text], *options) for text in texts])
    batched = list(shuffled_runs(program, texts, options))
    by_tap = {tap: worst([errors(run[tap], expected[tap]) for run in (alone, *batched)])
              for tap in taps}
    layers = [worst([by_tap[f"{layer}:{pooling}"] for pooling in POOLINGS])
              for layer in range(reference.layers)]
    # Compared as bits, so that a NaN or another zero is no match by accident.
    same = [all(np.array_equal(run[tap][i].view(np.uint32), alone[tap][i].view(np.uint32))
                for run in batched for tap in taps) for i in range(len(texts))]
    key, bar = BARS[dtype]
    return {"layers": layers, "taps": by_tap, "texts_same_bits": sum(same),
            "bar": {"of": key, "below": bar, "met": bool(worst(layers)[key] < bar)}}


def log_type(dtype, result, texts, log):
    log(f"\n{dtype}: layer   max-abs   max-rel  1-cosine   (worst of {', '.join(POOLINGS)})")
    for layer, row in enumerate(result["layers"]):
        log(f"{layer:{len(dtype) + 7}}   {row['max_abs']:.1e}   {row['max_rel']:.1e}   "
            f"{row['one_minus_cosine']:.1e}")
    bar = result["bar"]
    log(f"{bar['of']} below {bar['below']:g}: {'met' if bar['met'] else 'BROKEN'}")
    log(f"alone and in {SHUFFLES} shuffled batches, bit for bit the same: "
        f"{result['texts_same_bits']} of {texts} texts")


def compare(program, log):
    """Errors by type and layer; False where a bar is broken."""
    reference = Reference(program.model)
    texts = make_texts(reference.tokenizer)
    lengths = sorted(reference.length(text) for text in texts)
    log(f"{len(texts)} texts of {lengths[0]} to {lengths[-1]} tokens (longer ones are cut), "
        f"{len(reference.taps())} taps each")
    expected = reference.pooled(texts)
    results = {"texts": len(texts)}
    good = True
    for dtype in BARS:
        try:
            result = compare_type(program, reference, texts, expected, dtype)
        except compare_program.Unsupported as error:
            log(f"\n{dtype}: left out: {error}")
            continue
        results[dtype] = result
        log_type(dtype, result, len(texts), log)
        good &= result["bar"]["met"] and result["texts_same_bits"] == len(texts)
    return results, good
