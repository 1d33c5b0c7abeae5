"""Standard output, standard error and terminals: pipes that close, disks that fill, bars."""

import json
import os
import pty
import re
import subprocess
import time
import unittest

from program import IO, OK, PROGRAM, ProgramTest, run
from tiny_model import make_model, make_reviews, reviews_csv


def read_terminal(leader):
    """Everything a program writes to a terminal until it closes it."""
    shown = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # how Linux says that the other side has gone
            part = b""
        if not part:
            os.close(leader)
            return shown.decode()
        shown += part


class StandardOutputTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_model(cls.folder / "model")
        cls.many = cls.folder / "many.txt"
        cls.many.write_text("the film was great\n" * 50_000)

    def test_a_reader_that_leaves_early_is_no_error(self):
        with subprocess.Popen([PROGRAM, "tokenize", self.many, "--model", self.model],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
            self.assertTrue(program.stdout.readline().startswith(b"[2,"))
            program.stdout.close()
            self.assertEqual(program.stderr.read(), b"")
            self.assertEqual(program.wait(), OK)

    def test_a_full_disk_is_an_error(self):
        for arguments in (["--help"], ["--version"], ["models", "list"],
                          ["tokenize", self.many, "--model", self.model]):
            with self.subTest(arguments=arguments), open("/dev/full", "w") as full:
                result = self.expect(IO, *arguments, stdout=full)
                self.assertIn("No space left on device", result.stderr)

    def test_a_closed_standard_output_is_an_error_and_harms_no_file(self):
        command = '"$0" tokenize "$1" --model "$2" >&-'
        result = subprocess.run(["sh", "-c", command, PROGRAM, self.many, self.model],
                                stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(result.returncode, IO, result.stderr)

    def test_ids_are_one_json_array_a_line(self):
        result = self.expect(OK, "tokenize", "-", "--model", self.model, stdin="the film\n\nsad\n")
        arrays = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([array[0] for array in arrays], [2] * len(arrays))
        self.assertEqual(arrays[0], [2, 17, 18, 3])
        self.assertEqual(arrays[-1], [2, 13, 3])

    def test_json_stands_alone_on_standard_output(self):
        listed = json.loads(self.expect(OK, "models", "list", "--json").stdout)
        self.assertIn("minilm", [entry["name"] for entry in listed])
        self.assertEqual(json.loads(self.expect(OK, "inspect", self.model, "--json").stdout)["kind"],
                         "model")


class TerminalTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        model = make_model(cls.folder / "model")
        cls.data = cls.folder / "reviews.csv"
        cls.data.write_text(reviews_csv(make_reviews(3000)))
        cls.command = [PROGRAM, "embed", cls.data, "--model", model, "--taps", "-1:mean", "-o",
                       cls.folder / "vectors.npy", "--store", "none"]

    def shown(self, command, columns, **variables):
        try:
            leader, follower = pty.openpty()
        except OSError as error:  # a container without /dev/pts
            self.skipTest(f"skipped: no terminal to be had: {error}")
        os.set_blocking(leader, True)
        import fcntl  # pylint: disable=import-outside-toplevel
        import struct  # pylint: disable=import-outside-toplevel
        import termios  # pylint: disable=import-outside-toplevel
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=follower,
                              env={**os.environ, "TERM": "xterm", **variables}) as program:
            os.close(follower)
            text = read_terminal(leader)
            program.wait()
        return program.returncode, text

    def test_errors_are_coloured_on_a_terminal_alone(self):
        command = [PROGRAM, "trian"]
        self.assertIn("\x1b[1;31merror: ", self.shown(command, 80)[1])
        self.assertNotIn("\x1b", self.shown(command, 80, NO_COLOR="1")[1])
        self.assertNotIn("\x1b", self.shown(command, 80, TERM="dumb")[1])
        self.assertNotIn("\x1b", run("trian").stderr)

    def test_the_bar_fits_and_leaves_nothing_behind(self):
        code, text = self.shown(self.command, 30)
        self.assertEqual(code, OK)
        for line in re.split(r"[\r\n]+", text.replace("\x1b[K", "")):
            if not line.startswith("llmembed: "):  # notes may wrap
                self.assertLess(len(line), 30, line)
        self.assertFalse(text.split("\r")[-1].replace("\x1b[K", "").strip())

    def test_quiet_is_quiet(self):
        self.assertEqual(self.shown([*self.command, "--quiet"], 80), (OK, ""))

    def test_without_a_terminal_lines_are_few_and_plain(self):
        begin = time.monotonic()
        result = subprocess.run(self.command, capture_output=True, text=True, check=True)
        seconds = time.monotonic() - begin
        self.assertNotIn("\r", result.stderr)
        self.assertNotIn("\x1b", result.stderr)
        self.assertLessEqual(len(result.stderr.splitlines()), 4 + seconds / 5)


if __name__ == "__main__":
    unittest.main()
