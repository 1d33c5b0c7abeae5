"""llmembed as a runner of benchmarks/compare/peers: the program, run as a user runs it."""

import pathlib
import tempfile

import compare_texts
from peer_batches import Measurement, Peer


class Llmembed(Peer):
    """Its seconds are those of embedding as it reports them, with loading the weights."""

    setting = "its defaults"

    def __init__(self, program, dtype):
        self.name = f"llmembed {dtype}"
        self.program = program
        self.dtype = dtype

    def load(self, model, threads, cache):
        self.threads = threads

    def encode(self, texts):
        return self.measure(texts).vectors

    def measure(self, texts):
        from safetensors.numpy import load_file
        with tempfile.TemporaryDirectory() as folder:
            data = compare_texts.write_jsonl(pathlib.Path(folder) / "texts.jsonl", texts)
            output = data.with_name("vectors.safetensors")
            run = self.program.embed_file(
                data, output, "--taps", "-1:mean", "--dtype", self.dtype, "--max-tokens",
                self.max_tokens, "--threads", self.threads)
            vectors = next(iter(load_file(output).values()))
        if (run.texts, run.compute_type) != (len(texts), self.dtype):
            raise RuntimeError(f"asked for {len(texts)} texts in {self.dtype}, got {run}")
        return Measurement(run.embedding_seconds, vectors, run.process_seconds, run.tokens)


def all_runners(program):
    return [Llmembed(program, dtype) for dtype in ("f32", "bf16", "int8")]
