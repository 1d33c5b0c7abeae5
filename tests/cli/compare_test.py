"""Embedding against prompting: a tiny GGUF decoder that is embedded with, and asked."""

import json
import unittest

from program import OK, USAGE, ProgramTest
from tiny_gguf import make_gguf
from tiny_model import RECIPE_OF, make_model, make_reviews, reviews_csv

RECIPE = RECIPE_OF + "fusion: tiny/-1:mean\n"


class CompareTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        models = {"decoder": make_gguf(cls.folder / "tiny.gguf"),
                  "encoder": make_model(cls.folder / "encoder")}
        for name, model in models.items():
            (cls.folder / f"{name}.yaml").write_text(RECIPE.format(name=name, model=model))
        data = cls.folder / "data" / "sst2"
        data.mkdir(parents=True)
        for name, count, seed in (("train", 60, 1), ("test", 20, 2)):
            rows = [(f"{text[:7]}{seed}{row:02}", label)  # short, and none twice
                    for row, (text, label) in enumerate(make_reviews(count, seed=seed))]
            (data / f"{name}.csv").write_text(reviews_csv(rows))

    def benchmark(self, recipe, *more, code=OK):
        return self.expect(code, "benchmark", "sst2", "--data", self.folder / "data", "--seeds", "1",
                           "--recipe", self.folder / f"{recipe}.yaml", *more)

    def compare(self, *more):
        return self.benchmark("decoder", "--compare", "prompt", "--shots", "2",
                              "--template", "{text}={label};", *more)

    def test_both_ways_on_the_same_texts(self):
        report = json.loads(self.compare("--prompt-rows", "12", "--json").stdout)
        comparison = report["comparison"]
        self.assertEqual((report["test_texts"], comparison["texts"]), (20, 12))
        self.assertEqual([method["name"] for method in comparison["methods"]],
                         ["decoder", "tiny.gguf, no examples", "tiny.gguf, 2 random examples"])
        for method in comparison["methods"]:
            self.assertEqual(method["texts"], 12)
            self.assertAlmostEqual(method["accuracy"], method["correct"] / 12)
            self.assertGreater(method["tokens"], 0)
            self.assertGreater(method["cost"]["total"]["wall_seconds"], 0.0)
            self.assertEqual(method["cost"]["texts_from_store"], 0)
        stages = [stage["stage"] for stage in comparison["methods"][0]["cost"]["stages"]]
        self.assertEqual(stages, ["open", "embed training texts", "train", "embed test texts",
                                  "predict"])
        self.assertEqual(len(comparison["ratios"]), 2)
        self.assertEqual(comparison["paper"]["prompting_kwh"], 13.77)

    def test_nothing_comes_from_the_store(self):
        self.benchmark("decoder")  # which now has all vectors
        report = json.loads(self.compare("--json").stdout)
        self.assertEqual(report["rows"][1]["texts_embedded"], 80)
        self.assertEqual(report["comparison"]["texts"], 20)
        self.assertEqual(report["comparison"]["methods"][0]["accuracy"],
                         report["rows"][1]["accuracy"])
        again = json.loads(self.benchmark("decoder", "--json").stdout)
        self.assertEqual(again["rows"][1]["accuracy"], report["rows"][1]["accuracy"])
        self.assertEqual(again["rows"][1]["texts_embedded"], 0)

    def test_rows_for_people(self):
        text = self.compare("--price-hour", "1", "--currency", "EUR").stdout
        self.assertIn("on 20 of 20 test texts; nothing from the store", text)
        self.assertRegex(text, r"(?m)^decoder +\d+\.\d\d .* \d+/20 ")
        self.assertRegex(text, r"(?m)^decoder / tiny.gguf, no examples +[+-]?\d")
        self.assertRegex(text, r"(?m)^the machine for .* EUR an hour +\d")
        self.assertIn("1.8 % of the electricity", text)
        self.assertIn("CARP 79:31:09 h, 13.77 kWh", text)

    def test_what_does_not_do(self):
        def expect_fault(recipe, *more, says):
            self.assertIn(says, self.benchmark(recipe, *more, code=USAGE).stderr)
        expect_fault("decoder", "--shots", "2", says="--compare")
        expect_fault("decoder", "--compare", "prompts", says="did you mean prompt?")
        expect_fault("encoder", "--compare", "prompt", says="has an LM head to be asked")
        expect_fault("decoder", "--compare", "prompt", "--template", "{text}", says="no {label}")
        expect_fault("decoder", "--compare", "prompt", "--labels", "fine=great", says="no label")


if __name__ == "__main__":
    unittest.main()
