#!/usr/bin/env python3
"""Compares our logistic regression with scikit-learn's on synthetic and real vectors.

    tools/compare_head.py --driver build/dev/compare_head_driver [--vectors NAME=FILE.npz ...]

The driver is tools/compare_head_driver.cc. An .npz file holds X_train,
y_train, X_test, y_test. scikit-learn comes from pinned_packages.py.
Exits with 1 when a head differs by more than the two solvers' tolerances explain.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import pinned_packages


def run_driver(driver, case, config):
    """Our head's logits on the test rows, and what it says of its training."""
    import numpy as np
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        case["X_train"].astype("<f4").tofile(folder / "train.f32")
        case["X_test"].astype("<f4").tofile(folder / "test.f32")
        case["y_train"].astype("<u4").tofile(folder / "labels.u32")
        rows = np.arange(len(case["y_train"]), dtype="<u4")
        validation = case.get("validation", rows[:0])
        np.setdiff1d(rows, validation).astype("<u4").tofile(folder / "fit.u32")
        validation.astype("<u4").tofile(folder / "validation.u32")
        classes = int(case["y_train"].max()) + 1
        config = {**config, "width": case["X_train"].shape[1], "classes": classes}
        (folder / "config.json").write_text(json.dumps(config))
        subprocess.run([driver, name], check=True)
        logits = np.fromfile(folder / "logits.f32", "<f4").reshape(-1, classes)
        return logits, json.loads((folder / "result.json").read_text())


def softmax(logits):
    import numpy as np
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def synthetic_cases():
    import numpy as np
    from sklearn.datasets import make_classification

    def make(name, rows, width, classes, shift=0.0, scale=1.0, weights=None):
        x, y = make_classification(
            n_samples=rows, n_features=width, n_informative=width // 2, n_redundant=width // 8,
            n_classes=classes, weights=weights, flip_y=0.05, random_state=7)
        random = np.random.default_rng(3)
        x = x * np.exp(random.normal(size=width) * scale) + shift * random.normal(size=width)
        half = rows * 2 // 3
        x = x.astype(np.float32)
        return name, {"X_train": x[:half], "y_train": y[:half],
                      "X_test": x[half:], "y_test": y[half:]}

    return [
        make("binary", 3000, 64, 2),
        make("binary, large means", 3000, 64, 2, shift=100.0),
        make("binary, 5 % positive", 6000, 64, 2, weights=[0.95]),
        make("10 classes", 6000, 96, 10),
        make("30 classes, wide", 3000, 768, 30),
    ]


def load_vectors(argument):
    import numpy as np
    name, path = argument.split("=", 1)
    arrays = np.load(path)
    labels = {label: i for i, label in enumerate(sorted(set(arrays["y_train"].tolist())))}
    encode = np.vectorize(lambda label: labels.get(label, len(labels)))
    return name, {"X_train": arrays["X_train"], "y_train": encode(arrays["y_train"]),
                  "X_test": arrays["X_test"], "y_test": encode(arrays["y_test"])}


def compare_fixed(driver, case, c, balanced):
    """One C, both solvers to the bottom of the same objective."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    scaler = StandardScaler().fit(case["X_train"].astype(np.float64))
    model = LogisticRegression(C=c, tol=1e-6, max_iter=10000,
                               class_weight="balanced" if balanced else None)
    start = time.perf_counter()
    model.fit(scaler.transform(case["X_train"].astype(np.float64)), case["y_train"])
    their_seconds = time.perf_counter() - start
    theirs = model.predict_proba(scaler.transform(case["X_test"].astype(np.float64)))
    logits, result = run_driver(driver, case,
                                {"c_values": [c], "balanced": balanced,
                                 "gradient_tolerance": 1e-6})
    ours = softmax(logits)
    difference = float(np.abs(ours - theirs).max())
    agreement = float((ours.argmax(1) == theirs.argmax(1)).mean())
    accuracy = [float((p.argmax(1) == case["y_test"]).mean()) for p in (ours, theirs)]
    good = agreement >= 0.999 and difference <= 5e-3
    print(f"  C {c:<6g} {'balanced' if balanced else '        '} accuracy {accuracy[0]:.4f} "
          f"(theirs {accuracy[1]:.4f})  same prediction {agreement:.4%}  largest difference of "
          f"a probability {difference:.1e}  {result['seconds']:.2f} s (theirs "
          f"{their_seconds:.2f} s)  {result['log'][-1]['iterations']} iterations"
          f"{'' if result['converged'] else ', not converged'}{'' if good else '  DIFFERS'}")
    return good


def show_grid(driver, case):
    """The default configuration, C chosen on a tenth of the training rows."""
    import numpy as np
    from sklearn.model_selection import train_test_split
    rows = np.arange(len(case["y_train"]), dtype="<u4")
    counts = np.bincount(case["y_train"])
    splittable = rows[counts[case["y_train"]] >= 2]
    _, validation = train_test_split(
        splittable, test_size=max(len(rows) // 10, len(counts)), random_state=1,
        stratify=case["y_train"][splittable])
    logits, result = run_driver(driver, {**case, "validation": np.sort(validation)}, {})
    accuracy = float((logits.argmax(1) == case["y_test"]).mean())
    fits = sum(entry["iterations"] for entry in result["log"])
    print(f"  {result['description']}: accuracy {accuracy:.4f}, {result['seconds']:.2f} s, "
          f"{fits} iterations in {len(result['log'])} fits")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--driver", required=True)
    parser.add_argument("--vectors", action="append", default=[], metavar="NAME=FILE.npz")
    parser.add_argument("--python", help="an interpreter that has the pinned scikit-learn")
    arguments = parser.parse_args()
    pinned_packages.require("scikit-learn", "numpy", python=arguments.python)
    good = True
    for name, case in [*synthetic_cases(), *map(load_vectors, arguments.vectors)]:
        print(f"{name}: {len(case['y_train'])} x {case['X_train'].shape[1]}, "
              f"{int(case['y_train'].max()) + 1} classes")
        for c in (0.01, 1.0, 100.0):
            good &= compare_fixed(arguments.driver, case, c, balanced=False)
        good &= compare_fixed(arguments.driver, case, 1.0, balanced=True)
        show_grid(arguments.driver, case)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
