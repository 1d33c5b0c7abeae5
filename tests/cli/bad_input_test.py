"""Files that are wrong, hostile or in the wrong place: one clear error each, and nothing half-written."""

import gzip
import json
import os
import resource
import shutil
import struct
import subprocess
import unittest

from program import (BAD_DATA, CORRUPT, IO, MISMATCH, NOT_FOUND, OK, PROGRAM, UNSUPPORTED, USAGE,
                     ProgramTest)
from tiny_model import make_model, make_reviews, reviews_csv

RECIPE = """version: 1
name: tiny
backbones:
  - name: tiny
    model: {model}
    max_tokens: 32
fusion: tiny/-1:mean
head:
  kind: logistic_regression
"""


class BadInputTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_model(cls.folder / "model")
        cls.recipe = cls.folder / "recipe.yaml"
        cls.recipe.write_text(RECIPE.format(model=cls.model))
        cls.good = cls.folder / "good.csv"
        cls.good.write_text(reviews_csv(make_reviews(60)))

    def setUp(self):
        self.target = self.folder / "refused.bundle"
        before = set(self.folder.iterdir())
        self.addCleanup(lambda: self.assertFalse(
            [path for path in set(self.folder.iterdir()) - before
             if ".tmp" in path.name or path == self.target], "left behind"))

    def refuse_data(self, code, contents, *says, more=(), name="bad.csv"):
        path = self.folder / name
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        result = self.expect(code, "train", path, "--recipe", self.recipe, "-o", self.target, *more)
        for words in (name, *says) if code != USAGE else says:
            self.assertIn(words, result.stderr)
        return result

    def changed_model(self, name, change):
        """A copy of the model in which `change(folder)` has put something wrong."""
        folder = self.folder / name
        shutil.copytree(self.model, folder)
        change(folder)
        return folder

    def refuse_model(self, code, name, change, *says):
        folder = self.changed_model(name, change)
        result = self.expect(code, "embed", self.good, "--model", folder, "--taps=-1:mean",
                             "-o", self.folder / "refused.npy", "--store", "none")
        self.assertFalse((self.folder / "refused.npy").exists())
        for words in says:
            self.assertIn(words, result.stderr)

    def refuse_recipe(self, code, old, new, *says):
        path = self.write("bad.yaml", RECIPE.format(model=self.model).replace(old, new))
        result = self.expect(code, "train", self.good, "--recipe", path, "-o", self.target)
        for words in ("bad.yaml", *says):
            self.assertIn(words, result.stderr)


def edit_config(change):
    def edit(folder):
        path = folder / "config.json"
        config = json.loads(path.read_text())
        change(config)
        path.write_text(json.dumps(config))
    return edit


def edit_header(change):
    """Changes the header of model.safetensors, whose data stays as it is."""
    def edit(folder):
        path = folder / "model.safetensors"
        contents = path.read_bytes()
        end = 8 + struct.unpack("<Q", contents[:8])[0]
        header = json.loads(contents[8:end])
        change(header)
        text = json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + contents[end:])
    return edit


def edit_bytes(name, change):
    def edit(folder):
        path = folder / name
        path.write_bytes(change(path.read_bytes()))
    return edit


class DataTest(BadInputTest):
    def test_no_such_file(self):
        self.expect(NOT_FOUND, "train", self.folder / "none.csv", "--recipe", self.recipe, "-o",
                    self.target)

    def test_a_folder_for_a_file(self):
        self.expect(IO, "train", self.folder, "--recipe", self.recipe, "-o", self.target)

    def test_empty_file(self):
        self.refuse_data(BAD_DATA, "")

    def test_header_alone(self):
        self.refuse_data(BAD_DATA, "text,label\n")

    def test_wrong_column(self):
        self.refuse_data(NOT_FOUND, "text,label\na,b\n", "'stars'", "label",
                         more=["--label", "stars"])

    def test_one_class_only(self):
        self.refuse_data(BAD_DATA, "text,label\n" + "some text,good\n" * 20, "good")

    def test_lone_quote(self):
        self.refuse_data(BAD_DATA, 'text,label\nfine,good\n"never closed,bad\n' * 2, "line 3")

    def test_a_row_of_too_few_fields(self):
        self.refuse_data(BAD_DATA, "text,label\nfine,good\nonly a text\nsad,bad\n", "line 3")

    def test_ten_megabyte_line(self):
        data = reviews_csv(make_reviews(60)) + "great film " * 1_000_000 + ",good\n"
        self.refuse_data(BAD_DATA, data, "line 62", "4 MiB")

    def test_a_long_line_is_cut_and_counted(self):
        data = reviews_csv(make_reviews(60)) + "great film " * 100_000 + ",good\n"
        report = json.loads(self.expect(OK, "train", self.write("long.csv", data), "--recipe",
                                        self.recipe, "-o", self.folder / "long.bundle",
                                        "--json").stdout)
        self.assertEqual(report["extraction"]["lengths"][0]["cut_texts"], 1)

    def test_nul_bytes(self):
        data = reviews_csv(make_reviews(60)) + "a nul\0 inside,good\n"
        result = self.expect(OK, "train", self.write("nul.csv", data), "--recipe", self.recipe,
                             "-o", self.folder / "nul.bundle")
        self.assertNotIn("\0", result.stdout + result.stderr)

    def test_invalid_utf8_is_reported_with_its_line(self):
        path = self.folder / "latin1.csv"
        path.write_bytes(reviews_csv(make_reviews(60)).encode() + b"caf\xe9 was great,good\n")
        result = self.expect(OK, "train", path, "--recipe", self.recipe, "-o",
                             self.folder / "latin1.bundle")
        self.assertIn("62", result.stdout)
        self.assertIn("utf8", result.stdout.lower().replace("-", "").replace("_", ""))

    def test_broken_gzip(self):
        data = gzip.compress(reviews_csv(make_reviews(500)).encode())
        self.refuse_data(CORRUPT, data[:-20], name="cut.csv.gz")
        self.refuse_data(CORRUPT, data[:100] + b"\xff" * 50 + data[150:], name="flipped.csv.gz")

    def test_broken_jsonl(self):
        self.refuse_data(BAD_DATA, '{"text": "a", "label": "b"}\n{"text": \n', "line 2",
                         name="bad.jsonl")


class ModelTest(BadInputTest):
    def test_truncated_weights(self):
        self.refuse_model(CORRUPT, "m1", edit_bytes("model.safetensors", lambda b: b[:-9]),
                          "model.safetensors")

    def test_empty_weights(self):
        self.refuse_model(CORRUPT, "m2", edit_bytes("model.safetensors", lambda b: b""),
                          "model.safetensors")

    def test_header_beyond_the_file(self):
        huge = struct.pack("<Q", 1 << 62)
        self.refuse_model(CORRUPT, "m3",
                          edit_bytes("model.safetensors", lambda b: huge + b[8:]), "header")

    def test_wrong_dtype(self):
        def change(header):
            entry = header["embeddings.LayerNorm.bias"]
            entry["dtype"] = "I32"
        self.refuse_model(UNSUPPORTED, "m4", edit_header(change), "embeddings.LayerNorm.bias")

    def test_missing_tensor(self):
        def change(header):
            # Renamed, so that the data still has no hole.
            header["other"] = header.pop("encoder.layer.1.output.dense.bias")
        self.refuse_model(MISMATCH, "m5", edit_header(change), "encoder.layer.1.output.dense.bias")

    def test_surplus_tensor(self):
        def change(folder):
            path = folder / "model.safetensors"
            contents = path.read_bytes()
            end = 8 + struct.unpack("<Q", contents[:8])[0]
            header = json.loads(contents[8:end])
            size = len(contents) - end
            header["nobody.wants.this"] = {"dtype": "F32", "shape": [1],
                                           "data_offsets": [size, size + 4]}
            text = json.dumps(header).encode()
            path.write_bytes(struct.pack("<Q", len(text)) + text + contents[end:] + b"\0" * 4)
        self.refuse_model(MISMATCH, "m6", change, "nobody.wants.this")

    def test_overlapping_tensors(self):
        def change(header):
            header["embeddings.LayerNorm.bias"] = header["embeddings.LayerNorm.weight"]
        self.refuse_model(CORRUPT, "m7", edit_header(change))

    def test_wrong_shape(self):
        self.refuse_model(MISMATCH, "m8", edit_config(lambda c: c.update(intermediate_size=32)),
                          "intermediate.dense")

    def test_config_without_a_needed_key(self):
        self.refuse_model(CORRUPT, "m9", edit_config(lambda c: c.pop("hidden_size")),
                          "config.json", "hidden_size")

    def test_config_of_a_strange_kind(self):
        self.refuse_model(UNSUPPORTED, "m10", edit_config(lambda c: c.update(model_type="mamba")),
                          "mamba")

    def test_config_that_divides_by_zero(self):
        self.refuse_model(CORRUPT, "m11", edit_config(lambda c: c.update(num_attention_heads=0)),
                          "num_attention_heads")

    def test_config_of_absurd_size(self):
        self.refuse_model(CORRUPT, "m12", edit_config(lambda c: c.update(hidden_size=1 << 60)),
                          "hidden_size")

    def test_config_that_is_no_json(self):
        self.refuse_model(CORRUPT, "m13", edit_bytes("config.json", lambda b: b"{" * 100_000),
                          "config.json")

    def test_pickled_weights(self):
        def change(folder):
            (folder / "model.safetensors").unlink()
            (folder / "pytorch_model.bin").write_bytes(b"\x80\x02.")
        self.refuse_model(UNSUPPORTED, "m14", change, "pytorch_model.bin")

    def test_weights_that_are_not_finite(self):
        nan = struct.pack("<f", float("nan"))
        self.refuse_model(CORRUPT, "m15",
                          edit_bytes("model.safetensors", lambda b: b[:-4] + nan),
                          "model.safetensors", "NaN")

    def test_no_vocabulary(self):
        self.refuse_model(NOT_FOUND, "m16", lambda folder: (folder / "vocab.txt").unlink(),
                          "vocab.txt")


class RecipeTest(BadInputTest):
    def test_unknown_key(self):
        self.refuse_recipe(BAD_DATA, "max_tokens: 32", "max_token: 32", "max_tokens")

    def test_unknown_pooling(self):
        self.refuse_recipe(BAD_DATA, "-1:mean", "-1:median", "median")

    def test_a_layer_that_is_not_there(self):
        path = self.write("deep.yaml",
                          RECIPE.format(model=self.model).replace("-1:mean", "3:mean"))
        result = self.expect(USAGE, "train", self.good, "--recipe", path, "-o", self.target)
        self.assertIn("0 to 2", result.stderr)

    def test_not_yaml(self):
        self.refuse_recipe(BAD_DATA, "version: 1", "version: [1")

    def test_newer_version(self):
        self.refuse_recipe(MISMATCH, "version: 1", "version: 99", "99")


class BundleTest(BadInputTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bundle = cls.folder / "good.bundle"
        subprocess.run([PROGRAM, "train", cls.good, "--recipe", cls.recipe, "-o", cls.bundle],
                       check=True, capture_output=True)

    def refuse_bundle(self, code, name, change, *says):
        folder = self.folder / name
        shutil.copytree(self.bundle, folder)
        change(folder)
        result = self.expect(code, "predict", folder, stdin="a great film\n")
        self.assertEqual(result.stdout, "")
        for words in says:
            self.assertIn(words, result.stderr)

    def edit_json(self, change):
        def edit(folder):
            path = folder / "bundle.json"
            contents = json.loads(path.read_text())
            change(contents)
            path.write_text(json.dumps(contents))
        return edit

    def test_newer_version(self):
        self.refuse_bundle(MISMATCH, "b1", self.edit_json(lambda b: b.update(version=99)), "99")

    def test_another_backbone(self):
        moved = self.folder / "other_model"
        shutil.copytree(self.model, moved)
        weights = moved / "model.safetensors"
        contents = bytearray(weights.read_bytes())
        contents[-3] ^= 1
        weights.write_bytes(contents)
        self.refuse_bundle(MISMATCH, "b2", edit_bytes(
            "bundle.json", lambda b: b.replace(str(self.model).encode(), str(moved).encode())),
            "weights")

    def test_labels_that_do_not_fit(self):
        self.refuse_bundle(CORRUPT, "b3", self.edit_json(lambda b: b["labels"].append("third")))

    def test_without_its_head(self):
        self.refuse_bundle(NOT_FOUND, "b4", lambda folder: (folder / "head.safetensors").unlink(),
                           "head.safetensors")

    def test_a_target_that_is_not_ours(self):
        precious = self.folder / "precious"
        precious.mkdir()
        (precious / "thesis.txt").write_text("years of work")
        self.expect(USAGE, "train", self.good, "--recipe", self.recipe, "-o", precious)
        self.assertEqual((precious / "thesis.txt").read_text(), "years of work")


class PlaceTest(BadInputTest):
    """Disks and folders that do not take what is to be written."""

    def test_full_disk(self):
        # A limit on a file's size reads like a full disk to whoever writes.
        data = self.write("many.csv", reviews_csv(make_reviews(3_000)))
        output = self.folder / "cut.npy"
        command = [PROGRAM, "embed", data, "--model", self.model, "--taps=-1:mean", "-o", output,
                   "--store", "none"]
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        result = subprocess.run(command, capture_output=True, text=True, check=False,
                                preexec_fn=limit)
        self.assertEqual(result.returncode, IO, result.stderr)
        self.assertEqual(result.stderr.count("error: "), 1)
        self.assertFalse(output.exists())

    def test_full_disk_under_the_store(self):
        # The store is given up with a warning: the vectors were for later, the result is for now.
        data = self.write("many.csv", reviews_csv(make_reviews(3_000)))
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        store = self.folder / "small_store"
        command = [PROGRAM, "train", data, "--recipe", self.recipe, "--store", store, "-o",
                   self.folder / "small.bundle"]
        result = subprocess.run(command, capture_output=True, text=True, check=False,
                                preexec_fn=limit)
        self.assertIn(result.returncode, (OK, IO), result.stderr)
        self.assertIn("store", result.stderr)
        report = json.loads(self.expect(OK, "store", "verify", "--json", "--store", store).stdout)
        self.assertEqual(report["damaged_rows"], 0)

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "skipped: needs setpriv")
    def test_read_only_folder(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o555)
        os.chmod(self.folder, 0o755)
        as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        command = [PROGRAM, "embed", self.good, "--model", self.model, "--taps=-1:mean", "-o",
                   locked / "v.npy", "--store", "none", "--home", self.folder / "nowhere"]
        if os.geteuid() == 0:
            command = as_nobody + command
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, IO, result.stderr)
        self.assertIn("locked", result.stderr)
        self.assertEqual(list(locked.iterdir()), [])


class StoreTest(BadInputTest):
    def embedded(self, name):
        """A store that holds the good texts' vectors, and the command that asks for them."""
        store = self.folder / name
        command = ["embed", self.good, "--model", self.model, "--taps=-1:mean", "-o",
                   self.folder / f"{name}.npy", "--store", store]
        self.expect(OK, *command)
        return store, command, (self.folder / f"{name}.npy").read_bytes()

    def expect_same_vectors(self, name, command, vectors):
        result = self.expect(OK, *command)
        self.assertEqual((self.folder / f"{name}.npy").read_bytes(), vectors)
        return result

    def test_a_newer_store(self):
        store, command, _ = self.embedded("newer")
        path = store / "FORMAT"
        path.write_text(path.read_text().replace("1", "99"))
        result = self.expect(MISMATCH, *command)
        self.assertIn("99", result.stderr)

    def test_a_truncated_store(self):
        store, command, vectors = self.embedded("cut")
        segment = next(store.glob("**/*.seg"))
        segment.write_bytes(segment.read_bytes()[:-5000])
        self.expect_same_vectors("cut", command, vectors)

    def test_a_bit_flipped_store(self):
        store, command, vectors = self.embedded("flipped")
        segment = next(store.glob("**/*.seg"))
        contents = bytearray(segment.read_bytes())
        contents[len(contents) // 2] ^= 4
        segment.write_bytes(contents)
        result = self.expect_same_vectors("flipped", command, vectors)
        self.assertIn("damaged", result.stderr)

    def test_a_bit_flipped_index(self):
        store, command, vectors = self.embedded("index")
        index = store / "index" / "data.mdb"
        contents = bytearray(index.read_bytes())
        for place in range(0, len(contents), 511):
            contents[place] ^= 0x55
        index.write_bytes(contents)
        self.expect_same_vectors("index", command, vectors)

    def test_a_file_where_the_store_should_be(self):
        path = self.write("file_store", "not a store")
        self.expect(IO, "embed", self.good, "--model", self.model, "--taps=-1:mean", "-o",
                    self.folder / "f.npy", "--store", path)


if __name__ == "__main__":
    unittest.main()
