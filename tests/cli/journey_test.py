"""From labelled texts to predictions, with a tiny model of random weights."""

import json
import re
import struct
import unittest

from program import BAD_DATA, CORRUPT, NOT_FOUND, OK, USAGE, ProgramTest
from tiny_model import RECIPE_OF, WIDTH, make_model, make_reviews, reviews_csv

RECIPE = RECIPE_OF + """fusion: tiny/-1:mean
head:
  kind: logistic_regression
"""


class JourneyTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_model(cls.folder / "model")
        (cls.folder / "recipe.yaml").write_text(RECIPE.format(name="tiny", model=cls.model))
        (cls.folder / "train.csv").write_text(reviews_csv(make_reviews(300)))
        (cls.folder / "test.csv").write_text(reviews_csv(make_reviews(80, seed=2)))
        cls.bundle = cls.folder / "reviews.bundle"

    def setUp(self):
        if not self.bundle.exists():
            self.train(self.bundle)

    def train(self, bundle, *more):
        return self.expect(OK, "train", self.folder / "train.csv", "--recipe",
                           self.folder / "recipe.yaml", "-o", bundle, *more)

    def test_the_report_of_a_training(self):
        text = self.train(self.folder / "fresh.bundle", "--store", self.folder / "fresh").stdout
        self.assertRegex(text, r"(?m)^rows to train +270$")
        self.assertRegex(text, r"(?m)^accuracy +\d\.\d{4}$")
        self.assertRegex(text, r"(?m)^[1-9]\d* texts embedded, \d+ from the store")
        self.assertIn("\nnext:\n  llmembed predict ", text)

    def test_what_a_training_costs(self):
        prices = ("--price-hour", "36", "--price-million-tokens", "2", "--price-kwh", "0.3",
                  "--currency", "EUR")
        bundle = self.folder / "priced.bundle"
        report = json.loads(self.train(bundle, *prices, "--json").stdout)
        cost = report["cost"]
        self.assertEqual([stage["stage"] for stage in cost["stages"]],
                         ["open", "read", "embed", "train", "evaluate", "count words"])
        for key in ("wall_seconds", "cpu_seconds"):
            self.assertAlmostEqual(cost["total"][key], sum(s[key] for s in cost["stages"]))
        self.assertAlmostEqual(cost["machine_cost"], cost["total"]["wall_seconds"] * 0.01)
        self.assertEqual(cost["text_tokens"], report["extraction"]["lengths"][0]["tokens"])
        self.assertAlmostEqual(cost["api_cost"], cost["text_tokens"] * 2e-6)
        self.assertEqual(cost["energy_cost"] is None, cost["total"]["energy_joules"] is None)
        self.assertEqual(json.loads((bundle / "run.json").read_text())["cost"], cost)

        text = self.train(bundle, *prices).stdout
        self.assertRegex(text, r"(?m)^stage +time +CPU time +peak memory")
        self.assertRegex(text, r"(?m)^total +\d+\.\d\d s +\d+\.\d\d s +[\d.]+ MB")
        self.assertRegex(text, r"(?m)^for comparison, an API reading \d+ tokens .* EUR$")
        self.assertIn("the 300 texts from the store", text)
        self.assertNotIn("EUR", self.train(bundle).stdout)

    def test_training_again_embeds_nothing_and_gives_the_same_bundle(self):
        first = json.loads(self.train(self.folder / "one.bundle", "--json").stdout)
        again = self.train(self.folder / "two.bundle").stdout
        self.assertRegex(again, r"(?m)^0 texts embedded, 300 from the store$")
        second = json.loads(self.train(self.folder / "two.bundle", "--json").stdout)
        self.assertEqual(first["bundle_hash"], second["bundle_hash"])
        self.assertGreater(first["evaluation"]["accuracy"], 0.8)

    def test_without_a_held_out_part_there_is_no_evaluation(self):
        result = self.train(self.folder / "all.bundle", "--json", "--holdout", "0")
        report = json.loads(result.stdout)
        self.assertIsNone(report["evaluation"])
        self.assertEqual((report["train_rows"], report["test_rows"]), (300, 0))

    def test_a_test_file_of_its_own(self):
        result = self.train(self.folder / "t.bundle", "--test", self.folder / "test.csv", "--json")
        report = json.loads(result.stdout)
        self.assertEqual((report["train_rows"], report["test_rows"]), (300, 80))

    def test_evaluate(self):
        arguments = ["evaluate", self.bundle, self.folder / "test.csv"]
        report = json.loads(self.expect(OK, *arguments, "--json", "--verify").stdout)
        self.assertEqual(report["n"], 80)
        self.assertEqual(report["accuracy"], report["correct"] / 80)
        for key in ("macro_f1", "log_loss", "classes", "confusion", "issues", "extraction"):
            self.assertIn(key, report)
        text = self.expect(OK, *arguments).stdout
        self.assertIn("macro-F1", text)
        self.assertRegex(text, r"(?m)^0 texts embedded, 80 from the store$")

    def test_predict_rows(self):
        texts = "the film was great and lovely\nit was awful and grim\n"
        rows = self.expect(OK, "predict", self.bundle, stdin=texts).stdout.splitlines()
        self.assertEqual([row.split("\t")[0] for row in rows], ["good", "bad"])
        for row in rows:
            self.assertTrue(re.fullmatch(r"\w+\t[01]\.\d{4}", row), row)
        every = self.expect(OK, "predict", self.bundle, "-", "--all", stdin=texts).stdout
        self.assertEqual([row.split("\t")[2] for row in every.splitlines()], ["bad", "good"])

    def test_predict_json(self):
        path = self.write("new.txt", "the film was great\n" + "very " * 60 + "\n")
        output = self.expect(OK, "predict", self.bundle, path, "--json").stdout
        short, long = map(json.loads, output.splitlines())
        self.assertEqual(sorted(short["probabilities"]), ["bad", "good"])
        self.assertEqual(short["probability"], max(short["probabilities"].values()))
        self.assertAlmostEqual(sum(short["probabilities"].values()), 1.0, places=5)
        self.assertEqual((short["tokens"], short["used"], short["cut"]), (6, 6, 0))
        self.assertEqual((long["tokens"], long["used"], long["cut"]), (62, 32, 30))

    def test_predict_and_evaluate_agree(self):
        report = json.loads(self.expect(OK, "evaluate", self.bundle, self.folder / "test.csv",
                                        "--json").stdout)
        rows = self.expect(OK, "predict", self.bundle, self.folder / "test.csv").stdout.splitlines()
        labels = [label for _, label in make_reviews(80, seed=2)]
        correct = sum(row.split("\t")[0] == label for row, label in zip(rows, labels, strict=True))
        self.assertEqual(correct, report["correct"])

    def test_inspect(self):
        self.assertRegex(self.expect(OK, "inspect", self.bundle).stdout, r"(?m)^kind +bundle$")
        facts = json.loads(self.expect(OK, "inspect", self.bundle, "--json").stdout)
        self.assertEqual(facts["labels"], ["bad", "good"])

    def test_embed_takes_negative_layers_in_both_spellings(self):
        vectors = self.folder / "vectors.npy"
        for taps in (["--taps", "-1:mean"], ["--taps=-1:mean"], ["--taps", "0:cls"]):
            output = self.expect(OK, "embed", self.folder / "test.csv", "--model", self.model,
                                 *taps, "-o", vectors, "--dtype", "f32").stdout
            self.assertRegex(output, r"\A\d+ texts embedded, \d+ from the store")
            self.assertIn(f"'shape': (80, {WIDTH})".encode(), vectors.read_bytes()[:128])

    def test_int8_is_near_f32_and_a_bundle_keeps_to_it(self):
        vectors = {}
        for dtype in ("f32", "int8"):
            output = self.folder / f"{dtype}.npy"
            said = self.expect(OK, "embed", self.folder / "test.csv", "--model", self.model,
                               "--taps", "-1:mean", "-o", output, "--dtype", dtype,
                               "--store", "none").stdout
            self.assertIn(f", {dtype} on ", said)
            values = output.read_bytes()[-80 * WIDTH * 4:]
            vectors[dtype] = struct.unpack(f"<{80 * WIDTH}f", values)
        errors = [abs(a - b) for a, b in zip(vectors["f32"], vectors["int8"])]
        self.assertGreater(max(errors), 0.0)
        self.assertLess(max(errors), 0.1 * max(map(abs, vectors["f32"])))

        recipe = self.folder / "int8.yaml"
        f32 = RECIPE.format(name="tiny", model=self.model)
        recipe.write_text(f32.replace("dtype: f32", "dtype: int8"))
        bundle = self.folder / "int8.bundle"
        report = json.loads(self.expect(OK, "train", self.folder / "train.csv", "--recipe", recipe,
                                        "-o", bundle, "--json").stdout)
        self.assertEqual(report["extraction"]["compute_type"], "int8")
        evaluated = json.loads(self.expect(OK, "evaluate", bundle, self.folder / "test.csv",
                                           "--json").stdout)
        self.assertEqual(evaluated["extraction"]["compute_type"], "int8")
        self.assertGreater(evaluated["accuracy"], 0.6)

    def test_embed_several_taps(self):
        vectors = self.folder / "vectors.safetensors"
        self.expect(OK, "embed", self.folder / "test.csv", "--model", self.model, "--taps",
                    "0:mean,1:max,-1:cls", "-o", vectors, "--max-tokens", "16")
        contents = vectors.read_bytes()
        header = json.loads(contents[8:8 + struct.unpack("<Q", contents[:8])[0]])
        header.pop("__metadata__", None)
        self.assertEqual([entry["shape"] for entry in header.values()], [[80, WIDTH]] * 3)

    def test_the_store_is_cared_for(self):
        store = ["--store", self.folder / "cared"]
        self.train(self.folder / "cared.bundle", *store)
        stats = json.loads(self.expect(OK, "store", "stats", "--json", *store).stdout)
        # Equal texts share a vector.
        self.assertEqual(stats["rows"], len({text for text, _ in make_reviews(300)}))
        self.assertIn("vectors", self.expect(OK, "store", "stats", *store).stdout)
        verified = json.loads(self.expect(OK, "store", "verify", "--json", *store).stdout)
        self.assertEqual((verified["rows"], verified["damaged_rows"]), (stats["rows"], 0))
        self.expect(OK, "store", "prune", "--to", "0", *store)
        pruned = json.loads(self.expect(OK, "store", "stats", "--json", *store).stdout)
        self.assertEqual(pruned["rows"], 0)

    def test_no_store(self):
        self.train(self.folder / "none.bundle", "--store", "none")
        self.expect(USAGE, "store", "stats", "--store", "none")

    def test_an_unknown_column_lists_the_known_ones(self):
        result = self.expect(NOT_FOUND, "evaluate", self.bundle, self.folder / "test.csv",
                             "--label", "stars")
        self.assertIn("stars", result.stderr)
        self.assertIn("'label'", result.stderr)

    def test_unusable_data(self):
        self.expect(BAD_DATA, "train", self.write("empty.csv", ""), "-o", self.folder / "e.bundle",
                    "--recipe", self.folder / "recipe.yaml")
        self.assertFalse((self.folder / "e.bundle").exists())

    def test_a_damaged_bundle(self):
        damaged = self.folder / "damaged.bundle"
        self.train(damaged)
        weights = next(damaged.glob("*.safetensors"))
        weights.write_bytes(weights.read_bytes()[:-7])
        self.expect(CORRUPT, "predict", damaged, stdin="a film\n")


if __name__ == "__main__":
    unittest.main()
