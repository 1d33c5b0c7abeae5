"""`bench` on a tiny model: what it prints, never how fast that was."""

import json
import unittest

from program import OK, USAGE, ProgramTest
from tiny_model import LAYERS, RECIPE_OF, WIDTH, FEED_FORWARD, make_model, make_reviews, reviews_csv

RECIPE = RECIPE_OF + """fusion: tiny/-1:mean
head:
  kind: logistic_regression
"""


class BenchTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_model(cls.folder / "model")
        cls.data = cls.folder / "train.csv"
        cls.data.write_text(reviews_csv(make_reviews(60)))

    def bench(self, code, *arguments):
        return self.expect(code, "bench", "--seconds", "0.05", "--threads", "2", *arguments)

    def test_extraction_at_given_and_own_lengths(self):
        run = self.bench(OK, "--model", self.model, "--dtype", "f32", "--only", "extract",
                         "--data", self.data, "--json")
        report = json.loads(run.stdout)
        self.assertEqual(report["flops_per_token"],
                         2 * LAYERS * (4 * WIDTH * WIDTH + 2 * WIDTH * FEED_FORWARD))
        self.assertEqual((report["compute_type"], report["layers"], report["threads"]),
                         ("f32", LAYERS, 2))
        self.assertEqual([part["texts"] for part in report["extractions"]],
                         ["16 tokens", "own lengths"])  # the model has 64 positions
        self.assertEqual(report["extractions"][1]["text_count"], 60)
        for part in report["extractions"]:
            self.assertGreater(part["tokens"], 0)
            rate = part["tokens_per_second"]
            self.assertTrue(0 < rate["low"] <= rate["median"] <= rate["high"])
            self.assertGreaterEqual(rate["kept"], 1)
            self.assertIsNone(part["share_of_peak"])
        for other in ("peaks", "trainings", "starts", "latencies"):
            self.assertEqual(report[other], [])
        self.assertIsNone(report["memory_gigabytes_per_second"])

    def test_start_and_latency_of_a_model_and_of_a_bundle(self):
        recipe = self.write("recipe.yaml", RECIPE.format(name="tiny", model=self.model))
        bundle = self.folder / "b.bundle"
        self.expect(OK, "train", self.data, "--recipe", recipe, "-o", bundle)
        for given, thing in ((("--dtype", "f32"), "vector"),
                             (("--bundle", bundle), "prediction")):
            run = self.bench(OK, "--model", self.model, *given, "--only", "start,latency",
                             "--json")
            report = json.loads(run.stdout)
            self.assertEqual(report["starts"][0]["what"], f"first {thing}")
            self.assertEqual(report["latencies"][0]["what"], f"a {thing}")
            self.assertGreaterEqual(report["latencies"][0]["calls"], 200)
            self.assertLessEqual(report["latencies"][0]["p50_milliseconds"],
                                 report["latencies"][0]["p99_milliseconds"])

    def test_a_shape_needs_no_files(self):
        text = self.bench(OK, "--shape", "minilm:1", "--dtype", "f32", "--only", "extract").stdout
        self.assertRegex(text, r"\Aminilm:1 \(random weights\), 1 layers, f32")
        self.assertRegex(text, r"(?m)^extract, 512 tokens +\d+ +tokens/s")

    def test_options_that_make_no_sense(self):
        for arguments, says in (
                (("--only", "speed"), "peak, extract, train, start or latency"),
                (("--shape", "huge"), "expected one of minilm"),
                (("--shape", "minilm:9"), "expected 1 to 6"),
                (("--shape", "minilm", "--data", self.data), "tokenizer"),
                (("--model", self.model, "--seconds", "0"), "seconds")):
            with self.subTest(arguments=arguments):
                self.assertIn(says, self.bench(USAGE, *arguments).stderr)


if __name__ == "__main__":
    unittest.main()
