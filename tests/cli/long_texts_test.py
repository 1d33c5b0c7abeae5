"""What is read of texts that are longer than a backbone reads, and that nothing is cut silently."""

import json
import unittest

from program import BAD_DATA, OK, USAGE, ProgramTest
from tiny_model import make_model, make_reviews, reviews_csv
from vectors import read_safetensors

RECIPE = """version: 1
name: tiny
backbones:
  - name: tiny
    model: {model}
    max_tokens: 8
    on_long_text: {rule}
    dtype: f32
fusion: tiny/-1:mean
"""

# Eight words, ten tokens with [CLS] and [SEP].
LONG = "the film was great and so it is"


class LongTextsTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_model(cls.folder / "model")

    def embed(self, texts, *more, taps="-1:mean"):
        """The vectors of lines of text, by tap, and what the program said."""
        data = self.write("lines.txt", "".join(text + "\n" for text in texts))
        output = self.folder / "vectors.safetensors"
        run = self.expect(OK, "embed", data, "--format", "lines", "--model", self.model, "--taps",
                          taps, "--dtype", "f32", "-o", output, "--store", "none", *more)
        return read_safetensors(output), run.stdout

    def assert_close(self, vector, other):
        for a, b in zip(vector, other, strict=True):
            self.assertAlmostEqual(a, b, places=5)

    def test_head(self):
        vectors, shown = self.embed([LONG], "--max-tokens", "6", "--on-long-text", "head")
        expected, _ = self.embed(["the film was great"])
        self.assert_close(vectors["-1:mean"][0], expected["-1:mean"][0])
        self.assertIn("1 of 1 text longer than 6 tokens: their heads were read; cut: "
                      "4 of 10 tokens (40.0 %)\n", shown)

    def test_head_tail(self):
        vectors, _ = self.embed([LONG], "--max-tokens", "7", "--on-long-text", "head_tail")
        expected, _ = self.embed(["the film was it is"])
        self.assert_close(vectors["-1:mean"][0], expected["-1:mean"][0])

    def test_chunk_mean(self):
        taps = "-1:mean,1:max"
        vectors, shown = self.embed([LONG, "so"], "--max-tokens", "5", "--on-long-text",
                                    "chunk_mean", taps=taps)
        chunks, _ = self.embed(["the film was", "great and so", "it is"], taps=taps)
        for tap in taps.split(","):
            one, two, three = chunks[tap]
            mean = [(5 * a + 5 * b + 4 * c) / 14 for a, b, c in zip(one, two, three)]
            self.assert_close(vectors[tap][0], mean)
        self.assertIn("1 of 2 texts longer than 5 tokens: they were read in chunks, nothing was cut",
                      shown)

    def test_error_names_the_line_and_the_length(self):
        data = self.write("two.csv", f"text,label\nso,good\n{LONG},bad\n")
        command = ["embed", data, "--model", self.model, "--taps", "0:cls", "-o",
                   self.folder / "v.npy", "--on-long-text", "error"]
        result = self.expect(BAD_DATA, *command, "--max-tokens", "9")
        self.assertIn(f"{data}: line 3: the text has 10 tokens, expected at most 9", result.stderr)
        self.assertFalse((self.folder / "v.npy").exists())
        self.expect(OK, *command, "--max-tokens", "10")

    def test_limits_without_room(self):
        for number, rule in (("1", "head"), ("2", "chunk_mean")):
            result = self.expect(USAGE, "embed", "-", "--model", self.model, "--taps", "0:cls", "-o",
                                 self.folder / "v.npy", "--max-tokens", number, "--on-long-text",
                                 rule, stdin="so\n")
            self.assertIn("no room for the 2 special tokens", result.stderr)

    def test_what_is_cut_is_told_by_class(self):
        reviews = make_reviews(60)
        reviews[0] = (LONG + " so it is", "good")
        words = [len(text.split()) + 2 for text, _ in reviews]
        cut = [max(0, count - 8) for count in words]
        (self.folder / "recipe.yaml").write_text(RECIPE.format(model=self.model, rule="head_tail"))
        data = self.write("reviews.csv", reviews_csv(reviews))
        bundle = self.folder / "cut.bundle"
        report = json.loads(self.expect(OK, "train", data, "--recipe", self.folder / "recipe.yaml",
                                        "-o", bundle, "--json").stdout)
        lengths = report["extraction"]["lengths"]
        self.assertEqual(json.loads((bundle / "run.json").read_text())["lengths"], lengths)
        self.assertEqual(len(lengths), 1)
        self.assertEqual((lengths[0]["backbone"], lengths[0]["max_tokens"],
                          lengths[0]["on_long_text"]), ("tiny", 8, "head_tail"))
        self.assertEqual((lengths[0]["tokens"], lengths[0]["cut_tokens"]), (sum(words), sum(cut)))
        self.assertAlmostEqual(lengths[0]["cut_share"], sum(cut) / sum(words))
        for count in lengths[0]["classes"]:
            of_class = [c for c, (_, label) in zip(cut, reviews) if label == count["label"]]
            self.assertEqual(count["texts"], len(of_class))
            self.assertEqual(count["cut_texts"], sum(c > 0 for c in of_class))
            self.assertEqual(count["cut_tokens"], sum(of_class))

        embedded = self.expect(OK, "embed", data, "--model", self.model, "--taps", "0:cls",
                               "--max-tokens", "8", "-o", self.folder / "v.npy").stdout
        self.assertRegex(embedded, r"(?m)^  good +\d+ of 30 texts +\d+ of \d+ tokens \(\d+\.\d %\)$")
        evaluated = self.expect(OK, "evaluate", bundle, data).stdout
        self.assertRegex(evaluated, r"(?m)^  bad +\d+ of 30 texts ")
        told = self.expect(OK, "predict", bundle, stdin=LONG + "\n")
        self.assertIn("1 of 1 text longer than 8 tokens", told.stderr)


if __name__ == "__main__":
    unittest.main()
