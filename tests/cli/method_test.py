"""Recipes, trained fusions, search and benchmark, with a tiny model of random weights."""

import csv
import json
import unittest
import xml.etree.ElementTree

from program import BAD_DATA, NOT_FOUND, OK, USAGE, ProgramTest
from tiny_model import LAYERS, RECIPE_OF, WIDTH, make_model, make_reviews, reviews_csv

LINEAR = RECIPE_OF + "fusion: tiny/-1:mean\n"
WORDS = RECIPE_OF + "fusion: cat(tiny/-1:mean, lexical)\n"
TRAINED = RECIPE_OF + """fusion: cat(co(tiny/0:mean, tiny/1:mean, tiny/-1:mean, 0.3, width=8), avg(tiny/0:mean, tiny/-1:mean))
head:
  kind: mlp
  hidden_sizes: [16]
  batch_size: 16
  max_epochs: 40
"""


class MethodTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_model(cls.folder / "model")
        for name, recipe in (("linear", LINEAR), ("words", WORDS), ("trained", TRAINED)):
            (cls.folder / f"{name}.yaml").write_text(recipe.format(name=name, model=cls.model))
        data = cls.folder / "data" / "sst2"
        data.mkdir(parents=True)
        for name, rows, seed in (("train", 300, 1), ("test", 80, 2)):
            (data / f"{name}.csv").write_text(reviews_csv(make_reviews(rows, seed=seed)))
        cls.train_file, cls.test_file = data / "train.csv", data / "test.csv"

    def test_recipes_that_come_with_the_program(self):
        listed = json.loads(self.expect(OK, "recipes", "list", "--json").stdout)
        names = [recipe["name"] for recipe in listed["recipes"]]
        self.assertEqual(names, ["fast", "lite", "full", "paper", "auto"])
        self.assertIn("search", self.expect(OK, "recipes", "show", names.pop()).stdout)
        self.assertIn("no recipe but a search",
                      self.expect(USAGE, "recipes", "check", "auto").stderr)
        self.assertEqual(len(listed["fusions"]), 15)
        for name in names:
            shown = self.expect(OK, "recipes", "show", name).stdout
            mine = self.folder / f"{name}_copy.yaml"
            mine.write_text(shown)
            ours = json.loads(self.expect(OK, "recipes", "check", name, "--json").stdout)
            copy = json.loads(self.expect(OK, "recipes", "check", mine, "--json").stdout)
            self.assertEqual(ours, copy)

    def test_a_bad_recipe_is_refused_with_its_line(self):
        bad = self.folder / "bad.yaml"
        bad.write_text(TRAINED.format(name="bad", model=self.model).replace("width=8", "widht=8"))
        error = self.expect(BAD_DATA, "recipes", "check", bad).stderr
        self.assertIn("bad.yaml:8", error)
        self.assertIn('co has no setting "widht"', error)
        self.assertIn("did you mean lite", self.expect(USAGE, "recipes", "show", "lito").stderr)

    def train_twice(self, recipe):
        """(bundle, report) of two trainings that agree, and whose bundle evaluates as it trained."""
        hashes = []
        for name in ("one", "two"):
            bundle = self.folder / f"{recipe}_{name}.bundle"
            report = json.loads(self.expect(
                OK, "train", self.train_file, "--test", self.test_file, "--recipe",
                self.folder / f"{recipe}.yaml", "-o", bundle, "--json").stdout)
            hashes.append(report["bundle_hash"])
        self.assertEqual(*hashes)
        evaluated = json.loads(self.expect(OK, "evaluate", bundle, self.test_file, "--json").stdout)
        self.assertEqual(evaluated["accuracy"], report["evaluation"]["accuracy"])
        return bundle, report

    def test_a_fusion_trained_with_its_head(self):
        _, report = self.train_twice("trained")
        self.assertGreater(report["evaluation"]["accuracy"], 0.75)
        self.assertIn(f"of {3 * WIDTH} values, then MLP {9 + WIDTH}-16-2", report["head"])

    def test_counting_words_as_a_part_of_a_fusion(self):
        bundle, report = self.train_twice("words")
        self.assertEqual(report["fusion"], "cat(tiny/-1:mean, lexical)")
        self.assertIn("fit words", [stage["stage"] for stage in report["cost"]["stages"]])
        self.assertGreaterEqual(report["evaluation"]["accuracy"],
                                report["lexical"]["accuracy"] - 0.05)
        self.expect(OK, "predict", bundle, stdin="a film\n")
        measured = json.loads(self.expect(
            OK, "benchmark", self.train_file, "--test", self.test_file, "--seeds", "2",
            "--recipe", self.folder / "words.yaml", "--json").stdout)
        self.assertEqual(measured["rows"][1]["features"], WIDTH + 2)

    def test_curves_of_a_training(self):
        out = self.folder / "curves"
        arguments = ("train", self.train_file, "-o", self.folder / "curves.bundle", "--curves", out)
        report = json.loads(self.expect(
            OK, *arguments, "--recipe", self.folder / "trained.yaml", "--json").stdout)
        self.assertEqual(sorted(path.name for path in out.iterdir()),
                         ["accuracy.svg", "curves.csv", "loss.svg"])
        self.assertEqual(len(report["curves"]), 3)
        for name in ("loss.svg", "accuracy.svg"):
            xml.etree.ElementTree.parse(out / name)
        rows = list(csv.DictReader((out / "curves.csv").open(newline="")))
        training = [float(row["y"]) for row in rows if row["series"] == "training loss"]
        self.assertGreater(training[0], training[-1])
        self.assertEqual({row["series"] for row in rows},
                         {"training loss", "held out loss", "held out accuracy"})
        self.assertIn("has no epochs", self.expect(
            USAGE, *arguments, "--recipe", self.folder / "linear.yaml").stderr)

    def test_auto_reads_its_texts_twice(self):
        self.assertIn("standard input cannot", self.expect(
            USAGE, "train", "-", "--recipe", "auto", "-o", self.folder / "auto.bundle",
            stdin="label,text\n").stderr)

    def test_benchmark_of_a_named_data_set(self):
        arguments = ("benchmark", "sst2", "--data", self.folder / "data", "--seeds", "2",
                     "--recipe", self.folder / "linear.yaml",
                     "--recipe", self.folder / "trained.yaml")
        report = json.loads(self.expect(OK, *arguments, "--json").stdout)
        self.assertEqual([row["name"] for row in report["rows"]], ["lexical", "linear", "trained"])
        for row in report["rows"]:
            self.assertGreater(row["accuracy"], 0.6)
            self.assertLessEqual(row["interval"][0], row["accuracy"])
            for run in row["runs"]:
                self.assertAlmostEqual(run["correct"] / report["test_texts"], run["accuracy"])
        self.assertEqual([len(row["runs"]) for row in report["rows"]], [1, 2, 2])
        self.assertEqual([[stage["stage"] for stage in row["cost"]["stages"]]
                          for row in report["rows"]],
                         [["count words"]] + 2 * [["open", "embed training texts", "train",
                                                   "embed test texts", "predict"]])
        self.assertEqual(report["rows"][0]["weight_bytes"], 0)
        self.assertGreater(report["rows"][1]["weight_bytes"], 1000)
        self.assertIn("its texts are 67349 and 872", report["paper"][0]["not_comparable"])
        text = self.expect(OK, *arguments, "--price-hour", "0.5").stdout
        self.assertRegex(text, r"(?m)^linear +\d+\.\d\d ")
        self.assertRegex(text, r"(?m)^linear: open .*, embed training texts .*; CPU time ")
        self.assertEqual(text.count("the machine for "), 3)
        self.assertIn("not comparable", text)

    def test_benchmark_of_a_sample_and_of_files(self):
        report = json.loads(self.expect(
            OK, "benchmark", self.train_file, "--test", self.train_file, "--train-rows", "100",
            "--test-rows", "50", "--seeds", "1", "--recipe", self.folder / "linear.yaml",
            "--json").stdout)
        self.assertEqual((report["train_texts"], report["test_texts"]), (100, 50))
        self.assertGreater(report["test_texts_in_train"], 0)
        self.assertEqual(report["paper"], [])

    def test_what_benchmark_refuses(self):
        self.assertIn("no train and test files",
                      self.expect(NOT_FOUND, "benchmark", "r8", "--data", self.folder).stderr)
        self.assertIn("needs a test file",
                      self.expect(USAGE, "benchmark", self.train_file).stderr)

    def test_search_finds_a_recipe_that_trains(self):
        out = self.folder / "search"
        arguments = ("search", self.train_file, "--test", self.test_file, "--recipe",
                     self.folder / "linear.yaml", "--budget", "12")
        report = json.loads(self.expect(OK, *arguments, "-o", out, "--json").stdout)
        stages = [candidate["stage"] for candidate in report["candidates"]]
        self.assertEqual(stages.count("layer"), LAYERS + 1)
        self.assertIn("fusion", stages)
        self.assertLessEqual(len(stages), 12)
        accuracies = [candidate["accuracy"] for candidate in report["candidates"]]
        self.assertEqual(accuracies, sorted(accuracies, reverse=True))
        self.assertTrue(any(candidate["pareto_front"] for candidate in report["candidates"]))
        self.assertGreater(report["candidates"][0]["test_accuracy"], 0.6)
        for name in ("layers.svg", "candidates.svg"):
            xml.etree.ElementTree.parse(out / name)
        self.expect(OK, "train", self.train_file, "--recipe", out / "recipe.yaml", "-o",
                    self.folder / "searched.bundle")

        again = json.loads(self.expect(OK, *arguments, "--json").stdout)
        for first, second in zip(report["candidates"], again["candidates"], strict=True):
            for key in ("fusion", "head", "accuracy", "log_loss", "test_accuracy"):
                self.assertEqual(first[key], second[key])


if __name__ == "__main__":
    unittest.main()
