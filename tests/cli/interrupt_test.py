"""SIGINT and SIGTERM: what was done is kept, and the program says how to go on."""

import os
import signal
import subprocess
import time
import unittest

from program import INTERRUPTED, OK, PROGRAM, TERMINATED, ProgramTest
from tiny_model import make_model, make_reviews, reviews_csv


class InterruptTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_model(cls.folder / "model")
        cls.output = cls.folder / "vectors.npy"

    def embed_from_pipe(self, *more):
        """A job that waits for texts on standard input."""
        return subprocess.Popen(
            [PROGRAM, "embed", "-", "--format", "lines", "--model", self.model, "--taps",
             "-1:mean", "-o", self.output, *more],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_until_it_reads(self, program):
        """Until the program has handlers for its signals and sleeps in a read."""
        while True:
            with open(f"/proc/{program.pid}/status", encoding="ascii") as status:
                fields = dict(line.rstrip("\n").split(":\t", 1) for line in status)
            caught = int(fields["SigCgt"], 16) >> (signal.SIGINT - 1) & 1
            if caught and fields["State"].startswith("S") and self.has_read_all(program):
                return
            time.sleep(0.02)

    @staticmethod
    def has_read_all(program):
        with open(f"/proc/{program.pid}/syscall", encoding="ascii") as call:
            return call.read().split()[:2] == ["0", "0x0"]  # read(0, ...)

    def stop_while_reading(self, signal_number, *more):
        with self.embed_from_pipe(*more) as program:
            program.stdin.write("the film was great\n" * 10)
            program.stdin.flush()
            self.wait_until_it_reads(program)
            program.send_signal(signal_number)
            # Its own wait: communicate would close the input, and that ends the texts.
            code = program.wait()
            return code, program.stderr.read()

    def test_the_first_signal_stops_and_says_how_to_go_on(self):
        for number, code in ((signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED)):
            stopped = self.stop_while_reading(number)
            self.assertEqual(stopped[0], code, stopped[1])
            self.assertIn("the same command continues where it was", stopped[1])
            self.assertFalse(self.output.exists(), "a part was taken for the whole")

    def test_without_a_store_it_says_that_nothing_is_kept(self):
        self.assertIn("nothing is kept",
                      self.stop_while_reading(signal.SIGINT, "--store", "none")[1])

    def test_an_ignored_signal_stays_ignored(self):
        command = f"trap '' INT; exec {PROGRAM} tokenize - --model {self.model}"
        with subprocess.Popen(["sh", "-c", command], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as program:
            while os.readlink(f"/proc/{program.pid}/exe").endswith("sh"):
                time.sleep(0.02)
            program.send_signal(signal.SIGINT)
            self.assertTrue(program.communicate("the film\n")[0].startswith("[2,"))
            self.assertEqual(program.returncode, OK)

    def test_an_interrupted_training_continues(self):
        data = self.write("reviews.csv", reviews_csv(make_reviews(20_000)))
        recipe = self.write("recipe.yaml", "version: 1\nname: tiny\nbackbones:\n  - name: tiny\n"
                            f"    model: {self.model}\n    max_tokens: 64\nfusion: tiny/-1:mean\n"
                            "head:\n  kind: logistic_regression\n")
        command = [PROGRAM, "train", data, "--recipe", recipe, "-o", self.folder / "b.bundle"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as program:
            while program.poll() is None and not any(self.folder.glob("home/**/*.seg*")):
                time.sleep(0.01)
            program.send_signal(signal.SIGINT)
            stderr = program.communicate()[1]
        # A fast machine may have finished before the signal came.
        self.assertIn(program.returncode, (OK, INTERRUPTED), stderr)
        if program.returncode == INTERRUPTED:
            self.assertFalse((self.folder / "b.bundle").exists())
        self.assertEqual(subprocess.run(command, capture_output=True, check=False).returncode, OK)


if __name__ == "__main__":
    unittest.main()
