"""Texts that spell a special token: read as the token, or as text."""

import json
import unittest

from program import OK, USAGE, ProgramTest
from tiny_model import VOCABULARY, make_model, make_reviews, reviews_csv
from vectors import read_safetensors

MASK, UNKNOWN, FILM = (VOCABULARY.index(token) for token in ("[MASK]", "[UNK]", "film"))

RECIPE = """version: 1
name: tiny
backbones: [{{name: tiny, model: {model}, max_tokens: 32, special_tokens: plain}}]
fusion: tiny/-1:mean
"""


class SpecialTokensTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_model(cls.folder / "model")

    def ids(self, *more):
        shown = self.expect(OK, "tokenize", "-", "--format", "lines", "--model", self.model, *more,
                            stdin="[MASK] film\n").stdout
        return json.loads(shown)[1:-1]

    def test_tokenize(self):
        self.assertEqual(self.ids(), [MASK, FILM])
        self.assertEqual(self.ids("--special-tokens", "parse"), [MASK, FILM])
        self.assertEqual(self.ids("--special-tokens", "plain"), [UNKNOWN] * 3 + [FILM])

    def test_embed_and_its_store(self):
        output = self.folder / "v.safetensors"

        def embed(reading):
            shown = self.expect(OK, "embed", "-", "--format", "lines", "--model", self.model,
                                "--taps", "-1:mean", "-o", output, "--special-tokens", reading,
                                stdin="[MASK] film\nfilm\n").stdout
            self.assertRegex(shown, r"\A2 texts embedded")  # no vector of the other reading
            return read_safetensors(output)["-1:mean"]
        parse, plain = embed("parse"), embed("plain")
        self.assertNotEqual(parse[0], plain[0])
        self.assertEqual(parse[1], plain[1])

    def test_a_recipe(self):
        (self.folder / "recipe.yaml").write_text(RECIPE.format(model=self.model))
        bundle = self.folder / "plain.bundle"
        self.expect(OK, "train", self.write("r.csv", reviews_csv(make_reviews(60))), "--recipe",
                    self.folder / "recipe.yaml", "-o", bundle)
        shown = self.expect(OK, "predict", bundle, "--json", stdin="[MASK] film\n").stdout
        self.assertEqual(json.loads(shown)["tokens"], 6)

    def test_another_word(self):
        result = self.expect(USAGE, "tokenize", "-", "--model", self.model, "--special-tokens",
                             "plane")
        self.assertIn("'plane' is not parse|plain", result.stderr)


if __name__ == "__main__":
    unittest.main()
