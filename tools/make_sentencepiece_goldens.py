#!/usr/bin/env python3
"""Writes the golden files of the text layer's SentencePiece side: small models, texts and their ids.

    python3 tools/make_sentencepiece_goldens.py

In src/llmembed/text/testdata/sentencepiece:

bpe.model, unigram.model   trained by PyPI `sentencepiece` on made-up sentences
tokenizers.json            folders of such a model with a tokenizer_config.json: texts, the ids that
                           `transformers` gives them, and for some the tokenizer.json it makes
normalizers.json           normalizers of tokenizer.json: texts and what `tokenizers` makes of them,
                           and fingerprints: SHA-256 over what becomes of "a" + c + "b" for every c

In tests/fuzz/corpus, seeds for the fuzz targets sentencepiece and tokenizer.
"""

import base64
import hashlib
import io
import json
import pathlib
import random
import shutil
import tempfile

import pinned_packages

pinned_packages.require("tokenizers", "transformers", "sentencepiece", "protobuf", "numpy")

import sentencepiece  # noqa: E402
import transformers  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

import charsmap  # noqa: E402
import make_torture_texts  # noqa: E402

FOLDER = pinned_packages.REPOSITORY / "src/llmembed/text/testdata/sentencepiece"
VOCABULARY = ("the of and to in a is that it was for on are as with his they at be this from have or "
              "by one had not but what all were when we there can an your which their said if do "
              "token tokens tokenize tokenization untokenized embed embedding embeddings quick brown "
              "fox foxes jump jumped jumping over lazy dog dogs café naïve straße 日本 日本語 中文 "
              "привет мир 1 12 2024 3.14 aa aaa aaaa ha haha hahaha").split()
RULES = {"\u3000": " ", "\t": " ", "\r": " ", "\n": " ", "\u00a0": " ", "\u200b": "",
         "e\u0301": "\u00e9", "\ufb01": "fi", "\u2460": "1", "\uff21": "A", "\u0130": "I",
         "\uac00": "\u1100\u1161", "\u00a9": "(c)", "\u0600": "", "\u0345": "", "\ufdfa": "x y"}
SPECIAL = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False,
           "special": True}
SEEDS = pinned_packages.REPOSITORY / "tests/fuzz/corpus"

# A tokenizer_config.json beside each model.
LLAMA = {"bpe, legacy": {"tokenizer_class": "LlamaTokenizer", "legacy": True},
         "bpe, new": {"tokenizer_class": "LlamaTokenizer", "legacy": False},
         "bpe, no space before": {"tokenizer_class": "LlamaTokenizer", "legacy": False,
                                  "add_prefix_space": False},
         "bpe, other special tokens": {
             "tokenizer_class": "LlamaTokenizerFast", "add_bos_token": False,
             "add_eos_token": True, "pad_token": "<pad>",
             "added_tokens_decoder": {
                 "0": {"content": "<unk>", **SPECIAL}, "1": {"content": "<s>", **SPECIAL},
                 "2": {"content": "</s>", **SPECIAL},
                 "360": {"content": "new token", **SPECIAL, "special": False, "normalized": True},
                 "361": {"content": "[INST]", **SPECIAL, "rstrip": True}}}}
XLM_ROBERTA = {"unigram": {"tokenizer_class": "XLMRobertaTokenizer"},
               "unigram, own mask": {"tokenizer_class": "XLMRobertaTokenizerFast",
                                     "mask_token": {"__type": "AddedToken", "content": "<mask>",
                                                    **SPECIAL}}}
WITH_JSON = ("bpe, legacy", "bpe, new", "unigram")

NORMALIZERS = {
    **{name: {"type": name} for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase",
                                         "StripAccents", "Nmt")},
    "Strip": {"type": "Strip", "strip_left": True, "strip_right": True},
    "Replace": {"type": "Replace", "pattern": {"String": "a"}, "content": "\u2581"},
    "Replace whitespace": {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "},
    "Precompiled": {"type": "Precompiled",
                    "precompiled_charsmap": base64.b64encode(charsmap.build(
                        {"b": "B", "e\u0301": "\u00e9", "\u0301": "'", "\r": " ", "\u200d": "",
                         "\u00a9": "(c)"})).decode()},
}
TEXTS = [
    "", " ", "  ", "a", " a", "a ", "Hello, World!", "the quick brown fox jumped over the lazy dogs.",
    "  two  spaces   three\tand\na line ", "tokenization untokenized", "haha hahahahaha aaaaaaa aaaaa",
    "caf\u00e9 cafe\u0301 \u65e5\u672c\u8a9e\u4e2d\u6587 \u043f\u0440\u0438\u0432\u0435\u0442",
    "\u2581the\u2581fox \u2581", "<s>the</s>fox<unk>", "the <s> fox </s> dog", "<s>", "</s><s> a",
    "[INST] the [/INST] fox new token renew token", "a <pad><mask> b", "x\x00y\ufffdz\u200b",
    "\ufb01x \u2460 \uff21\u0130 \uac00 \ufdfa \u3000 \u00a0", "\U0001F600\U0001F468\u200d\U0001F469",
    "\u00a9\u200d\u00ae\u0301 \u0600a \u1100\u1161\u11a8 \r\n \r"]


def sentences():
    rng = random.Random(1)
    for _ in range(2000):
        yield " ".join(rng.choices(VOCABULARY, k=rng.randint(3, 12)))


def train(model_type, **options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=sentences(), model_writer=model, model_type=model_type, num_threads=1,
        minloglevel=2, character_coverage=1.0, hard_vocab_limit=False, **options)
    return model.getvalue()


def with_character_map(model):
    proto = transformers.convert_slow_tokenizer.import_protobuf().ModelProto.FromString(model)
    proto.normalizer_spec.precompiled_charsmap = charsmap.build(RULES)
    return proto.SerializeToString()


def torture(name, count):
    rng = random.Random(name)
    rows = [text for _, text in make_torture_texts.random_rows(rng, count) if len(text) < 80]
    return TEXTS + rows


def cases(tokenizer, name):
    pieces = [piece.replace("\u2581", " ") for piece in sorted(tokenizer.get_vocab())]
    rng = random.Random(name)
    texts = torture(name, 17) + ["".join(rng.choices(pieces, k=8)) for _ in range(40)]
    return [{"text": text, "ids": tokenizer(text).input_ids} for text in texts]


def folder_golden(name, file, config):
    with tempfile.TemporaryDirectory() as folder:
        target = "tokenizer.model" if name in LLAMA else "sentencepiece.bpe.model"
        shutil.copy(FOLDER / file, pathlib.Path(folder) / target)
        (pathlib.Path(folder) / "tokenizer_config.json").write_text(json.dumps(config))
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        golden = {"name": name, "model": file, "as": target, "config": config,
                  "cases": cases(tokenizer, name)}
        if name in WITH_JSON:
            golden["tokenizer_json"] = json.loads(tokenizer.backend_tokenizer.to_str())
        return golden


def normalizer_golden(name, options):
    document = {"version": "1.0", "added_tokens": [], "normalizer": options,
                "model": {"type": "BPE", "vocab": {}, "merges": []}}
    normalize = Tokenizer.from_str(json.dumps(document)).normalizer.normalize_str
    digest = hashlib.sha256()
    for c in make_torture_texts.CODE_POINTS:
        digest.update(normalize("a" + c + "b").encode() + b"\n")
    rng = random.Random(name)
    marks = ["".join(rng.choices(make_torture_texts.MARKS + list("aeoAE \r\n\u00a9\u200d\u1100\u1161"),
                                 k=rng.randint(1, 12))) for _ in range(60)]
    return {"name": name, "normalizer": options, "fingerprint": digest.hexdigest(),
            "cases": [{"text": text, "normalized": normalize(text)}
                      for text in torture(name, 17) + marks]}


def write(name, content):
    content = {"generated_by": "tools/make_sentencepiece_goldens.py", **content}
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    for start in ('{"text"', '{"name"', '"tokenizer_json"'):
        text = text.replace(start, "\n" + start)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


def seed_model(algorithm, rules):
    """A model of ten pieces: <unk> <s> </s> _ a b ab _ab "a b" and a byte."""
    proto = transformers.convert_slow_tokenizer.import_protobuf().ModelProto()
    for index, (text, kind) in enumerate([
            ("<unk>", 2), ("<s>", 3), ("</s>", 3), ("\u2581", 1), ("a", 1), ("b", 1), ("ab", 1),
            ("\u2581ab", 1), ("a b", 4), ("<0xC3>", 6)]):
        proto.pieces.add(piece=text, score=-index, type=kind)
    proto.trainer_spec.model_type = algorithm
    proto.normalizer_spec.remove_extra_whitespaces = False
    if rules:
        proto.normalizer_spec.precompiled_charsmap = charsmap.build(rules)
    return proto.SerializeToString()


def write_seeds():
    text = "ab a b</s> <mask>\u00e9".encode()
    folder = SEEDS / "sentencepiece"
    folder.mkdir(exist_ok=True)
    for name, variant, algorithm, rules in (("llama", 0, 2, {}), ("llama_new", 1, 2, {}),
                                            ("xlm_roberta", 3, 1, {"b": "a", "\u00e9": "e"})):
        (folder / name).write_bytes(bytes([variant, len(text)]) + text
                                    + seed_model(algorithm, rules))
    vocabulary = [["<unk>", 0], ["\u2581", -1], ["a", -2], ["\u2581ab", -3]]
    document = {
        "version": "1.0", "added_tokens": [], "post_processor": None,
        "normalizer": {"type": "Sequence", "normalizers": [
            *({"type": name} for name in ("NFKC", "NFD", "StripAccents", "Lowercase", "Nmt")),
            {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(
                charsmap.build({"b": "c"})).decode()},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "\u2581"},
            {"type": "Strip", "strip_left": False, "strip_right": True}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "WhitespaceSplit"},
            {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always"}]},
        "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": True, "vocab": vocabulary}}
    (SEEDS / "tokenizer/unigram").write_bytes(
        json.dumps(document, ensure_ascii=False).encode() + b"\0" + text)


def main():
    FOLDER.mkdir(exist_ok=True, parents=True)
    bpe = train("bpe", vocab_size=600, byte_fallback=True, normalization_rule_name="identity",
                remove_extra_whitespaces=False)
    (FOLDER / "bpe.model").write_bytes(bpe)
    unigram = train("unigram", vocab_size=260, normalization_rule_name="identity")
    (FOLDER / "unigram.model").write_bytes(with_character_map(unigram))
    write("tokenizers.json", {
        "transformers": pinned_packages.VERSIONS["transformers"],
        "tokenizers": [folder_golden(name, "bpe.model", config) for name, config in LLAMA.items()]
        + [folder_golden(name, "unigram.model", config) for name, config in XLM_ROBERTA.items()]})
    write("normalizers.json", {
        "tokenizers": pinned_packages.VERSIONS["tokenizers"],
        "normalizers": [normalizer_golden(*item) for item in NORMALIZERS.items()]})
    write_seeds()
    for path in sorted([*FOLDER.iterdir(), *SEEDS.glob("sentencepiece/*")]):
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
