"""Runs the program as a user would: argument list in, exit code and two streams out."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

PROGRAM = os.environ.get("LLMEMBED_PROGRAM", "llmembed")

# Exit codes as docs/cli.md lists them.
OK, USAGE, NOT_FOUND, BAD_DATA, CORRUPT = 0, 2, 3, 4, 5
UNSUPPORTED, MISMATCH, IO = 6, 7, 8
INTERRUPTED, TERMINATED = 130, 143


def run(*arguments, **options):
    """A finished run; `stdin` is text, other options are subprocess's own."""
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], input=options.pop("stdin", ""), text=True,
        encoding="utf-8", stderr=subprocess.PIPE, check=False, **options)


class ProgramTest(unittest.TestCase):
    """A folder of its own for each class, and a home and store inside it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="llmembed-cli-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        for name in ("LLMEMBED_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = str(cls.folder / "home")

    def expect(self, code, *arguments, **options):
        """Runs, compares the exit code and returns the run; errors begin in the agreed way."""
        result = run(*arguments, **options)
        self.assertEqual(result.returncode, code, result.stderr)
        if code in (OK, INTERRUPTED, TERMINATED):
            self.assertNotIn("error:", result.stderr)
        else:
            self.assertTrue(result.stderr.startswith("llmembed: error: "), result.stderr)
            self.assertEqual(result.stderr.count("error: "), 1, result.stderr)
        return result

    def write(self, name, contents):
        path = self.folder / name
        path.write_text(contents, encoding="utf-8")
        return path
