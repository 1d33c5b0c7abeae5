#!/usr/bin/env python3
"""Writes the golden files of byte-level BPE: a small tokenizer, what PyPI `tokenizers` makes of texts.

    python3 tools/make_byte_level_goldens.py

src/llmembed/text/testdata/byte_level.json          a tokenizer.json, trained on the texts below
src/llmembed/text/testdata/byte_level_goldens.json  variants of it, texts and ids, and fingerprints
                                                    of pre-tokenizers over every code point
"""

import hashlib
import json
import random

import pinned_packages

pinned_packages.require("tokenizers")

from tokenizers import Tokenizer, models, pre_tokenizers, trainers  # noqa: E402

import make_torture_texts  # noqa: E402

FOLDER = pinned_packages.REPOSITORY / "src/llmembed/text/testdata"
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>"]
CORPUS = [
    "The quick brown fox jumps over the lazy dog, and the dogs jump over the foxes.",
    "It's what they've said: we'll see that you're right, I'm sure; he'd say so. IT'S WE'LL",
    "In 2024 there were 1234567 of them, 3.14 times 100; room 42, 7 o'clock.",
    "def f(x):\n    return x + 1\n\n\n\tif x == 2:  # twice\n        print('hello world')",
    "caf\u00e9 na\u00efve \u00fcber \u4e2d\u6587\u5206\u8bcd \u0440\u0443\u0441\u0441\u043a\u0438\u0439 "
    "\u65e5\u672c\u8a9e \U0001f600\U0001f44d \u2013 \u201cquoted\u201d \u20ac5",
] * 4
TEXTS = [
    "", " ", "  ", "a", " a", "a ", "Hello, world!", "the quick brown fox jumped", "   the   fox  ",
    "it's IT'S we'll We'LL they've I'm you're he'd o'clock 'tis 's' ''s '\u017f x'\u017fy",
    "1 12 123 1234 12345 1a2b 3.14 \u0661\u0662\u0663\u0664 \u00b2\u00bd\u2167 x\u00b2",
    "a\nb\r\nc\n\nd \n e\t\tf\n\n  g\n \n", "\n\n", " \n", "\u00a0a\u3000b\u2028c\x85d\u200be\u180ef",
    "(x) [y]{z} \"q\" 'r' --s-- t... !?\n\n!\r\n", "caf\u00e9 cafe\u0301 \u4e2d\u6587 \ud55c\uae00",
    "\U0001f600\U0001f44d\U0001f3fd \U0001F468\u200D\U0001F469", "\u0915\u094d\u0937 e\u0301\u0327x",
    "<s>a</s> <mask> b<mask>c  <mask>  <|endoftext|>\n<unk>< s>", "  <mask>", "<mask><mask>a",
    "<new> x<new>y a<word>b <word> z<word>", "\x00\x01\x7f\x80\xff\u0100\u0120", "x" * 70,
    "the" * 9 + "!" * 20 + " " * 20, "e e.e,,e;;;e", "A1!a2?"]

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
TIKTOKEN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3, QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|" + digits +
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+" for digits in (r"\p{N}{1,3}", r"\p{N}"))


def byte_level(prefix=False, regex=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True,
            "use_regex": regex}


def split(pattern, behavior="Isolated", invert=False):
    kind = "Regex" if "\\" in pattern else "String"
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def digits(single):
    return {"type": "Digits", "individual_digits": single}


def punctuation(behavior):
    return {"type": "Punctuation", "behavior": behavior}


def template(before):
    return {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": before, "type_id": 0}},
                       {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                     {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {before: {"id": before, "ids": [SPECIAL.index(before)],
                                        "tokens": [before]}}}


def added(content, **flags):
    off = dict.fromkeys(("special", "single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": 0, "content": content, **off, **flags}


ROBERTA = {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0],
           "trim_offsets": True, "add_prefix_space": False}
BYTES_ONLY = byte_level(regex=False)
WORDS = {"a": 0, "b": 1, "##a": 2, "##b": 3, "##a</w>": 4, "##b</w>": 5, "ab": 6, "aba</w>": 7,
         "<unk>": 8, "abb": 9, "a</w>": 10}
# What replaces the same fields of byte_level.json; "special_text" is no field but how it is used.
VARIANTS = {
    "gpt2": {},
    "prefix space": {"pre_tokenizer": byte_level(prefix=True)},
    "bytes only": {"pre_tokenizer": BYTES_ONLY},
    "gpt2 as split": {"pre_tokenizer": sequence(split(GPT2), BYTES_ONLY)},
    "tiktoken's gpt2": {"pre_tokenizer": sequence(split(TIKTOKEN, "Removed", True), BYTES_ONLY)},
    "llama 3": {"pre_tokenizer": sequence(split(LLAMA3), BYTES_ONLY),
                "post_processor": {"type": "Sequence", "processors": [byte_level(True),
                                                                      template("<s>")]},
                "model": {"ignore_merges": True}},
    "qwen 2": {"pre_tokenizer": sequence(split(QWEN2), BYTES_ONLY),
               "post_processor": byte_level()},
    "smollm": {"pre_tokenizer": sequence(digits(True), byte_level())},
    "digits together": {"pre_tokenizer": sequence(digits(False), byte_level(True))},
    **{"punctuation " + behavior:
       {"pre_tokenizer": sequence(punctuation(behavior), BYTES_ONLY)}
       for behavior in ("Removed", "Isolated", "Contiguous", "MergedWithPrevious",
                        "MergedWithNext")},
    "split at a string": {"pre_tokenizer": sequence(split("e", "MergedWithNext"), BYTES_ONLY)},
    "split between": {"pre_tokenizer": sequence(split(" t", "MergedWithPrevious", True),
                                                BYTES_ONLY)},
    "whitespace": {"pre_tokenizer": sequence({"type": "Whitespace"}, byte_level(True))},
    "delimiter": {"pre_tokenizer": sequence({"type": "CharDelimiterSplit", "delimiter": " "},
                                            BYTES_ONLY)},
    "roberta": {"post_processor": ROBERTA, "added_tokens": [
        added("<s>", special=True, normalized=True), added("</s>", special=True, normalized=True),
        added("<mask>", special=True, lstrip=True)]},
    "two processors": {"post_processor": {"type": "Sequence",
                                          "processors": [ROBERTA, template("<mask>")]}},
    "numbered anew": {"added_tokens": [added("<new>", id=5000), added("<word>", single_word=True),
                                       added("</s>", id=7, special=True, rstrip=True)]},
    "special text is plain": {"special_text": "plain", "added_tokens": [
        added("<new>"), added("<s>", special=True), added("<mask>", special=True, lstrip=True),
        added("s>a"), added("</s>", special=True)]},
    "unknown": {"pre_tokenizer": None, "model": {"unk_token": "<unk>"}},
    "unknown, fused": {"pre_tokenizer": None, "model": {"unk_token": "<unk>", "fuse_unk": True}},
    "unknown, left out": {"pre_tokenizer": None},
    "byte fallback": {"pre_tokenizer": None, "model": {"unk_token": "<unk>", "fuse_unk": True,
                                                       "byte_fallback": True}},
    "suffix": {"model": {"end_of_word_suffix": "</w>", "unk_token": "<unk>"}},
    "affixes": {"pre_tokenizer": {"type": "Whitespace"}, "added_tokens": [],
                "model": {"vocab": WORDS, "continuing_subword_prefix": "##", "unk_token": "<unk>",
                          "end_of_word_suffix": "</w>",
                          "merges": ["a ##b", "ab ##a</w>", "ab ##b"]}},
    "gaps": {"model": {"vocab": {"t": 4, "h": 9, "th": 2, "e": 40}, "merges": ["t h"]},
             "added_tokens": [added("<new>"), added("<s>"), added("e", special=True),
                              added("<word>")]},
}
AFFIX_TEXTS = ["a b ab aba abb abab abba aab x axb ba", "abaabaabb"]

# Pre-tokenizers by their fingerprints; the context puts every code point beside those that matter.
CONTEXT = "a{0}b1{0}2 {0}'{0} {0}{0}\n{0}s' {0}"
FINGERPRINTS = ("gpt2", "llama 3", "smollm", "punctuation Isolated", "whitespace")


def trained():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=440, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    result = json.loads(tokenizer.to_str())
    vocab = result["model"]["vocab"]
    for byte in range(256):  # one is missing: a character with it has no byte pieces
        if byte != 0xA9:
            vocab[f"<0x{byte:02X}>"] = len(vocab)
    for word in ("jumped", "\u0120jumped"):  # no merges lead to these
        vocab[word] = len(vocab)
    result["pre_tokenizer"] = byte_level()
    return result


def completed(changes, base):
    result = {}
    for field, change in changes.items():
        result[field] = {**base[field], **change} if field == "model" else change
    return result


def variant(name, base):
    changes = dict(VARIANTS[name])
    special_text = changes.pop("special_text", "parse")
    tokenizer = Tokenizer.from_str(json.dumps({**base, **completed(changes, base)}))
    tokenizer.encode_special_tokens = special_text == "plain"
    rng = random.Random(name)
    own = [text for _, text in make_torture_texts.random_rows(rng, 17) if len(text) < 25]
    own += AFFIX_TEXTS if name == "affixes" else []
    return {"name": name, "changes": changes, "special_text": special_text, "own_texts": own,
            "ids": [tokenizer.encode(text).ids for text in TEXTS + own]}


def fingerprint(name, base):
    options = VARIANTS[name].get("pre_tokenizer", base["pre_tokenizer"])
    tokenizer = Tokenizer.from_str(json.dumps({**base, "pre_tokenizer": options}))
    digest = hashlib.sha256()
    for c in make_torture_texts.CODE_POINTS:
        words = tokenizer.pre_tokenizer.pre_tokenize_str(CONTEXT.format(c))
        digest.update(" ".join(word for word, _ in words).encode() + b"\n")
    return digest.hexdigest()


def main():
    base = trained()
    goldens = {"generated_by": "tools/make_byte_level_goldens.py",
               "tokenizers": pinned_packages.VERSIONS["tokenizers"], "context": CONTEXT,
               "texts": TEXTS,
               "fingerprints": {name: fingerprint(name, base) for name in FINGERPRINTS},
               "variants": [variant(name, base) for name in VARIANTS]}
    (FOLDER / "byte_level.json").write_text(json.dumps(base, separators=(",", ":")) + "\n")
    (FOLDER / "byte_level_goldens.json").write_text(
        json.dumps(goldens, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")
    for name in ("byte_level.json", "byte_level_goldens.json"):
        print(f"{FOLDER / name}: {(FOLDER / name).stat().st_size} bytes")


if __name__ == "__main__":
    main()
