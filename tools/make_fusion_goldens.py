#!/usr/bin/env python3
"""Writes what PyTorch computes of the paper's head, for the tests of the trained fusion.

    tools/make_fusion_goldens.py [--check]        (pip install torch==2.4.1 numpy==1.26.4)

The network is written as the paper's code has it (five compressors, co-occurrence, power
normalisation, the mean of the raw vectors, three layers). Weights, batches, dropout masks and data
come from the same generator (PCG32) as the program's, written here again, so that both train on the
same numbers. --check computes everything anew and compares with the file instead of writing it.
"""
import json
import pathlib
import sys

import numpy as np
import torch

GOLDEN = (pathlib.Path(__file__).resolve().parent.parent / "src" / "llmembed" / "head" / "testdata"
          / "fusion_golden.json")
STREAMS = {"mlp": 1, "shuffle": 2, "dropout": 3, "fusion": 4, "data": 5}
MASK = (1 << 64) - 1


class Random:
    """base::Random."""

    def __init__(self, seed, stream):
        self.state, self.increment = 0, (stream << 1 | 1) & MASK
        self.next()
        self.state = (self.state + seed) & MASK
        self.next()

    def next(self):
        old = self.state
        self.state = (old * 6364136223846793005 + self.increment) & MASK
        xorshifted = (((old >> 18) ^ old) >> 27) & 0xFFFFFFFF
        rotation = old >> 59
        return (xorshifted >> rotation | xorshifted << (-rotation & 31)) & 0xFFFFFFFF

    def uniform(self):
        high, low = self.next() >> 5, self.next() >> 6
        return (high * 67108864.0 + low) / 9007199254740992.0

    def below(self, bound):
        product = self.next() * bound
        if product & 0xFFFFFFFF < bound:
            threshold = (1 << 32) % bound
            while product & 0xFFFFFFFF < threshold:
                product = self.next() * bound
        return product >> 32

    def shuffle(self, items):
        for i in range(len(items), 1, -1):
            j = self.below(i)
            items[i - 1], items[j] = items[j], items[i - 1]

    def uniforms(self, *shape):
        """Within -1 and 1."""
        count = int(np.prod(shape))
        return np.array([2.0 * self.uniform() - 1.0 for _ in range(count)]).reshape(shape)

    def mask(self, rate, *shape):
        count = int(np.prod(shape))
        kept = np.array([self.next() >= int(rate * 4294967296.0) for _ in range(count)])
        return torch.tensor(kept.reshape(shape) / (1.0 - rate), dtype=torch.float32)


def linear(inputs, outputs, random):
    """torch.nn.Linear's own distribution, drawn as the program draws: the weight, then the bias."""
    layer = torch.nn.Linear(inputs, outputs)
    bound = inputs ** -0.5
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(bound * random.uniforms(outputs, inputs)))
        layer.bias.copy_(torch.tensor(bound * random.uniforms(outputs)))
    return layer


class PaperHead(torch.nn.Module):
    def __init__(self, case):
        super().__init__()
        self.case = case
        wide, narrow = case["wide"], case["narrow"]
        fusion, mlp = (Random(case["seed"], STREAMS[name]) for name in ("fusion", "mlp"))
        self.compress = torch.nn.ModuleList(linear(wide, narrow, fusion) for _ in range(5))
        sizes = [49 + wide, *case["hidden"], case["classes"]]
        self.layers = torch.nn.ModuleList(linear(a, b, mlp) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x, dropout):
        wide, narrow, rate = (self.case[key] for key in ("wide", "narrow", "dropout"))
        llama = [x[:, i * wide:(i + 1) * wide] for i in range(5)]
        others = [x[:, 5 * wide + i * narrow:5 * wide + (i + 1) * narrow] for i in range(2)]
        rows = [torch.relu(layer(part)) * dropout.mask(rate, len(x), narrow)
                for layer, part in zip(self.compress, llama)]
        stacked = torch.stack(rows + others, dim=1)
        gram = stacked @ stacked.transpose(1, 2)
        co = 2 * torch.sigmoid(self.case["sigma"] * gram.flatten(1)) - 1
        x = torch.cat([co, torch.stack(llama).mean(0)], dim=1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
            x = x * dropout.mask(rate, *x.shape)
        x = self.layers[-1](x)
        return torch.softmax(x, dim=1) if self.case["double_softmax"] else x


def train(case):
    data = Random(case["seed"], STREAMS["data"])
    width = 5 * case["wide"] + 2 * case["narrow"]
    x = data.uniforms(case["rows"], width).astype(np.float32)
    labels = [row % case["classes"] for row in range(case["rows"])]
    for row, label in enumerate(labels):  # something to learn
        x[row, label::case["classes"]] += np.float32(0.5)
    x, y = torch.tensor(x), torch.tensor(labels)
    model = PaperHead(case)
    optimizer = torch.optim.Adam(model.parameters(), lr=case["rate"])
    loss_of = torch.nn.CrossEntropyLoss()
    shuffle, dropout = (Random(case["seed"], STREAMS[name]) for name in ("shuffle", "dropout"))
    order, losses = list(range(case["rows"])), []
    for _ in range(case["epochs"]):
        shuffle.shuffle(order)
        total = 0.0
        for start in range(0, len(order), case["batch"]):
            batch = order[start:start + case["batch"]]
            optimizer.zero_grad()
            loss = loss_of(model(x[batch], dropout), y[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / len(order))
    return losses


def cases():
    small = {"seed": 3, "rows": 48, "wide": 20, "narrow": 8, "hidden": [16, 12], "classes": 3,
             "sigma": 0.3, "dropout": 0.5, "rate": 1e-3, "double_softmax": False}
    yield {**small, "name": "a step an epoch", "batch": 48, "epochs": 50}
    yield {**small, "name": "many batches, the last one short", "batch": 20, "epochs": 17}
    yield {**small, "name": "the paper's loss", "batch": 48, "epochs": 50, "double_softmax": True}
    yield {**small, "name": "no dropout, fast", "batch": 48, "epochs": 50, "dropout": 0.0,
           "rate": 3e-3}


def main():
    torch.set_num_threads(1)
    made = [{**case, "losses": train(case)} for case in cases()]
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
