"""The installed library from outside: found by CMake and by pkg-config, linked, run."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = SOURCE / "examples" / "embed_texts"
sys.path.insert(0, str(SOURCE / "tests" / "cli"))
from tiny_model import WIDTH, make_model  # pylint: disable=wrong-import-position

BUILD, CMAKE, GENERATOR, CXX, CXX_FLAGS, NM, PKG_CONFIG = (
    os.environ[f"PACKAGE_{name}"]
    for name in ("BUILD", "CMAKE", "GENERATOR", "CXX", "CXX_FLAGS", "NM", "PKG_CONFIG"))

TEXTS = ["the film was great", "so dull", "a very lovely film and so it is", "so dull"]


def run(*command, **options):
    """A finished run and both of its streams in one text."""
    return subprocess.run([str(part) for part in command], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="llmembed-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        os.environ["LLMEMBED_HOME"] = str(cls.folder / "home")
        installed = run(CMAKE, "--install", BUILD, "--prefix", cls.folder / "installed")
        if installed.returncode != 0:
            raise AssertionError(installed.stdout)
        # Whatever remembers where it was installed is found out.
        cls.prefix = (cls.folder / "installed").rename(cls.folder / "moved")
        cls.library = next(cls.prefix.rglob("libllmembed.so"))
        cls.model = make_model(cls.folder / "model")
        cls.texts = cls.folder / "texts.txt"
        cls.texts.write_text("\n".join(TEXTS) + "\n")

    def expect(self, code, *command, **options):
        result = run(*command, **options)
        self.assertEqual(result.returncode, code, f"{command}\n{result.stdout}")
        return result.stdout

    def configure(self, source, name, code):
        return self.expect(code, CMAKE, "-S", source, "-B", self.folder / name, "-G", GENERATOR,
                           f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_CXX_COMPILER={CXX}",
                           f"-DCMAKE_CXX_FLAGS={CXX_FLAGS}")

    def check_example(self, program, environment=None):
        """Runs it; its vectors must be those of the installed program, bit by bit."""
        ours, theirs = self.folder / "ours.npy", self.folder / "theirs.npy"
        shown = self.expect(0, program, self.model, self.texts, ours, env=environment)
        self.assertIn(f"{len(TEXTS)} texts in {ours}", shown)
        self.expect(0, self.prefix / "bin" / "llmembed", "embed", self.texts, "--format", "lines",
                    "--model", self.model, "--taps", "-1:mean", "-o", theirs, "--store", "none",
                    "--quiet")
        vectors = ours.read_bytes()
        self.assertEqual(vectors, theirs.read_bytes())
        self.assertIn(f"'shape': ({len(TEXTS)}, {WIDTH})", vectors[:128].decode("latin-1"))
        self.assertTrue(any(vectors[-4 * WIDTH:]))
        shown = self.expect(1, program, self.folder / "nowhere", self.texts, ours, env=environment)
        self.assertIn("error (not_found): ", shown)

    def test_cmake_finds_it_and_the_example_runs(self):
        self.configure(EXAMPLE, "example", 0)
        self.expect(0, CMAKE, "--build", self.folder / "example")
        self.check_example(self.folder / "example" / "embed_texts")

    def test_another_minor_version_is_refused(self):
        project = self.folder / "project"
        project.mkdir()
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(other LANGUAGES CXX)\n"
            "find_package(llmembed 0.2 REQUIRED)\n")
        self.assertIn("version: 0.1", self.configure(project, "other", 1))

    def test_pkg_config_finds_it(self):
        environment = {**os.environ, "PKG_CONFIG_PATH": str(self.library.parent / "pkgconfig"),
                       "LD_LIBRARY_PATH": str(self.library.parent)}
        flags = self.expect(0, PKG_CONFIG, "--cflags", "--libs", "llmembed", env=environment)
        program = self.folder / "by_pkg_config"
        self.expect(0, CXX, "-std=c++20", *shlex.split(CXX_FLAGS), EXAMPLE / "main.cc", "-o",
                    program, *shlex.split(flags))
        self.check_example(program, environment)

    def test_it_shows_only_its_own_names(self):
        shown = self.expect(0, NM, "--dynamic", "--defined-only", "--demangle", "--format=posix",
                            self.library)
        names = [re.sub(r" [A-Za-z] [0-9a-f].*$", "", line) for line in shown.splitlines()]
        self.assertIn("llmembed::Version()", names)
        internal = r"llmembed::(base|tensor|compute|weights|nn|backbone|text|data|store|hub|fusion|" \
                   r"head|recipe|extract|bundle|pipeline)::"
        for name in names:
            self.assertRegex(name, r"^llmembed::")
            self.assertNotRegex(name, internal)
            self.assertNotIn("Impl", name)

    def test_the_layers_stay_behind(self):
        """No static library, no internal header and no dependency reaches the user."""
        installed = {path.name for path in self.prefix.rglob("*") if path.is_file()}
        self.assertFalse([name for name in installed if name.endswith(".a")])
        headers = {path.name for path in (SOURCE / "include" / "llmembed").iterdir()}
        self.assertEqual({name for name in installed if name.endswith(".h")}, headers)
        for script in self.prefix.rglob("*.cmake"):
            self.assertNotIn("find_dependency(", script.read_text())
        self.assertTrue((self.library.parent / "libllmembed.so.0").exists())


if __name__ == "__main__":
    unittest.main()
