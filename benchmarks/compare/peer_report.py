"""What benchmarks/compare/peers prints: a Markdown table, the bars, and all of it as JSON."""

import dataclasses
import json
import statistics

import peer_bars


def distance(vectors, reference):
    """1 - cosine, the mean over texts."""
    import numpy
    a, b = vectors[:len(reference)].astype("f8"), reference.astype("f8")
    cosine = (a * b).sum(1) / numpy.linalg.norm(a, axis=1) / numpy.linalg.norm(b, axis=1)
    return max(0.0, float(numpy.mean(1 - cosine)))


@dataclasses.dataclass
class Row:
    model: str
    texts: str
    runner: str
    rates: list  # texts a second, of each round
    milliseconds: float  # for 1,000 tokens
    distance: float = None
    accuracy: tuple = None  # int8, f32
    setting: str = None

    def __str__(self):
        far = "" if self.distance is None else f"{self.distance:.1e}"
        points = "" if self.accuracy is None else "{:.2f} ({:.2f})".format(*self.accuracy)
        return (f"| {self.model} | {self.texts} | {self.runner} | "
                f"{statistics.median(self.rates):,.0f} "
                f"({min(self.rates):,.0f}-{max(self.rates):,.0f}) | {self.milliseconds:.1f} | "
                f"{far} | {points} | {self.setting or ''} |")


class Report:
    """Prints each set as soon as it is measured."""

    def __init__(self, title):
        self.title = title
        self.rows = []
        self.notes = []
        self.verdicts = []
        print(title + "\n\n| model | texts | runner | texts/s: median (range) | "
              "ms per 1,000 tokens | 1 - cosine | int8's accuracy (f32's), % | setting |\n"
              "|---|---|---|---|---|---|---|---|", flush=True)

    def add(self, text_set, found, reference, runners, accuracies):
        count = len(text_set.texts)
        tokens = next(run.tokens * count / texts
                      for runs in found.values() for texts, run in runs if run.tokens)
        vectors = found[reference][0][1].vectors[:count]

        def row(runner, seconds, **more):
            return Row(text_set.model, text_set.title, runner, [1 / value for value in seconds],
                       1e6 * statistics.median(seconds) * count / tokens, **more)

        rows, seconds = [], {}
        for name, runs in found.items():
            seconds[name] = [run.seconds / texts for texts, run in runs]
            rows.append(row(name, seconds[name], distance=distance(runs[0][1].vectors, vectors),
                            accuracy=accuracies.get(name), setting=runners[name].setting))
            if runs[0][1].process_seconds:
                rows.append(row(f"{name}, whole process",
                                [run.process_seconds / texts for texts, run in runs]))
        rows.sort(key=lambda row: -statistics.median(row.rates))
        print("\n".join(map(str, rows)), flush=True)
        self.rows += rows
        self.verdicts += peer_bars.check(text_set, seconds, accuracies)
        self.notes.append(f"{text_set.model}, {text_set.title}: {count:,} texts, "
                          f"{tokens / count:.1f} tokens on average")

    def end(self, stopwatch, with_accuracy):
        self.notes.append(f"{stopwatch.rejected} measurements were disturbed and repeated")
        if stopwatch.disturbed:
            self.notes.append(f"{stopwatch.disturbed} disturbed ones count, as the patience was "
                              "gone: NOT QUIET, measure again")
        if not with_accuracy:
            self.notes.append("any int8 peer counts as the best one, whatever accuracy it loses: "
                              "see --accuracy")
        print("\n" + "\n".join(self.notes) + "\n\n" + "\n".join(map(str, self.verdicts)))

    def write(self, path):
        path.write_text(json.dumps({
            "title": self.title, "rows": list(map(dataclasses.asdict, self.rows)),
            "notes": self.notes, "bars": list(map(dataclasses.asdict, self.verdicts)),
            "missed": sum(verdict.is_missed for verdict in self.verdicts)}, indent=1) + "\n")
