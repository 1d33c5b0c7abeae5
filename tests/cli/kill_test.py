"""SIGKILL at any moment: the store stays whole, the same command finishes, the bundle is the same."""

import json
import pathlib
import random
import shutil
import signal
import subprocess
import time
import unittest

from program import OK, PROGRAM, ProgramTest
from tiny_model import make_model, make_reviews, reviews_csv

KILLS = 20
RECIPE = """version: 1
name: tiny
backbones:
  - name: tiny
    model: {model}
    max_tokens: 32
fusion: cat(tiny/0:mean, tiny/-1:mean)
head:
  kind: logistic_regression
"""


def contents(bundle):
    """Every file of a bundle; run.json tells of the run, not of the result."""
    return {path.name: path.read_bytes() for path in sorted(pathlib.Path(bundle).iterdir())
            if path.name != "run.json"}


class KillTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        model = make_model(cls.folder / "model")
        (cls.folder / "recipe.yaml").write_text(RECIPE.format(model=model))
        reviews = make_reviews(20_000, seed=3)
        (cls.folder / "reviews.csv").write_text(reviews_csv(reviews))
        cls.texts = len({text for text, _ in reviews})

    def command(self, store, bundle):
        return [PROGRAM, "train", str(self.folder / "reviews.csv"), "--recipe",
                str(self.folder / "recipe.yaml"), "--store", str(store), "-o", str(bundle), "--json"]

    def test_killed_at_random_moments(self):
        begin = time.monotonic()
        subprocess.run(self.command(self.folder / "calm", self.folder / "calm.bundle"), check=True,
                       capture_output=True)
        usual_seconds = time.monotonic() - begin
        expected = contents(self.folder / "calm.bundle")

        store, bundle = self.folder / "killed", self.folder / "killed.bundle"
        moments = random.Random(7)
        killed = 0
        while killed < KILLS:
            with subprocess.Popen(self.command(store, bundle), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as program:
                time.sleep(moments.uniform(0.0, usual_seconds))
                program.send_signal(signal.SIGKILL)
                if program.wait() == -signal.SIGKILL:
                    killed += 1
                    self.check_store(store)
                    continue
            # Finished before the signal came: checked like an undisturbed run, and begun anew.
            self.assertEqual(contents(bundle), expected)
            shutil.rmtree(store)
            shutil.rmtree(bundle)

        finished = subprocess.run(self.command(store, bundle), check=True, capture_output=True)
        self.assertEqual(contents(bundle), expected)
        self.check_store(store, rows=2 * self.texts)
        extraction = json.loads(finished.stdout)["extraction"]
        self.assertEqual(extraction["texts"], 20_000)

    def check_store(self, store, rows=None):
        if not (store / "FORMAT").exists():
            return  # killed before there was one
        report = json.loads(self.expect(OK, "store", "verify", "--store", store, "--json").stdout)
        self.assertEqual(report["damaged_rows"], 0)
        if rows is not None:
            self.assertEqual(report["rows"], rows)


if __name__ == "__main__":
    unittest.main()
