"""The texts that comparisons read: folders of label<TAB>text files, as they stand."""

import gzip
import json
import pathlib
import random

import pinned_packages

SHARED_DATA = pinned_packages.REPOSITORY.parent / "shared" / "data"  # beside the checkout
SNIPPETS = pinned_packages.REPOSITORY / "build" / "quickstart" / "train.tsv"
SUFFIXES = (".tsv", ".tsv.gz", ".jsonl", ".jsonl.gz")


def default_data():
    """A folder or a file; None: the quickstart has not been run either."""
    return next((path for path in (SHARED_DATA, SNIPPETS) if path.exists()), None)


def files_of(data):
    """The tables in a folder and below, or the one file."""
    if data.is_file():
        return [data]
    return sorted(path for path in data.rglob("*") if path.name.endswith(SUFFIXES))


def rows_of(path):
    """(label, text) of each row. Lines end at line feeds alone; a .tsv has no quoting.

    Ill-formed UTF-8 becomes U+FFFD, as llmembed has it (docs/formats/data.md).
    """
    is_jsonl = ".jsonl" in path.suffixes
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        for line in file:
            line = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", errors="replace")
            if not line:
                continue
            if is_jsonl:
                row = json.loads(line)
                yield row.get("label", ""), row["text"]
            else:
                label, text = line.split("\t", 1)
                yield label, text


def reading_options(path):
    """What makes llmembed read the same column of the same rows."""
    return [] if ".jsonl" in path.suffixes else ["--text", "2", "--label", "1", "--header", "no"]


def sample(files, count, seed=1):
    """At most `count` different texts, drawn at random from all rows of the files."""
    texts = sorted({text for path in files for _, text in rows_of(path)})
    return random.Random(seed).sample(texts, min(count, len(texts)))


def write_jsonl(path, texts):
    """A file that llmembed and rows_of() read as exactly these texts."""
    path = pathlib.Path(path)
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="ascii")
    return path
