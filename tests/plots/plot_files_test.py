"""Charts as other programs read them: well-formed, nothing active in them, all of it in the picture."""

import csv
import math
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "g", "rect", "line", "polyline", "polygon", "circle", "text"}
NUMBER = re.compile(r"-?\d+(\.\d{1,2})?")
HOSTILE = "<b>&\"quoted\"'\ufffd\ufffd</text> café, 中"


class PlotFilesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="llmembed-plots-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        subprocess.run([os.environ["LLMEMBED_PLOT_SAMPLES"], folder.name], check=True)
        cls.roots = {path.name: ElementTree.parse(path).getroot()
                     for path in sorted(cls.folder.glob("*.svg"))}

    def texts(self, name):
        return [element.text for element in self.roots[name].iter(SVG + "text")]

    def count(self, name, tag):
        return len(list(self.roots[name].iter(SVG + tag)))

    def rows(self, name):
        with open(self.folder / name, newline="", encoding="utf-8", errors="replace") as file:
            return list(csv.DictReader(file, strict=True))

    def test_there_are_charts_of_every_kind(self):
        self.assertEqual(set(self.roots), {
            "epochs.svg", "layers.svg", "many.svg", "one_point.svg", "flat.svg", "large.svg",
            "hostile.svg", "models.svg", "models_log.svg", "crowd.svg", "single.svg"})

    def test_nothing_in_them_is_active_or_from_elsewhere(self):
        for name, root in self.roots.items():
            for element in root.iter():
                self.assertIn(element.tag.removeprefix(SVG), ELEMENTS, name)
                for key in element.attrib:
                    self.assertFalse(key.startswith("on") or "href" in key or key == "style", key)

    def test_every_number_is_plain_and_inside_the_picture(self):
        for name, root in self.roots.items():
            left, top, width, height = map(float, root.get("viewBox").split())
            self.assertEqual((left, top), (0.0, 0.0))
            for element in root.iter():
                for key in ("x", "x1", "x2", "cx", "y", "y1", "y2", "cy"):
                    if element.get(key) is None or element in root.findall(f"{SVG}g[@transform]/*"):
                        continue
                    self.assertTrue(NUMBER.fullmatch(element.get(key)), element.attrib)
                    limit = width if "x" in key else height
                    self.assertTrue(0 <= float(element.get(key)) <= limit, (name, element.attrib))
                for pair in (element.get("points") or "").split():
                    x, y = pair.split(",")
                    self.assertTrue(NUMBER.fullmatch(x) and NUMBER.fullmatch(y), pair)
                    self.assertTrue(0 <= float(x) <= width and 0 <= float(y) <= height, pair)

    def test_a_line_chart_has_its_series(self):
        self.assertEqual(self.count("epochs.svg", "polyline"), 3 + 1)  # the frame
        bands = [e for e in self.roots["epochs.svg"].iter(SVG + "polygon") if e.get("fill-opacity")]
        self.assertEqual(len(bands), 3)
        for text in ("Accuracy by epoch, SST-2", "epoch", "accuracy", "co-occurrence pooling",
                     "concatenation", "mean", "30", "0.9"):
            self.assertEqual(self.texts("epochs.svg").count(text), 1, text)
        looks = {(e.get("stroke"), e.get("stroke-dasharray"))
                 for e in self.roots["many.svg"].iter(SVG + "polyline")}
        self.assertEqual(len(looks), 28 + 1)

    def test_values_lie_where_the_ticks_say(self):
        """Of every point of a line: its place, by the ticks' places, is its value in the CSV."""
        root = self.roots["epochs.svg"]
        scale = {}
        for axis, group in zip("yx", root.findall(SVG + "g")):
            places = [line.get(axis + "1") for line in group.iter(SVG + "line")
                      if line.get("stroke") == "#222222"]
            values = [float(text.text) for text in group.iter(SVG + "text")]
            (first, last), (low, high) = (float(places[0]), float(places[-1])), (values[0], values[-1])
            scale[axis] = lambda at, f=first, l=last, a=low, b=high: a + (at - f) / (l - f) * (b - a)
        rows = self.rows("epochs.csv")
        lines = [e for e in root.iter(SVG + "polyline") if e.get("stroke-width") == "2"]
        pairs = [tuple(map(float, pair.split(","))) for e in lines for pair in e.get("points").split()]
        self.assertEqual(len(pairs), len(rows))
        for (x, y), row in zip(pairs, rows):
            self.assertAlmostEqual(scale["x"](x), float(row["x"]), delta=1e-3)
            self.assertAlmostEqual(scale["y"](y), float(row["y"]), delta=1e-4)

    def test_a_scatter_chart_names_its_points(self):
        for name in ("models.svg", "models_log.svg"):
            for row in self.rows("models.csv"):
                self.assertIn(row["name"], self.texts(name))
        front = [row["name"] for row in self.rows("models.csv") if row["pareto_front"] == "yes"]
        self.assertEqual(front, ["minilm", "distilbert", "bert-base", "roberta-base", "mpnet",
                                 "roberta-large", "llama-7b", "llama-7b + bert + roberta"])
        for text in ("10", "100", "1000"):
            self.assertIn(text, self.texts("models_log.svg"))
        self.assertEqual(self.count("crowd.svg", "circle"), 40 + 2)

    def test_texts_from_outside_are_texts(self):
        self.assertEqual(self.texts("hostile.svg").count(HOSTILE), 4)  # title, two axes, legend
        self.assertEqual(self.texts("single.svg").count(HOSTILE), 2)
        self.assertIn("\x01", self.rows("hostile.csv")[0]["series"])

    def test_csv_has_every_number(self):
        raw = (self.folder / "epochs.csv").read_bytes()
        self.assertEqual(raw.count(b"\n"), raw.count(b"\r\n"))
        rows = self.rows("epochs.csv")
        self.assertEqual(len(rows), 90)
        for row in rows:
            low, y, high = (float(row[key]) for key in ("low", "y", "high"))
            self.assertTrue(low < y < high and math.isfinite(y))


if __name__ == "__main__":
    unittest.main()
