"""The program under comparison, run as a user runs it."""

import copy
import dataclasses
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import compare_texts
import pinned_packages

DEFAULT = pinned_packages.REPOSITORY / "build" / "release" / "llmembed"
UNSUPPORTED = 6  # exit code, docs/cli.md
EMBEDDED = re.compile(r"^([\d,]+) texts embedded.*\(([\d,]+) tokens? in (.+?), (\w+) on (\w+)\)",
                      re.MULTILINE)


class Unsupported(Exception):
    """This machine cannot do what was asked, as the program says."""


@dataclasses.dataclass
class EmbedRun:
    """One run of `llmembed embed`: what it reported, and the wall time of the whole process."""
    process_seconds: float
    embedding_seconds: float
    texts: int
    tokens: int
    compute_type: str
    instruction_set: str


def gguf_file(model):
    """The file that a GGUF model is, given it or its folder."""
    model = pathlib.Path(model)
    return next(model.glob("*.gguf")) if model.is_dir() else model


def _seconds(text):
    """"1.36 s", "2:05 min", "1:02:05 h" -> seconds."""
    seconds = 0.0
    for part in text.split()[0].split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


def _embed_run(output, process_seconds):
    found = EMBEDDED.search(output)
    if not found:
        sys.exit(f"not understood: {output}")
    texts, tokens, seconds, compute_type, instruction_set = found.groups()
    return EmbedRun(process_seconds, _seconds(seconds), int(texts.replace(",", "")),
                    int(tokens.replace(",", "")), compute_type, instruction_set)


class Program:
    """model: the path that a name, or a path, stands for; None asks for none."""

    def __init__(self, path, model="minilm"):
        self.path = pathlib.Path(path)
        if not self.path.exists():
            sys.exit(f"{self.path} is not there: cmake --preset release && "
                     "cmake --build --preset release, or --program FILE")
        self.version = self.run("--version").strip()
        self.model = model and self.run("models", "path", model).strip()

    def with_model(self, path):
        """The same program with another model."""
        other = copy.copy(self)
        other.model = path
        return other

    def find_model(self, name):
        """The path of a model of the catalogue, None when it is not on this machine."""
        done = subprocess.run([str(self.path), "models", "path", name, "--offline"],
                              capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else None

    def run(self, *arguments):
        """Standard output; ends everything unless the program succeeds."""
        command = [str(self.path), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == UNSUPPORTED:
            raise Unsupported(done.stderr.strip())
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
        return done.stdout

    def embed_file(self, data, output, *options):
        """Every text of the file anew: nothing is taken from a store."""
        start = time.perf_counter()
        report = self.run("embed", data, "--model", self.model, "--store", "none", "-o", output,
                          "--quiet", "--offline", *options)
        return _embed_run(report, time.perf_counter() - start)

    def embed(self, texts, *options):
        """{tap: f32 [texts, width]} of the texts."""
        from safetensors.numpy import load_file
        with tempfile.TemporaryDirectory() as folder:
            data = compare_texts.write_jsonl(pathlib.Path(folder) / "texts.jsonl", texts)
            output = pathlib.Path(folder) / "vectors.safetensors"
            self.embed_file(data, output, *options)
            return load_file(output)
