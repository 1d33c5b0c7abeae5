#!/usr/bin/env python3
"""Compares `llmembed tokenize` with PyPI `tokenizers`, id for id. Exit status 1: they differ.

    python3 tools/compare_tokens.py --program build/release/llmembed --model FOLDER --data FILE...

FILE: `label<TAB>text` (.tsv, no quoting) or one JSON object with "text" a line (.jsonl), both also
as .gz. Beside the files it compares the texts of tools/make_torture_texts.py; --no-torture leaves
them out. The reference reads FOLDER/tokenizer.json, with padding and truncation switched off.
"""

import argparse
import collections
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

import pinned_tokenizers

pinned_tokenizers.require()

from tokenizers import Tokenizer  # noqa: E402

TORTURE = pathlib.Path(__file__).with_name("make_torture_texts.py")
BATCH = 1000  # texts


def lines_of(path):
    """The file's lines, split at line feeds alone, without those."""
    open_file = gzip.open if path.suffix == ".gz" else open
    with open_file(path, "rb") as file:
        for line in file:
            yield line.removesuffix(b"\n").removesuffix(b"\r")


def texts_of(path):
    is_jsonl = ".jsonl" in path.suffixes
    for line in lines_of(path):
        if not line:
            continue
        text = line.decode("utf-8", errors="replace")
        yield json.loads(text)["text"] if is_jsonl else text.split("\t", 1)[1]


def batches(items):
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class Comparison:
    def __init__(self, arguments):
        self.program = arguments.program
        self.model = arguments.model
        self.arguments = arguments.program_argument
        self.show = arguments.show
        self.reference = Tokenizer.from_file(str(pathlib.Path(arguments.model) / "tokenizer.json"))
        self.reference.no_padding()
        self.reference.no_truncation()

    def compare(self, path):
        """The number of rows of the file that differ."""
        command = [self.program, "tokenize", str(path), "--model", self.model, *self.arguments]
        counts = collections.Counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for texts in batches(texts_of(path)):
                for text, encoding in zip(texts, self.reference.encode_batch(texts)):
                    line = process.stdout.readline()
                    self.count_row(text, encoding.ids, json.loads(line) if line else None, counts)
            surplus = sum(1 for _ in process.stdout)
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit status {process.returncode}")
        print(f"{path}: {counts['rows']} texts, {counts['tokens']} tokens, "
              f"{counts['differ']} differ, {surplus} rows too many", flush=True)
        return counts["differ"] + surplus

    def count_row(self, text, expected, ids, counts):
        counts["rows"] += 1
        counts["tokens"] += len(expected)
        if ids == expected:
            return
        counts["differ"] += 1
        if counts["differ"] <= self.show:
            print(f"row {counts['rows']}: {ascii(text)[:300]}\n  expected {expected[:50]}\n"
                  f"  got      {ids if ids is None else ids[:50]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="the llmembed program")
    parser.add_argument("--model", required=True, help="a model folder with a tokenizer.json")
    parser.add_argument("--data", nargs="*", default=[], type=pathlib.Path, help="files of texts")
    parser.add_argument("--no-torture", action="store_true", help="only the files of --data")
    parser.add_argument("--show", type=int, default=5, help="differences to show of each file")
    parser.add_argument("--program-argument", action="append", default=[],
                        help="passed on to `llmembed tokenize`, e.g. --program-argument=--offline")
    arguments = parser.parse_args()
    comparison = Comparison(arguments)
    differences = sum(comparison.compare(path) for path in arguments.data)
    if not arguments.no_torture:
        with tempfile.TemporaryDirectory() as folder:
            torture = pathlib.Path(folder) / "torture.jsonl"
            subprocess.run([sys.executable, TORTURE, "--output", torture], check=True)
            differences += comparison.compare(torture)
    print("all ids are equal" if differences == 0 else f"{differences} rows differ")
    sys.exit(differences != 0)


if __name__ == "__main__":
    main()
