"""The jobs of tools/instruction_counts and what they read, the same on every machine.

Each job is the program run twice, with little and with much to do, so that what is counted is the
difference: instructions a word, a row, a token, a layer or an epoch, without the start of the program
and without oneDNN's making of its code.
"""

import dataclasses
import json
import random
import shutil
import sys

from pinned_packages import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "tests" / "cli"))
from tiny_gguf import make_gguf  # pylint: disable=wrong-import-position
from tiny_model import OTHER_WORDS, make_model, make_reviews  # pylint: disable=wrong-import-position

TOKENIZER_DATA = REPOSITORY / "src" / "llmembed" / "text" / "testdata"
SYLLABLES = ("ka", "ton", "re", "li", "st", "und", "ing", "o", "el", "ße", "né", "ma")
WORDS_A_TEXT = 30
TEXTS = 200            # of the tokenizers
TABLE_ROWS = 800       # of the readers
TOKENS_A_TEXT = 64     # of the backbones, so that 8 texts are a batch of 512 tokens
BATCHES = (1, 2)
LAYERS = (1, 13)
WIDTH = 64
TRAINING_ROWS = 600    # 9 of 10 are trained on
EPOCHS = (1, 6)
ITERATIONS = (2, 22)
COMMON = ("--threads", "1", "--store", "none", "--offline", "--quiet")


@dataclasses.dataclass(frozen=True)
class Job:
    """few, much: arguments of the program; few is empty where all of `much` counts."""
    name: str
    unit: str
    units: int  # that `much` does and `few` does not
    few: tuple
    much: tuple


def _words(generator):
    """A language of 2,000 words, some of them not ASCII."""
    return ["".join(SYLLABLES[generator.randrange(len(SYLLABLES))] for _ in range(1 + number % 4))
            for number in range(2000)]


def _texts(rows, seed):
    """Texts of so many words, common ones more often, in sentences."""
    generator = random.Random(seed)
    words = _words(generator)
    texts = []
    for _ in range(rows):
        chosen = [words[int(len(words) * generator.random() ** 3)] for _ in range(WORDS_A_TEXT)]
        texts.append(chosen[0].capitalize() + " " + " ".join(chosen[1:-1]) + ", " + chosen[-1] + ".")
    return texts


def _write(folder, name, lines):
    (folder / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def _write_tables(folder, rows, prefix):
    """A short text beside a long note, so that reading is what costs."""
    notes = _texts(10, seed=2)
    notes = [(str(row), 'so it "was"', " ".join([f"({row})"] + notes)) for row in range(rows)]
    _write(folder, f"{prefix}.csv", ["id,text,note"] + [
        ",".join('"' + field.replace('"', '""') + '"' for field in row) for row in notes])
    _write(folder, f"{prefix}.tsv", ["id\ttext\tnote"] + ["\t".join(row) for row in notes])
    _write(folder, f"{prefix}.jsonl", [
        json.dumps(dict(zip(("id", "text", "note"), row)), ensure_ascii=row[0][-1] == "0")
        for row in notes])


def _make_tokenizers(folder):
    """A folder for each kind, named after it."""
    for kind, source, name, config in (
            ("byte_level", "byte_level.json", "tokenizer.json", None),
            ("sentencepiece_bpe", "sentencepiece/bpe.model", "tokenizer.model", "LlamaTokenizer"),
            ("unigram", "sentencepiece/unigram.model", "sentencepiece.bpe.model",
             "XLMRobertaTokenizer")):
        (folder / kind).mkdir()
        shutil.copy(TOKENIZER_DATA / source, folder / kind / name)
        if config:
            (folder / kind / "tokenizer_config.json").write_text(
                json.dumps({"tokenizer_class": config}))
    (folder / "word_piece").mkdir()
    pieces = [syllable.replace("é", "e") for syllable in SYLLABLES]  # accents are stripped
    _write(folder / "word_piece", "vocab.txt", [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ",", ".", *pieces,
        *(f"##{piece}" for piece in pieces)])


def _write_recipe(folder, name, fusion, head):
    _write(folder, f"{name}.yaml", [
        "version: 1", f"name: {name}", "backbones:", "  - name: tiny", "    model: encoder",
        "    max_tokens: 32", "    dtype: f32", f"fusion: {fusion}", "head:",
        *(f"  {key}: {value}" for key, value in head.items())])


def _make_recipes(folder):
    """Taps of the embeddings alone: no layer is loaded or run."""
    mlp = {"kind": "mlp", "hidden_sizes": "[64]", "patience": 0}
    for epochs in EPOCHS:
        _write_recipe(folder, f"mlp{epochs}", "0:mean", {**mlp, "max_epochs": epochs})
        _write_recipe(folder, f"co{epochs}", "co(0:mean, 0:max, 0:cls, 0:last, sigma=0.01)",
                      {**mlp, "max_epochs": epochs})
    for iterations in ITERATIONS:
        _write_recipe(folder, f"logistic{iterations}", "0:mean", {
            "kind": "logistic_regression", "c_values": "[1.0]", "held_out_share": 0,
            "gradient_tolerance": 1e-9, "max_iterations": iterations})


def make_inputs(folder):
    """Writes all that the jobs read."""
    _make_tokenizers(folder)
    texts = _texts(TEXTS, seed=1)
    _write(folder, "texts1.txt", texts[:1])
    _write(folder, "texts.txt", texts)
    _write_tables(folder, 1, "row")
    _write_tables(folder, TABLE_ROWS, "rows")
    size = {"width": WIDTH, "feed_forward": 2 * WIDTH}
    make_model(folder / "encoder", **size)
    make_gguf(folder / "decoder.gguf", blocks=2, **size)
    for layers in LAYERS:
        make_model(folder / f"encoder{layers}", layers=layers, **size)
        make_gguf(folder / f"decoder{layers}.gguf", blocks=layers, **size)
    generator = random.Random(3)
    _write(folder, "short.txt", ["so"])
    for batches in BATCHES:
        rows = batches * 512 // TOKENS_A_TEXT
        _write(folder, f"encoder{batches}.txt", [  # a word is a token, and two are special
            " ".join(OTHER_WORDS[generator.randrange(10)] for _ in range(TOKENS_A_TEXT - 2))
            for _ in range(rows)])
        _write(folder, f"decoder{batches}.txt", [  # a byte is a token
            "".join(chr(97 + generator.randrange(26)) for _ in range(TOKENS_A_TEXT))
            for _ in range(rows)])
    _write(folder, "reviews.csv", ["text,label"] + [
        f"{text},{label}" for text, label in make_reviews(TRAINING_ROWS)])
    _make_recipes(folder)


def _tokenize(data, model):
    return ("tokenize", data, "--model", model, *COMMON)


def _embed(data, model, dtype="f32"):
    return ("embed", data, "--model", model, "--taps", "-1:mean", "--dtype", dtype,
            "--format", "lines", "-o", f"{data}-{model}-{dtype}.safetensors", *COMMON)


def _train(recipe):
    return ("train", "reviews.csv", "--recipe", f"{recipe}.yaml", "-o", f"{recipe}.bundle", *COMMON)


def _embedding_jobs(dtype):
    few, much = BATCHES
    return [Job(f"embed, {kind}, {dtype}", "token", (much - few) * 512,
                _embed(f"{kind}{few}.txt", model, dtype), _embed(f"{kind}{much}.txt", model, dtype))
            for kind, model in (("encoder", "encoder"), ("decoder", "decoder.gguf"))]


def jobs(dtypes=("f32",)):
    """dtypes: what backbones compute in."""
    found = [Job("start", "run", 1, (), ("--version",))]
    found += [Job(f"tokenize, {kind}", "word", (TEXTS - 1) * WORDS_A_TEXT,
                  _tokenize("texts1.txt", kind), _tokenize("texts.txt", kind))
              for kind in ("word_piece", "byte_level", "sentencepiece_bpe", "unigram")]
    found += [Job(f"read, {suffix}", "row", TABLE_ROWS - 1, _tokenize(f"row.{suffix}", "word_piece"),
                  _tokenize(f"rows.{suffix}", "word_piece")) for suffix in ("csv", "tsv", "jsonl")]
    few, much = LAYERS
    found += [Job(f"load, {kind}", "layer", much - few,
                  _embed("short.txt", name.format(few)), _embed("short.txt", name.format(much)))
              for kind, name in (("safetensors", "encoder{}"), ("gguf", "decoder{}.gguf"))]
    for dtype in dtypes:
        found += _embedding_jobs(dtype)
    found += [Job(f"train, {head}", unit, much - few, _train(f"{head}{few}"), _train(f"{head}{much}"))
              for head, unit, (few, much) in (("logistic", "iteration", ITERATIONS),
                                              ("mlp", "epoch", EPOCHS), ("co", "epoch", EPOCHS))]
    return found
