#!/usr/bin/env python3
"""Writes the text layer's golden files: a small tokenizer, what PyPI `tokenizers` makes of texts.

    python3 tools/make_tokenizer_goldens.py

src/llmembed/text/testdata/tokenizer.json   a WordPiece tokenizer with a vocabulary of our own
src/llmembed/text/testdata/vocab.txt        the same vocabulary
src/llmembed/text/testdata/goldens.json     variants of it, texts and ids, and fingerprints: SHA-256
                                            over what becomes of "a" + c + "b" for every c
"""

import hashlib
import json
import random
import string

import pinned_packages

pinned_packages.require("tokenizers")

from tokenizers import Tokenizer, normalizers, pre_tokenizers  # noqa: E402

import make_torture_texts  # noqa: E402

FOLDER = pinned_packages.REPOSITORY / "src/llmembed/text/testdata"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ("the of and to a in is it you that quick brown fox jump over lazy dog token un aff able "
         "hello world cafe café CAFÉ naive naïve İ i̇ ß ss ﬁ fi 中 文 日 本 가 각 "
         "ά α σ ς Σ и й Й 1 12 2024 〮 〯 é É e\u0301 \u0301 \u0327 \u302e \u0915 \u093f "
         "\U0001F600 \u200d \ue000 \u0600 \ufffd").split()
CONTINUING = ("ing ed s ly able ization iz a e o é \u0301 \u0327 \u302e \u302f σ ς \u1161 \u11a8 中 "
              "\u200d").split()

# What replaces the same fields of tokenizer.json.
VARIANTS = {
    "uncased": {},
    "cased": {"normalizer": {"strip_accents": None, "lowercase": False}},
    "cased, accents stripped": {"normalizer": {"strip_accents": True, "lowercase": False}},
    "uncased, accents kept": {"normalizer": {"strip_accents": False}},
    "nothing cleaned": {"normalizer": {"clean_text": False, "handle_chinese_chars": False}},
    "no normalizer": {"normalizer": None},
    "no pre-tokenizer": {"pre_tokenizer": None},
    "short words": {"model": {"max_input_chars_per_word": 4}},
    "BertProcessing": {"post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3],
                                          "cls": ["[CLS]", 2]}},
    "no post-processor": {"post_processor": None},
    "added tokens": {"added_tokens": [
        {"content": "[MASK]", "special": True, "lstrip": True},
        {"content": "Fox", "normalized": True},
        {"content": "new token", "single_word": True, "rstrip": True},
        {"content": "Caf\u00e9s", "normalized": True, "single_word": True},
        {"content": "##x", "special": True}]},
}
TEXTS = [
    "", " ", "Hello, World!", "the quick brown fox jumped over the lazy dogs.", "untokenized",
    "unaffable [MASK] dog", "a[MASK]b [CLS][SEP] [mask] [PAD", "x new token \u3000 y",
    "a new tokens renew token.", "FOX foxes Fox", "CAF\u00c9S caf\u00e9s cafe\u0301s cafesx",
    "##x ##xx", "\u0130stanbul I\u0307 \u0131", "\u03a3\u03a3\u03a3 \u1f88",
    "\ud55c\uae00 \uac00\uac01", "e\u0327\u0301 e\u0301\u0327 \u1e17",
    "a\u302e\u0327\u302ab \u302f\u302e", "\u4e2d\u6587 a\u4e2db \U0002b820\U0002b920",
    "a\x00b\ufffdc\u200dd\ue000e\u00adf", "a\u00a0b\u2028c\x0bd\x85e",
    "\u2460\u00b2\u00bd\u0958\u0344", "a" * 100, "a" * 101, "e\u0301" * 50 + "e" * 50,
    "e\u0301" * 60, "the " * 40]


def tokenizer_json():
    alphabet = list(string.ascii_lowercase + string.digits + string.punctuation + "ACEF")
    pieces = list(dict.fromkeys(SPECIAL + alphabet + WORDS +
                                ["##" + piece for piece in [*string.ascii_lowercase, *CONTINUING]]))
    flags = {"special": False, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False}
    return {
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": 8, "strategy": "LongestFirst",
                       "stride": 0},
        "padding": {"strategy": {"Fixed": 16}, "direction": "Right", "pad_to_multiple_of": None,
                    "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
        "added_tokens": [{"id": index, "content": token, **flags, "special": True}
                         for index, token in enumerate(SPECIAL)],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                       {"Sequence": {"id": "A", "type_id": 0}},
                       {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                     {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                               "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100,
                  "vocab": {piece: index for index, piece in enumerate(pieces)}},
    }


def completed(changes, base):
    """The fields of a variant in full, as the C++ test puts them into tokenizer.json."""
    result = {}
    next_id = len(base["model"]["vocab"])
    for field, change in changes.items():
        if field == "added_tokens":
            result[field] = []
            for token in change:
                token = {**base["added_tokens"][0], "special": False, **token}
                token["id"] = base["model"]["vocab"].get(token["content"], next_id)
                next_id += token["id"] == next_id
                result[field].append(token)
        elif field == "model":
            result[field] = {**base[field], **change}
        elif isinstance(change, dict) and "type" not in change:
            result[field] = {**base[field], **change}
        else:
            result[field] = change
    return result


def variant(name, base):
    changes = completed(VARIANTS[name], base)
    tokenizer = Tokenizer.from_str(json.dumps({**base, **changes}))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    rng = random.Random(name)
    torture = [text for _, text in make_torture_texts.random_rows(rng, 34) if len(text) < 400]
    cases = [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS + torture]
    changes.get("model", {}).pop("vocab", None)
    return {"name": name, "changes": changes, "cases": cases}


def cuts(base):
    tokenizer = Tokenizer.from_str(json.dumps(base))
    tokenizer.no_padding()
    result = []
    for max_tokens in (2, 3, 4, 8, 11, 12, 13, 500):
        tokenizer.enable_truncation(max_tokens)
        result.append({"max_tokens": max_tokens, "ids": tokenizer.encode(TEXTS[3]).ids})
    return {"text": TEXTS[3], "cases": result}


def fingerprints(base):
    def fingerprint(function):
        digest = hashlib.sha256()
        for c in make_torture_texts.CODE_POINTS:
            digest.update(function("a" + c + "b").encode() + b"\n")
        return digest.hexdigest()

    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    result = {"BertPreTokenizer": fingerprint(lambda text: " ".join(w for w, _ in split(text)))}
    for name, changes in VARIANTS.items():
        options = {**base["normalizer"], **(changes.get("normalizer") or {})}
        if "normalizer" in changes and changes["normalizer"] or name == "uncased":
            del options["type"]
            result[name] = fingerprint(normalizers.BertNormalizer(**options).normalize_str)
    return result


def main():
    base = tokenizer_json()
    FOLDER.mkdir(exist_ok=True)
    goldens = {"generated_by": "tools/make_tokenizer_goldens.py",
               "tokenizers": pinned_packages.VERSIONS["tokenizers"],
               "fingerprints": fingerprints(base), "cuts": cuts(base),
               "variants": [variant(name, base) for name in VARIANTS]}
    (FOLDER / "tokenizer.json").write_text(json.dumps(base, indent=1) + "\n")
    (FOLDER / "vocab.txt").write_text("\n".join(base["model"]["vocab"]) + "\n", encoding="utf-8")
    (FOLDER / "goldens.json").write_text(json.dumps(goldens, indent=None, separators=(",", ":"))
                                         .replace('{"text"', '\n{"text"') + "\n")
    for path in sorted(FOLDER.iterdir()):
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
