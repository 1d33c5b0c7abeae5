"""Ways to embed texts with the same SmolLM2 file that PyPI has, each at its best known setting.

All layers, the last one behind its norm, the mean over a text's tokens.
"""

import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

import compare_program
import compare_texts
import pinned_packages
from peer_batches import Measurement, Peer, TorchPeer, fastest, tuning_texts


class Transformers(TorchPeer):
    """The file's weights dequantised."""

    def open(self, model, threads, cache):
        import gguf_reference
        reference = gguf_reference.Model(compare_program.gguf_file(model), attention="sdpa")
        self.convert(reference.model, threads)
        return reference.tokenizer

    def states(self, tokens, mask):
        # A decoder's tokens do not see the padding behind them; without a mask it is faster.
        return self.model(tokens, use_cache=False).last_hidden_state


class LlamaCpp(Peer):
    """The file as it is, by llama_cpp_worker.py: its packages have an interpreter of their own."""

    name = "llama.cpp"
    # (tokens of a call, tokens of a step of it, flash attention)
    SETTINGS = [*itertools.product((512, 2048), (512,), (False, True)), (2048, 2048, False),
                (2048, 2048, True)]

    def __init__(self, python=None):
        self.python = python
        self.chosen = None

    def load(self, model, threads, cache):
        self.model = compare_program.gguf_file(model)
        self.threads = threads
        self.max_tokens = 8
        self._run(["Is it there?"], self.SETTINGS[0])

    def tune(self, texts):
        texts = tuning_texts(texts)
        self.chosen = fastest(self.SETTINGS, lambda setting: self._run(texts, setting).seconds)
        batch, step, flash = self.chosen
        self.setting = (f"n_batch {batch}, n_ubatch {step}, "
                        f"{'flash' if flash else 'no flash'} attention")

    def measure(self, texts):
        return self._run(texts, self.chosen)

    def _run(self, texts, setting):
        batch, step, flash = setting
        worker = pathlib.Path(__file__).with_name("llama_cpp_worker.py")
        with tempfile.TemporaryDirectory() as folder:
            data = compare_texts.write_jsonl(pathlib.Path(folder) / "texts.jsonl", texts)
            output = pathlib.Path(folder) / "vectors.npy"
            command = [sys.executable, worker, self.model, data, output, "--max-tokens",
                       self.max_tokens, "--threads", self.threads, "--batch", batch, "--step", step,
                       *(["--flash"] if flash else []),
                       *(["--python", self.python] if self.python else [])]
            done = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                                  env=pinned_packages.environ_of_others())
            if done.returncode != 0:
                lines = done.stderr.strip().splitlines() or ["no reason given"]
                raise RuntimeError(lines[-1])
            return Measurement(json.loads(done.stdout)["seconds"], numpy.load(output))


def all_peers(llama_python):
    return [Transformers("f32"), Transformers("bf16"), LlamaCpp(llama_python)]
