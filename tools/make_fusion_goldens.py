#!/usr/bin/env python3
"""Writes what PyTorch computes of the paper's head, for the tests of the trained fusion.

    tools/make_fusion_goldens.py [--check]        (pip install torch==2.4.1 numpy==1.26.4)

paper_head.py has the network and the program's generator, from which the data come as well. --check
computes everything anew and compares with the file instead of writing it.
"""
import json
import pathlib
import sys

import numpy as np
import torch

import paper_head

GOLDEN = (pathlib.Path(__file__).resolve().parent.parent / "src" / "llmembed" / "head" / "testdata"
          / "fusion_golden.json")


def losses_of(case):
    data = paper_head.Random(case["seed"], paper_head.STREAMS["data"])
    width = 5 * case["wide"] + 2 * case["narrow"]
    x = data.uniforms(case["rows"], width).astype(np.float32)
    labels = [row % case["classes"] for row in range(case["rows"])]
    for row, label in enumerate(labels):  # something to learn
        x[row, label::case["classes"]] += np.float32(0.5)
    x *= np.float32(case["scale"])
    return paper_head.train(case, torch.tensor(x), torch.tensor(labels))[1]


def cases():
    small = {"seed": 3, "rows": 48, "wide": 20, "narrow": 8, "hidden": [16, 12], "classes": 3,
             "sigma": 0.3, "dropout": 0.5, "rate": 1e-3, "double_softmax": False, "scale": 1.0}
    yield {**small, "name": "a step an epoch", "batch": 48, "epochs": 50}
    yield {**small, "name": "many batches, the last one short", "batch": 20, "epochs": 17}
    yield {**small, "name": "the paper's loss", "batch": 48, "epochs": 50, "double_softmax": True}
    yield {**small, "name": "no dropout, fast", "batch": 48, "epochs": 50, "dropout": 0.0,
           "rate": 3e-3}
    yield {**small, "name": "large vectors, whose co-occurrence is saturated", "batch": 16,
           "epochs": 34, "rate": 1e-2, "double_softmax": True, "scale": 8.0, "narrow": 16}


def main():
    torch.set_num_threads(1)
    made = [{**case, "losses": losses_of(case)} for case in cases()]
    if "--check" not in sys.argv[1:]:
        GOLDEN.write_text(json.dumps({"torch": torch.__version__.split("+")[0], "cases": made},
                                     indent=1) + "\n")
        return 0
    worst = 0.0
    for ours, theirs in zip(made, json.loads(GOLDEN.read_text())["cases"], strict=True):
        worst = max(worst, *(abs(a / b - 1) for a, b in zip(ours["losses"], theirs["losses"])))
        print(f"{ours['name']:36} {len(ours['losses'])} losses, first {ours['losses'][0]:.6f}, "
              f"last {ours['losses'][-1]:.6f}")
    print(f"largest relative difference from {GOLDEN.name}: {worst:.2e}")
    return 0 if worst < 1e-5 else 1


if __name__ == "__main__":
    sys.exit(main())
