"""LLMEMBED_INSTRUCTION_SET: the kernels of all that this CPU has, not of its best one alone."""

import os
import pathlib
import unittest

from program import OK, USAGE, ProgramTest, run
from vectors import read_safetensors

MODELS = pathlib.Path(__file__).resolve().parents[1] / "golden" / "taps"
TEXTS = ["film", "the film was so great", "awful film and it", "great " * 9,
         "the film was great and so awful it was so"]
# Best first; which of them there are is the machine's affair.
SETS = ["amx_bf16", "avx512_bf16", "avx512", "avx2_vnni", "avx2", "baseline"]
# The largest difference from the best set's numbers, which are of the size of 1.
BARS = {"f32": 1e-5, "int8": 0.2}  # what is between two int8 goes one way or the other


class InstructionSetTest(ProgramTest):
    def own_sets(self):
        best = self.expect(OK, "--version").stdout.split("(")[1].rstrip(")\n")
        own = SETS[SETS.index(best):]
        if best.startswith("avx512") or best == "amx_bf16":  # these need not have AVX-VNNI
            result = run("--version", env=os.environ | {"LLMEMBED_INSTRUCTION_SET": "avx2_vnni"})
            if result.returncode != OK:
                own.remove("avx2_vnni")
        return own

    def embed(self, instruction_set, dtype, model, texts):
        data = self.write("lines.txt", "".join(text + "\n" for text in texts))
        vectors = self.folder / "v.safetensors"
        self.expect(OK, "embed", data, "--format", "lines", "--model", MODELS / model, "--taps",
                    "-1:mean", "--dtype", dtype, "--store", "none", "-o", vectors,
                    env=os.environ | {"LLMEMBED_INSTRUCTION_SET": instruction_set})
        (rows,) = read_safetensors(vectors).values()
        return rows

    def test_one_below_the_best_can_be_chosen(self):
        for name in self.own_sets():
            shown = run("--version", env=os.environ | {"LLMEMBED_INSTRUCTION_SET": name}).stdout
            self.assertIn("(" + name + ")", shown)

    def test_what_is_no_instruction_set_is_refused(self):
        result = run("--version", env=os.environ | {"LLMEMBED_INSTRUCTION_SET": "mmx"})
        self.assertEqual(result.returncode, USAGE)
        self.assertIn("LLMEMBED_INSTRUCTION_SET: no instruction set 'mmx'", result.stderr)
        self.assertIn("avx2", result.stderr)

    def test_all_give_the_same_vectors(self):
        best, *others = self.own_sets()
        for model in ("bert", "llama"):
            for dtype, bar in BARS.items():
                expected = self.embed(best, dtype, model, TEXTS)
                for name in others:
                    for row, other in zip(expected, self.embed(name, dtype, model, TEXTS),
                                          strict=True):
                        for a, b in zip(row, other, strict=True):
                            self.assertAlmostEqual(a, b, delta=bar, msg=(model, dtype, name))

    def test_a_vector_has_the_same_bits_in_every_batch(self):
        for name in self.own_sets():
            for dtype in BARS:
                together = self.embed(name, dtype, "llama", TEXTS)
                for text, row in zip(TEXTS, together, strict=True):
                    self.assertEqual(self.embed(name, dtype, "llama", [text]), [row], (name, dtype))


if __name__ == "__main__":
    unittest.main()
