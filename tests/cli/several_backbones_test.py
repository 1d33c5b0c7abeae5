"""Several backbones over the same texts in one `embed`."""

import unittest

from program import OK, USAGE, ProgramTest
from tiny_model import make_model
from vectors import read_safetensors

TEXTS = "the film was great\nso dull\nthe film was great\na very lovely film and so it is\n"


class SeveralBackbonesTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one = make_model(cls.folder / "one")
        cls.two = make_model(cls.folder / "two", seed=2)
        cls.output = cls.folder / "vectors.safetensors"

    def embed(self, code, taps, *models, more=()):
        named = [word for model in models for word in ("--model", model)]
        return self.expect(code, "embed", "-", "--format", "lines", *named, "--taps", taps, "-o",
                           self.output, "--dtype", "f32", *more, stdin=TEXTS)

    def vectors(self, taps, *models, more=("--store", "none")):
        self.embed(OK, taps, *models, more=more)
        return read_safetensors(self.output)

    def test_each_gives_what_it_gives_alone(self):
        taps = "a/0:mean,b.2/-1:cls,a/-1:max,b.2/1:last"
        both = self.vectors(taps, f"a={self.one}", f"b.2={self.two}")
        self.assertEqual(list(both), taps.split(","))
        alone = {f"a/{tap}": rows for tap, rows in self.vectors("0:mean,-1:max", self.one).items()}
        alone |= {f"b.2/{tap}": rows
                  for tap, rows in self.vectors("-1:cls,1:last", self.two).items()}
        self.assertEqual(both, alone)
        self.assertNotEqual(both["a/0:mean"], self.vectors("0:mean", self.two)["0:mean"])

    def test_the_store_keeps_all_of_them(self):
        models = (f"a={self.one}", f"b={self.two}")
        first = self.vectors("a/-1:mean,b/-1:mean", *models, more=())
        shown = self.embed(OK, "a/-1:mean,b/-1:mean", *models).stdout
        self.assertRegex(shown, r"\A0 texts embedded, 4 from the store\n")
        self.assertEqual(read_safetensors(self.output), first)

    def test_the_name_of_a_single_backbone_may_be_left_out(self):
        expected = self.vectors("-1:mean", self.one)["-1:mean"]
        self.assertEqual(self.vectors("-1:mean", f"a={self.one}"), {"-1:mean": expected})
        self.assertEqual(self.vectors("a/-1:mean", f"a={self.one}"), {"a/-1:mean": expected})

    def test_a_folder_with_an_equals_sign(self):
        odd = make_model(self.folder / "x=y")
        expected = self.vectors("-1:mean", self.one)["-1:mean"]
        self.assertEqual(self.vectors("-1:mean", odd), {"-1:mean": expected})

    def test_faults(self):
        a, b = f"a={self.one}", f"b={self.two}"
        for taps, models, says in (
                ("a/-1:mean,-1:cls", (a, b), 'tap "-1:cls" names no backbone, expected one of a, b'),
                ("a/-1:mean,c/0:cls", (a, b), 'tap "c/0:cls" names an unknown backbone'),
                ("a/-1:mean", (a, b), "no tap uses the backbone b"),
                ("a/-1:mean", (a, self.two), "each of several backbones needs a name"),
                ("a/-1:mean", (a, a), "two backbones are called a"),
                ("a/-1:mean,-1:mean", (a,), 'tap "a/-1:mean" stands twice'),
                ("b/-1:mean", (self.one,), 'tap "b/-1:mean" names an unknown backbone'),
                ("a/9:mean", (a,), "tap a/9:mean: the model's layers are 0 to 2")):
            with self.subTest(taps=taps, models=models):
                self.assertIn(says, self.embed(USAGE, taps, *models).stderr)


if __name__ == "__main__":
    unittest.main()
