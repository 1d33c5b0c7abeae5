#!/usr/bin/env python3
"""Writes the reference numbers of the head and eval tests, made with scikit-learn 1.5.2.

    tools/make_head_goldens.py     (pip install scikit-learn==1.5.2 numpy==1.26.4 scipy==1.14.1)
"""
import json
import pathlib

import numpy as np
import sklearn
from scipy import stats
from sklearn import metrics
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src" / "llmembed"


def rounded(values, digits=9):
    return np.round(np.asarray(values, dtype=np.float64), digits).tolist()


def logistic_case(name, rows, width, classes, c, balanced):
    x, y = make_classification(
        n_samples=rows, n_features=width, n_informative=width - 1, n_redundant=0,
        n_clusters_per_class=1, n_classes=classes, class_sep=0.8, flip_y=0.1,
        weights=[0.7] + [0.3 / (classes - 1)] * (classes - 1), random_state=11)
    # Values that f32 holds exactly, with means and spreads far from 0 and 1.
    x = np.round((x * np.linspace(0.5, 20, width) + np.linspace(-30, 30, width)) * 64) / 64
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=c, tol=1e-10, max_iter=100000,
                               class_weight="balanced" if balanced else None)
    model.fit(scaler.transform(x), y)
    return {"name": name, "width": width, "classes": classes, "c": c, "balanced": balanced,
            "features": x.ravel().tolist(), "labels": y.tolist(),
            "probabilities": rounded(model.predict_proba(scaler.transform(x)).ravel())}


def metrics_case(name, labels, truth, predicted, seed):
    """`probabilities` are random, of f32; `truth` may hold labels past the predicted ones."""
    known = len(labels)
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(known), len(truth)).astype(np.float32)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    every = list(range(known))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=every, zero_division=0)
    return {"name": name, "labels": labels, "truth": truth, "predicted": predicted,
            "probabilities": [float(p) for p in probabilities.ravel()],
            "accuracy": metrics.accuracy_score(truth, predicted),
            "macro_f1": metrics.f1_score(truth, predicted, average="macro", zero_division=0),
            "log_loss": metrics.log_loss(truth, probabilities, labels=every),
            "precision": rounded(precision), "recall": rounded(recall), "f1": rounded(f1),
            "support": support.tolist(),
            "confusion": metrics.confusion_matrix(truth, predicted, labels=every).tolist()}


def wilson_case(correct, total):
    interval = stats.binomtest(correct, total).proportion_ci(0.95, method="wilson")
    return {"correct": correct, "total": total, "low": interval.low, "high": interval.high}


def write(path, **content):
    path.parent.mkdir(exist_ok=True)
    made_with = f"scikit-learn {sklearn.__version__}"
    path.write_text(json.dumps({"made_with": made_with, **content}) + "\n")


def main():
    write(SOURCE / "head" / "testdata" / "logistic_golden.json", cases=[
        logistic_case("binary", 60, 4, 2, 1.0, False),
        logistic_case("binary, balanced", 60, 4, 2, 0.3, True),
        logistic_case("binary, strong penalty", 60, 4, 2, 0.01, False),
        logistic_case("four classes", 90, 6, 4, 1.0, False),
        logistic_case("four classes, balanced", 90, 6, 4, 10.0, True),
    ])
    random = np.random.default_rng(5)
    write(SOURCE / "eval" / "testdata" / "metrics_golden.json", cases=[
        metrics_case("binary", ["no", "yes"], random.integers(0, 2, 50).tolist(),
                     random.integers(0, 2, 50).tolist(), 1),
        metrics_case("four classes", list("abcd"), random.integers(0, 4, 80).tolist(),
                     random.integers(0, 4, 80).tolist(), 2),
        metrics_case("one class never predicted, one never true, one neither", list("abcde"),
                     [0, 0, 1, 1, 2, 2, 2, 0], [0, 3, 0, 1, 0, 3, 1, 0], 3),
    ], wilson=[wilson_case(45, 50), wilson_case(0, 10), wilson_case(10, 10),
               wilson_case(1, 2), wilson_case(9876, 10000)])


if __name__ == "__main__":
    main()
