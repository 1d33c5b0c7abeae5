"""`embed` needs no more memory for many texts than for few: input, store and output are streams.

Two backbones read the texts, in chunks: a window of texts at a time goes through both.
"""

import os
import subprocess
import unittest

from program import PROGRAM, ProgramTest
from tiny_model import make_model

MOST_BYTES_A_LINE = 64


class MemoryTest(ProgramTest):
    def peak_bytes(self, lines):
        """The largest resident set of an `embed` of so many different texts."""
        data = self.folder / f"{lines}.txt"
        # Line by line: a child's peak begins with what its parent had when it was started.
        with open(data, "w", encoding="ascii") as file:
            for line in range(lines):
                file.write(f"great film {line} was late\n")
        command = [PROGRAM, "embed", data, "--format", "lines", "--model", f"a={self.model}",
                   "--model", f"b={self.model}", "--taps", "a/0:mean,b/-1:max", "--max-tokens", "6",
                   "--on-long-text", "chunk_mean", "-o", self.folder / "v.safetensors", "--store",
                   self.folder / f"store{lines}"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            _, status, usage = os.wait4(run.pid, 0)
            run.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(run.returncode, 0)
        return usage.ru_maxrss * 1024

    def test_growth_per_line(self):
        self.model = make_model(self.folder / "model")
        few, many = 10_000, 210_000
        growth = self.peak_bytes(many) - self.peak_bytes(few)
        self.assertLessEqual(growth / (many - few), MOST_BYTES_A_LINE)


if __name__ == "__main__":
    unittest.main()
