"""Every tap of three small models against what transformers gives (tools/make_tap_goldens.py)."""

import pathlib
import unittest

from program import OK, USAGE, ProgramTest
from vectors import read_safetensors

MODELS = pathlib.Path(__file__).resolve().parents[1] / "golden" / "taps"
MAX_TOKENS = 12
TEXTS = ["", "film", "the film was so great", "awful [PAD] film and it",
         "the film was great and so awful it was so"]


class TapsTest(ProgramTest):
    def embed(self, code, taps, *models, more=("--max-tokens", MAX_TOKENS)):
        data = self.write("lines.txt", "".join(text + "\n" for text in TEXTS))
        named = [word for model in models for word in ("--model", model)]
        return self.expect(code, "embed", data, "--format", "lines", *named, "--taps", taps, "-o",
                           self.folder / "v.safetensors", "--dtype", "f32", *more)

    def test_taps_of_three_backbones_in_one_run(self):
        expected = {f"{model}/{tap}": rows for model in ("bert", "roberta", "llama")
                    for tap, rows in read_safetensors(MODELS / model / "expected.safetensors").items()}
        for tap in ("bert/-1:pooler", "roberta/0:mean_all", "llama/-1.raw:mean"):
            self.assertIn(tap, expected)
        self.embed(OK, ",".join(expected), *(f"{name}={MODELS / name}"
                                             for name in ("bert", "roberta", "llama")))
        vectors = read_safetensors(self.folder / "v.safetensors")
        self.assertEqual(list(vectors), list(expected))
        for tap, rows in expected.items():
            for text, (row, other) in enumerate(zip(rows, vectors[tap], strict=True)):
                for a, b in zip(row, other, strict=True):
                    self.assertAlmostEqual(a, b, delta=1e-5 * max(1, abs(a)), msg=(tap, text))

    def test_each_tap_has_vectors_of_its_own_in_the_store(self):
        store = ("--max-tokens", MAX_TOKENS, "--store", self.folder / "own")
        taps = ["-1:mean", "-1.raw:mean", "-1:mean_all"]
        for tap in taps:
            shown = self.embed(OK, tap, MODELS / "llama", more=store).stdout
            self.assertRegex(shown, r"\A5 texts embedded")
        shown = self.embed(OK, ",".join(taps), MODELS / "llama", more=store).stdout
        self.assertRegex(shown, r"\A0 texts embedded, 5 from the store")
        longer = ("--max-tokens", MAX_TOKENS + 1, "--store", self.folder / "own")
        shown = self.embed(OK, "-1:mean_all", MODELS / "llama", more=longer).stdout
        self.assertRegex(shown, r"\A5 texts embedded")

    def test_what_a_backbone_lacks(self):
        for model, tap, says in (
                ("bert", "-1.raw:mean", "has no norm behind its last layer"),
                ("llama", "1.raw:mean", "only the last layer (2, or -1) has a norm behind it"),
                ("llama", "-1:pooler", "a model of type llama has no pooler"),
                ("bert", "1:pooler", "the pooler reads the last layer"),
                ("bert", "-1.raw:pooler", "expected no .raw")):
            with self.subTest(tap=tap):
                self.assertIn(says, self.embed(USAGE, tap, MODELS / model).stderr)
        self.assertIn("--max-tokens N", self.embed(USAGE, "0:mean_all", MODELS / "bert",
                                                   more=()).stderr)


if __name__ == "__main__":
    unittest.main()
