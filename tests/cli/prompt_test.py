"""A language model that is asked: a tiny GGUF decoder, and a tiny BERT that finds examples."""

import json
import unittest

from program import OK, USAGE, ProgramTest
from tiny_gguf import make_gguf
from tiny_model import make_model, make_reviews, reviews_csv

# Letters are tokens, and the model has 64 positions.
FORM = "{text}={label};"


class PromptTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_gguf(cls.folder / "tiny.gguf")
        cls.embeddings = make_model(cls.folder / "embeddings")
        rows = [(f"{text[:7]}{row:02}", label)  # short, and none twice
                for row, (text, label) in enumerate(make_reviews(60))]
        (cls.folder / "train.csv").write_text(reviews_csv(rows))
        (cls.folder / "test.csv").write_text(reviews_csv(rows[:7]))

    def prompt(self, *more, code=OK):
        return self.expect(code, "prompt", self.folder / "train.csv", "--model", self.model,
                           "--template", FORM, "--dtype", "f32", *more)

    def report(self, *more):
        return json.loads(self.prompt("--json", *more).stdout)

    def test_the_report(self):
        report = self.report("--shots", "2", "--test", self.folder / "test.csv")
        self.assertEqual((report["n"], report["shots"]), (7, 2))
        self.assertEqual(report["accuracy"], report["correct"] / 7)
        for key in ("macro_f1", "log_loss", "seconds", "texts_per_second", "tokens"):
            self.assertGreaterEqual(report[key], 0.0)
        self.assertEqual([entry["label"] for entry in report["classes"]], ["bad", "good"])
        self.assertNotIn("extraction", report)
        cost = report["cost"]
        self.assertEqual([stage["stage"] for stage in cost["stages"]], ["read", "open", "prompt"])
        self.assertGreater(cost["total"]["peak_memory_bytes"], 1 << 20)
        self.assertEqual(cost["texts_from_store"], 0)
        self.assertIsNone(cost["api_cost"])
        # Each text once; "ba" behind one of its prompts and "goo" behind the other.
        self.assertGreater(report["reused_tokens"], report["tokens"])

    def test_rows_for_people(self):
        result = self.prompt("--shots", "0", "--limit", "3", "--quiet")
        self.assertRegex(result.stdout, r"(?m)^accuracy +\d\.\d{4}$")
        self.assertRegex(result.stdout, r"(?m)^3 texts prompted, \d+ tokens read and \d+ reused in ")
        self.assertEqual(result.stderr, "")
        self.assertRegex(result.stdout, r"(?m)^prompt +\d")  # what the stage cost

    def test_prices(self):
        def cost(*more):
            return self.report("--price-million-tokens", "2", *more)["cost"]
        none, two = cost("--shots", "0"), cost("--shots", "2")
        self.assertAlmostEqual(none["api_cost"], none["text_tokens"] * 2e-6)
        # An API is sent the examples with every text, whether they are read again here or not.
        self.assertGreater(two["text_tokens"], 2 * none["text_tokens"])

    def test_the_held_out_share(self):
        self.assertEqual(self.report("--shots", "0", "--holdout", "0.2")["n"], 12)

    def test_the_seed_decides_and_nothing_else(self):
        def figures(*more):
            report = self.report("--shots", "2", *more)
            return {key: report[key] for key in ("log_loss", "tokens", "confusion", "n")}
        first = figures("--seed", "3")
        self.assertEqual(figures("--seed", "3", "--threads", "1"), first)
        self.assertNotEqual(figures("--seed", "4")["log_loss"], first["log_loss"])
        self.assertEqual(first["n"], 6)
        self.assertEqual(figures("--limit", "4")["n"], 4)

    def test_the_nearest_examples(self):
        report = self.report("--demonstrations", "nearest", "--embedding-model", self.embeddings,
                             "--shots", "2", "--test", self.folder / "test.csv")
        self.assertEqual(report["demonstrations"], "nearest")
        self.assertEqual(report["extraction"]["texts"], 67)
        again = self.report("--demonstrations", "nearest", "--embedding-model", self.embeddings,
                            "--shots", "2", "--test", self.folder / "test.csv")
        self.assertEqual(again["extraction"]["embedded"], 0)
        self.assertEqual(again["log_loss"], report["log_loss"])

    def test_words_of_labels(self):
        named = self.report("--shots", "0")
        worded = self.report("--shots", "0", "--labels", "good=a,bad=b")
        self.assertNotEqual(named["log_loss"], worded["log_loss"])
        self.assertLess(worded["tokens"], named["tokens"])  # one letter needs no token behind

    def test_long_texts_are_cut(self):
        report = self.report("--shots", "0", "--max-tokens", "9")
        self.assertEqual(report["cut_texts"], report["n"])
        self.assertRegex(self.prompt("--shots", "0", "--max-tokens", "9").stdout,
                         r"6 texts too long for a prompt")

    def test_what_does_not_do(self):
        def expect_fault(*more, says):
            self.assertIn(says, self.prompt(*more, code=USAGE).stderr)
        expect_fault("--template", "{text}", says="no {label}")
        expect_fault("--labels", "fine=great", says='"fine", which is no label')
        expect_fault("--labels", "fine", says="'fine' is not LABEL=WORDS")
        expect_fault("--shots", "50", says="no room for a text")
        expect_fault("--max-tokens", "65", says="beyond the model's 64 positions")
        expect_fault("--demonstrations", "neares", says="did you mean nearest?")
        expect_fault("--model", self.embeddings, says="bert has no LM head")


if __name__ == "__main__":
    unittest.main()
