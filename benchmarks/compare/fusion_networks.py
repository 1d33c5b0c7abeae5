"""The fifteen fusions of the paper and their head in PyTorch, and an epoch of training them."""

import re
import time

import numpy as np
import torch

WIDE, NARROW = 4096, 1024
HIDDEN, DROPOUT, SIGMA = (1024, 256), 0.5, 0.3
TRAINED = ("paper-14", "paper-15")  # with the head; what the others give is computed once, before


class CoOccurrence(torch.nn.Module):
    """Taps side by side, [rows, 5 WIDE + 2 NARROW], to the features of the head."""

    def __init__(self, has_average, settings):
        super().__init__()
        self.has_average = has_average
        self.is_normalised = settings.get("rows") == "normalised"
        self.is_upper = settings.get("entries") == "upper"
        self.sigma = float(settings.get("sigma", SIGMA))
        self.compress = torch.nn.ModuleList(
            torch.nn.Sequential(torch.nn.Linear(WIDE, NARROW), torch.nn.ReLU(),
                                torch.nn.Dropout(DROPOUT)) for _ in range(5))
        self.register_buffer("pairs", torch.triu_indices(7, 7))

    def width(self):
        return (28 if self.is_upper else 49) + WIDE * self.has_average

    def forward(self, x):
        llama = x[:, :5 * WIDE].view(len(x), 5, WIDE)
        rows = [layer(llama[:, i]) for i, layer in enumerate(self.compress)]
        others = x[:, 5 * WIDE:].view(len(x), 2, NARROW)
        stacked = torch.cat([torch.stack(rows, dim=1), others], dim=1)
        if self.is_normalised:
            stacked = torch.nn.functional.normalize(stacked, dim=2)
        gram = stacked @ stacked.transpose(1, 2)
        gram = gram[:, self.pairs[0], self.pairs[1]] if self.is_upper else gram.flatten(1)
        pooled = 2 * torch.sigmoid(self.sigma * gram) - 1
        return torch.cat([pooled, llama.mean(1)], dim=1) if self.has_average else pooled


def settings_of(expression):
    """Of its `co`, e.g. {"sigma": "0.3"}."""
    return dict(re.findall(r"(\w+)=([\w.]+)", expression))


def make_network(preset, settings, width, classes):
    """settings: of its `co`, as the expression has them; width: of the rows it is given."""
    parts = []
    if preset in TRAINED:
        parts.append(CoOccurrence(preset == "paper-15", settings))
        width = parts[0].width()
    for inputs, outputs in zip((width, *HIDDEN), HIDDEN):
        parts += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU(), torch.nn.Dropout(DROPOUT)]
    return torch.nn.Sequential(*parts, torch.nn.Linear(HIDDEN[-1], classes))


class Trainer:
    """Trains on rows of a mapped file, standardised as they are taken."""

    def __init__(self, preset, settings, path, rows, classes, batch):
        labels = np.fromfile(f"{path}.labels", "<u4")
        features = np.memmap(path, "<f4", "r").reshape(len(labels), -1)[:rows]
        self.features = torch.from_numpy(features)  # warns that it may not be written to
        self.labels = torch.from_numpy(labels[:rows].astype("i8"))
        sample = features[:4096].astype("f8")  # enough to have the same work to do
        self.mean = torch.tensor(sample.mean(0), dtype=torch.float32)
        self.scale = torch.tensor(1 / sample.std(0), dtype=torch.float32)
        self.batch = batch
        self.network = make_network(preset, settings, features.shape[1], classes)
        # The faster of PyTorch's two: one pass over the parameters, not an operation at a time.
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=1e-3, fused=True)
        self.loss = torch.nn.CrossEntropyLoss()

    def epoch(self):
        """Seconds."""
        start = time.perf_counter()
        order = torch.randperm(len(self.labels))
        total = 0.0
        for chosen in order.split(self.batch):
            x = self.features.index_select(0, chosen).sub_(self.mean).mul_(self.scale)
            self.optimizer.zero_grad()
            loss = self.loss(self.network(x), self.labels[chosen])
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(chosen)
        return time.perf_counter() - start
