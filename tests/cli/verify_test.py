"""`verify` on a tiny model of random weights, which has no goldens."""

import json
import unittest

from program import CORRUPT, NOT_FOUND, OK, ProgramTest
from tiny_model import LAYERS, make_model


class VerifyTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_model(cls.folder / "model")

    def test_a_sound_model(self):
        report = json.loads(self.expect(OK, "verify", self.model, "--json").stdout)
        self.assertTrue(report["is_sound"])
        self.assertEqual((report["known_as"], report["problems"]), ("", []))
        self.assertEqual([(check["name"], check["compute_type"]) for check in report["checks"][:2]],
                         [("kernels", "f32"), ("batch", "f32")])
        for check in report["checks"]:
            self.assertEqual(check["first_difference"], "")
            self.assertEqual([state["state"] for state in check["states"]],
                             [str(layer) for layer in range(LAYERS + 1)])
            self.assertTrue(all(state["is_within"] for state in check["states"]))

    def test_a_table_a_check(self):
        shown = self.expect(OK, "verify", self.model).stdout
        self.assertRegex(shown, r"(?m)^known as +no goldens for it$")
        self.assertRegex(shown, r"(?m)^layer +max-abs +max-rel +1-cosine$")
        self.assertRegex(shown, r"(?m)^This CPU and plain loops, f32 \(bar: relative 1e-3\)$")
        self.assertTrue(shown.endswith("\nThe model computes what it should.\n"))

    def test_what_is_no_model(self):
        self.expect(NOT_FOUND, "verify", self.folder / "nothing")
        damaged = make_model(self.folder / "damaged")
        weights = damaged / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-7])
        self.expect(CORRUPT, "verify", damaged)


if __name__ == "__main__":
    unittest.main()
