"""`llmembed tokenize` against PyPI `tokenizers`, id for id: part of the comparing scripts."""

import collections
import itertools
import json
import pathlib
import subprocess
import sys

from tokenizers import Tokenizer

import compare_texts

BATCH = 1000  # texts
SHOWN = 5     # differences of each file


def reference_tokenizer(model):
    """The model's tokenizer.json, with the padding and truncation that it asks for switched off."""
    tokenizer = Tokenizer.from_file(str(pathlib.Path(model) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _count_row(text, expected, ids, counts):
    counts["texts"] += 1
    counts["tokens"] += len(expected)
    if ids == expected:
        return
    counts["mismatches"] += 1
    if counts["mismatches"] <= SHOWN:
        print(f"row {counts['texts']}: {ascii(text)[:300]}\n  expected {expected[:50]}\n"
              f"  got      {ids if ids is None else ids[:50]}", file=sys.stderr)


def compare_file(program, reference, path):
    """Counts of texts, tokens and mismatches; a row too few or too many is a mismatch."""
    command = [str(program.path), "tokenize", str(path), "--model", program.model, "--quiet",
               *compare_texts.reading_options(path)]
    counts = collections.Counter(mismatches=0)
    texts = (text for _, text in compare_texts.rows_of(path))
    # Warnings of ill-formed UTF-8 are no part of this: both sides replace it.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as process:
        while batch := list(itertools.islice(texts, BATCH)):
            for text, encoding in zip(batch, reference.encode_batch(batch)):
                line = process.stdout.readline()
                _count_row(text, encoding.ids, json.loads(line) if line else None, counts)
        counts["mismatches"] += sum(1 for _ in process.stdout)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {process.returncode}")
    return dict(counts)


def compare(program, reference, data, odd_texts, log):
    """A result for each file of the data and of the odd texts; False where ids differ.

    odd_texts: [(name, file)], as make_torture_texts.write_both gives them.
    """
    files = [(str(path), path) for path in compare_texts.files_of(data)] if data else []
    results = {}
    log(f"{'texts':>9} {'tokens':>11} {'mismatches':>10}  file")
    for name, path in [*files, *odd_texts]:
        result = results[name] = compare_file(program, reference, path)
        log(f"{result['texts']:9,} {result['tokens']:11,} {result['mismatches']:10,}  {name}")
    sums = {key: sum(results[name][key] for name, _ in files)
            for key in ("texts", "tokens", "mismatches")}
    log(f"{sums['texts']:9,} {sums['tokens']:11,} {sums['mismatches']:10,}  all files of the data")
    good = all(result["mismatches"] == 0 for result in results.values())
    return {"files": results, "data": sums}, good
