"""The head of the LLMEmbed paper in PyTorch, started and trained on the program's own numbers.

The network is written as the paper's code has it (five compressors, co-occurrence, power
normalisation, the mean of the raw vectors, three layers, softmax before the cross-entropy).
Weights, batches and dropout masks come from the same generator (PCG32) as the program's, written
here again.
"""

import numpy as np
import torch

STREAMS = {"mlp": 1, "shuffle": 2, "dropout": 3, "fusion": 4, "data": 5}
MASK = (1 << 64) - 1
MULTIPLIER = 6364136223846793005
BLOCK = 1 << 16


class Random:
    """base::Random."""

    def __init__(self, seed, stream):
        self.state, self.increment = 0, (stream << 1 | 1) & MASK
        self._block = None
        self.next()
        self.state = (self.state + seed) & MASK
        self.next()

    def next(self):
        old = self.state
        self.state = (old * MULTIPLIER + self.increment) & MASK
        xorshifted = (((old >> 18) ^ old) >> 27) & 0xFFFFFFFF
        rotation = old >> 59
        return (xorshifted >> rotation | xorshifted << (-rotation & 31)) & 0xFFFFFFFF

    def _steps(self):
        """What a state is multiplied by, and what is added, to get k steps on: [BLOCK] each."""
        if self._block is None:
            factors, terms = np.ones(1, "u8"), np.zeros(1, "u8")
            factor, term = MULTIPLIER, self.increment  # of len(factors) steps
            while len(factors) < BLOCK:
                terms = np.concatenate([terms, terms * np.uint64(factor) + np.uint64(term)])
                factors = np.concatenate([factors, factors * np.uint64(factor)])
                factor, term = factor * factor & MASK, (factor + 1) * term & MASK
            self._block = factors, terms, factor, term
        return self._block

    def draw(self, count):
        """The same as `count` calls of next(), [count]."""
        parts = []
        for start in range(0, count, BLOCK):
            length = min(BLOCK, count - start)
            factors, terms, factor, term = self._steps()
            old = factors[:length] * np.uint64(self.state) + terms[:length]
            xorshifted = (((old >> np.uint64(18)) ^ old) >> np.uint64(27)) & np.uint64(0xFFFFFFFF)
            rotation = old >> np.uint64(59)
            left = (np.uint64(32) - rotation) & np.uint64(31)
            parts.append((xorshifted >> rotation | xorshifted << left) & np.uint64(0xFFFFFFFF))
            if length == BLOCK:
                self.state = (self.state * factor + term) & MASK
            else:
                self.state = (int(factors[length]) * self.state + int(terms[length])) & MASK
        return np.concatenate(parts) if parts else np.zeros(0, "u8")

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
        pairs = self.draw(2 * int(np.prod(shape))).reshape(-1, 2)
        high, low = pairs[:, 0] >> np.uint64(5), pairs[:, 1] >> np.uint64(6)
        return (2.0 * ((high * 67108864.0 + low) / 9007199254740992.0) - 1.0).reshape(shape)

    def mask(self, rate, *shape):
        kept = self.draw(int(np.prod(shape))) >= int(rate * 4294967296.0)
        return torch.tensor(kept.reshape(shape) / (1.0 - rate), dtype=torch.float32)


def _linear(inputs, outputs, random):
    """torch.nn.Linear's own distribution, drawn as the program draws: the weight, then the bias."""
    layer = torch.nn.Linear(inputs, outputs)
    bound = inputs ** -0.5
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(bound * random.uniforms(outputs, inputs)))
        layer.bias.copy_(torch.tensor(bound * random.uniforms(outputs)))
    return layer


class PaperHead(torch.nn.Module):
    """case: seed, wide, narrow (widths of Llama's and of the encoders' vectors), hidden, classes,
    sigma, dropout, double_softmax."""

    def __init__(self, case):
        super().__init__()
        self.case = case
        wide, narrow = case["wide"], case["narrow"]
        fusion, mlp = (Random(case["seed"], STREAMS[name]) for name in ("fusion", "mlp"))
        self.compress = torch.nn.ModuleList(_linear(wide, narrow, fusion) for _ in range(5))
        sizes = [49 + wide, *case["hidden"], case["classes"]]
        self.layers = torch.nn.ModuleList(_linear(a, b, mlp) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x, dropout=None):
        """dropout: draws the masks; None: no dropout, as when it predicts."""
        wide, narrow = self.case["wide"], self.case["narrow"]
        llama = [x[:, i * wide:(i + 1) * wide] for i in range(5)]
        others = [x[:, 5 * wide + i * narrow:5 * wide + (i + 1) * narrow] for i in range(2)]
        rows = [self._drop(torch.relu(layer(part)), dropout)
                for layer, part in zip(self.compress, llama)]
        stacked = torch.stack(rows + others, dim=1)
        gram = stacked @ stacked.transpose(1, 2)
        co = 2 * torch.sigmoid(self.case["sigma"] * gram.flatten(1)) - 1
        x = torch.cat([co, torch.stack(llama).mean(0)], dim=1)
        for layer in self.layers[:-1]:
            x = self._drop(torch.relu(layer(x)), dropout)
        x = self.layers[-1](x)
        return torch.softmax(x, dim=1) if self.case["double_softmax"] else x

    def _drop(self, x, dropout):
        return x if dropout is None else x * dropout.mask(self.case["dropout"], *x.shape)


def train(case, x, y):
    """(the head, the mean loss of each epoch). case: batch, rate and epochs besides. x [rows, 5
    wide + 2 narrow], y [rows]."""
    model = PaperHead(case)
    optimizer = torch.optim.Adam(model.parameters(), lr=case["rate"])
    loss_of = torch.nn.CrossEntropyLoss()
    shuffle, dropout = (Random(case["seed"], STREAMS[name]) for name in ("shuffle", "dropout"))
    order, losses = list(range(len(x))), []
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
    return model, losses
