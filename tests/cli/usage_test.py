"""What the program says about itself, and about words that make no sense."""

import re
import unittest

from program import NOT_FOUND, OK, USAGE, ProgramTest

VERBS = [["train"], ["evaluate"], ["predict"], ["prompt"], ["embed"], ["tokenize"], ["inspect"],
         ["verify"],
         ["models", "list"], ["models", "pull"], ["models", "path"],
         ["store", "stats"], ["store", "verify"], ["store", "prune"]]


class HelpTest(ProgramTest):
    def test_every_verb_explains_itself_with_an_example(self):
        for verb in VERBS:
            with self.subTest(verb=verb):
                result = self.expect(OK, *verb, "--help")
                self.assertIn("Usage: llmembed " + " ".join(verb), result.stdout)
                self.assertIn("Examples:\n  ", result.stdout)
                self.assertIn("llmembed " + " ".join(verb), result.stdout.split("Examples:")[1])
                self.assertEqual(result.stderr, "")

    def test_help_fits_eighty_columns(self):
        for verb in [[]] + VERBS:
            for line in self.expect(OK, *verb, "--help").stdout.splitlines():
                self.assertLessEqual(len(line), 100 if line.startswith("  llmembed") else 80, line)

    def test_every_common_option_is_explained(self):
        for verb in VERBS:
            text = self.expect(OK, *verb, "-h").stdout
            for option in ("--store", "--home", "--threads", "--offline", "--quiet"):
                self.assertIn(option, text, verb)

    def test_help_as_a_verb(self):
        self.assertEqual(self.expect(OK, "help", "store", "prune").stdout,
                         self.expect(OK, "store", "prune", "--help").stdout)

    def test_the_program_lists_its_verbs(self):
        text = self.expect(OK, "--help").stdout
        for verb in VERBS:
            self.assertIn("\n  " + verb[0], text)

    def test_version_names_the_instruction_set(self):
        text = self.expect(OK, "--version").stdout
        self.assertTrue(re.fullmatch(r"llmembed \d+\.\d+\.\d+ \((\w+)\)\n", text), text)


class ArgumentsTest(ProgramTest):
    def test_behind_two_dashes_everything_is_an_argument(self):
        result = self.expect(NOT_FOUND, "inspect", "--", "--no-such-file")
        self.assertIn("--no-such-file", result.stderr)
        result = self.expect(USAGE, "inspect", "--", "a", "--more")
        self.assertIn("one argument too many", result.stderr)


class UsageErrorTest(ProgramTest):
    def expect_fault(self, *arguments, says):
        result = self.expect(USAGE, *arguments)
        self.assertIn(says, result.stderr)
        self.assertRegex(result.stderr, r"\nllmembed: see: llmembed.* --help\n\Z")
        self.assertEqual(result.stdout, "")

    def test_no_verb(self):
        self.expect_fault(says="needs a verb: train, ")
        self.expect_fault("models", says="needs a verb: list, pull, path")

    def test_misspelt_verb(self):
        self.expect_fault("trian", "x.csv", says="no verb 'trian'; did you mean train?")
        self.expect_fault("store", "pruen", says="no verb 'pruen'; did you mean prune?")
        self.expect_fault("xyzzy", says="no verb 'xyzzy'\n")

    def test_misspelt_option_is_named_before_what_is_missing(self):
        self.expect_fault("train", "x.csv", "--ouptut", "b", says="did you mean --output?")
        self.expect_fault("predict", "b", "--jsn=1", says="no option '--jsn'; did you mean --json?")

    def test_missing_arguments(self):
        self.expect_fault("train", says="DATA is required; expected: llmembed train DATA -o BUNDLE")
        self.expect_fault("train", "x.csv", says="--output is required")
        self.expect_fault("store", "prune", says="--to is required")

    def test_an_option_without_its_value(self):
        self.expect_fault("train", "x.csv", "-o", says="--output needs a value")
        self.expect_fault("train", "--label=", "x.csv", "-o", "b", says="--label needs a value")

    def test_too_many_arguments(self):
        self.expect_fault("inspect", "a", "b", says="one argument too many: 'b'")
        self.expect_fault("predict", "a", "b", "train", says="one argument too many: 'train'")

    def test_numbers_outside_their_range(self):
        for value in ("0", "1025", "-1", "2x", "1.5", "", "99999999999999999999"):
            self.expect_fault("models", "list", "--threads", value, says="from 1 to 1024")
        for value in ("1", "-0.1", "nan", "a"):
            self.expect_fault("train", "x", "-o", "b", "--holdout", value, says="is not a share")
        for option in ("--price-kwh", "--price-hour", "--price-million-tokens"):
            for value in ("-1", "nan", "inf", "1,5", ""):
                self.expect_fault("train", "x", "-o", "b", option, value, says="is not a price")
        for value in ("2XB", "GB", "-1GB", "1e300GB", "nan"):
            self.expect_fault("store", "prune", "--to", value, says="such as 500MB, 2GB")

    def test_words_outside_their_list(self):
        self.expect_fault("tokenize", "x", "--model", "m", "--format", "jsnol",
                          says="'jsnol' is not auto|csv|tsv|jsonl|lines; did you mean jsonl?")
        self.expect_fault("tokenize", "x", "--model", "m", "--header", "maybe",
                          says="'maybe' is not auto|yes|no")

    def test_options_that_exclude_each_other(self):
        self.expect_fault("train", "x", "-o", "b", "--test", "t", "--holdout", "0.2", says="--test")

    def test_control_characters_are_shown_and_not_sent(self):
        result = self.expect(USAGE, "inspect", "a", "b\x1b[31m\x07\u202e\n")
        self.assertIn("b\\x1b[31m\\x07\\xe2\\x80\\xae", result.stderr)
        self.assertNotIn("\x1b", result.stderr)


class MissingThingsTest(ProgramTest):
    def test_missing_bundle_and_data(self):
        self.expect(NOT_FOUND, "predict", self.folder / "no.bundle", stdin="text\n")
        self.expect(NOT_FOUND, "inspect", self.folder / "nothing")

    def test_missing_model_names_the_command_that_gets_it(self):
        result = self.expect(NOT_FOUND, "models", "path", "minilm")
        self.assertIn("llmembed models pull minilm", result.stderr)


if __name__ == "__main__":
    unittest.main()
