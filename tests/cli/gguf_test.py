"""Models that are one GGUF file, and files that only look like one."""

import json
import unittest

from program import CORRUPT, NOT_FOUND, OK, UNSUPPORTED, USAGE, ProgramTest
from tiny_gguf import WIDTH, make_gguf


class GgufTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.folder / "model").mkdir()
        cls.model = make_gguf(cls.folder / "model" / "tiny.gguf")

    def variant(self, name, *replacements):
        contents = self.model.read_bytes()
        for old, new in replacements:
            self.assertIn(old, contents)
            contents = contents.replace(old, new, 1)
        path = self.folder / name
        path.write_bytes(contents)
        return path

    def test_inspect(self):
        for path in (self.model, self.model.parent):
            facts = json.loads(self.expect(OK, "inspect", path, "--json").stdout)
            self.assertEqual(
                (facts["kind"], facts["format"], facts["architecture"], facts["tokenizer"]),
                ("model", "GGUF 3", "llama", "gpt2 (gpt-2)"))
            self.assertEqual((facts["width"], facts["layers"]), (WIDTH, 1))
            self.assertEqual(facts["types"]["Q8_0"]["tensors"], 8)
            self.assertEqual(facts["types"]["F32"], {"tensors": 3, "elements": 96, "bytes": 384})
            self.assertEqual(facts["weights_sha256"], facts["tokenizer_sha256"])
        self.assertRegex(self.expect(OK, "inspect", self.model).stdout,
                         r"(?m)^stored as Q8_0 +8 tensors, ")

    def test_weights_run_from_their_blocks_give_the_same_vectors(self):
        texts = self.folder / "texts.txt"
        texts.write_text("a b\nsome more of it\nc\n")
        vectors = {}
        for dtype in ("f32", "int8"):  # bf16 is not on every CPU
            for way in ("auto", "unpacked", "blocks"):
                out = self.folder / f"{dtype}-{way}.npy"
                self.expect(OK, "embed", texts, "--format", "lines", "--model", self.model,
                            "--taps=-1:mean", "--store", "none", "--dtype", dtype, "--gguf-weights", way, "-o", out)
                vectors[dtype, way] = out.read_bytes()
            self.assertEqual(vectors[dtype, "blocks"], vectors[dtype, "unpacked"])
            self.assertEqual(vectors[dtype, "auto"], vectors[dtype, "unpacked"])
        result = self.expect(USAGE, "embed", texts, "--format", "lines", "--model", self.model,
                             "--taps=-1:mean", "--gguf-weights", "packed", "-o", self.folder / "none.npy")
        self.assertIn("auto, unpacked or blocks", result.stderr)

    def test_cut_short(self):
        path = self.folder / "cut.gguf"
        path.write_bytes(self.model.read_bytes()[:-100])
        self.assertIn("cut.gguf: at byte", self.expect(CORRUPT, "inspect", path).stderr)

    def test_lengths_that_lie(self):
        path = self.variant("lie.gguf", (b"\x04\0\0\0\0\0\0\0tiny", b"\xff" * 8 + b"tiny"))
        self.assertIn('key "general.name"', self.expect(CORRUPT, "inspect", path).stderr)

    def test_architecture_that_is_not_done(self):
        path = self.variant("mamba.gguf", (b"\x05\0\0\0\0\0\0\0llama", b"\x05\0\0\0\0\0\0\0mamba"))
        self.assertIn("mamba", self.expect(UNSUPPORTED, "inspect", path).stderr)

    def test_of_several_one_must_be_named(self):
        folder = self.folder / "several"
        folder.mkdir()
        make_gguf(folder / "a.gguf")
        make_gguf(folder / "b.gguf")
        self.expect(NOT_FOUND, "inspect", folder)
        self.expect(OK, "inspect", folder / "a.gguf")


if __name__ == "__main__":
    unittest.main()
