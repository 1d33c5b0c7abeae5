"""PyTorch on the same GPU: its fastest matrix product, and transformers on the same texts."""

import time

import torch

import gpu_models


def _seconds(work, repeats):
    work()
    torch.cuda.synchronize()
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    for _ in range(repeats):
        work()
    end.record()
    torch.cuda.synchronize()
    return begin.elapsed_time(end) * 1e-3 / repeats


def ceiling():
    """TFLOP/s of x W^T in bf16 for the 7B's layers, on random numbers."""
    found = {}
    for inputs, outputs in ((4096, 12288), (4096, 4096), (4096, 22016), (11008, 4096)):
        weight = torch.randn(outputs, inputs, device="cuda", dtype=torch.bfloat16) * inputs ** -0.5
        for tokens in (4096, 8192, 16384):
            x = torch.randn(tokens, inputs, device="cuda", dtype=torch.bfloat16)
            seconds = _seconds(lambda: x @ weight.T, 20)
            found[f"{tokens} x {inputs} -> {outputs}"] = round(
                2e-12 * tokens * inputs * outputs / seconds, 1)
    best = max(found.values())
    torch.cuda.empty_cache()
    return {"tflops": found, "best": best, "sustained": _sustained()}


def _sustained(seconds=3.0, tokens=8192):
    """The four products of a layer in turn, until the card is as hot as it gets."""
    shapes = ((4096, 12288), (4096, 4096), (4096, 22016), (11008, 4096))
    weights = [torch.randn(outputs, inputs, device="cuda", dtype=torch.bfloat16) * inputs ** -0.5
               for inputs, outputs in shapes]
    texts = [torch.randn(tokens, inputs, device="cuda", dtype=torch.bfloat16)
             for inputs, _ in shapes]

    def layer():
        for weight, x in zip(weights, texts):
            torch.matmul(x, weight.T)

    once = _seconds(layer, 20)
    took = _seconds(layer, max(20, round(seconds / once)))
    return round(2e-12 * tokens * sum(inputs * outputs for inputs, outputs in shapes) / took, 1)


def _batches(lengths, size, length=None):
    """Token counts of batches of `size` texts, longest first, padded to their longest."""
    if length is not None:
        return [(size, length)] * (len(lengths) // size)
    ordered = sorted(lengths, reverse=True)
    return [(len(part), part[0], part) for part in
            (ordered[i:i + size] for i in range(0, len(ordered), size))]


def _embed_sorted(model, lengths, size, vocabulary):
    """Mean-pooled last states of all texts, as a careful user of transformers computes them."""
    for count, longest, part in _batches(lengths, size):
        ids = torch.randint(5, vocabulary, (count, longest))
        mask = torch.arange(longest)[None, :] < torch.tensor(part)[:, None]
        ids, mask = ids.cuda(non_blocking=True), mask.cuda(non_blocking=True)
        states = model(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        weights = mask[..., None].to(states.dtype)
        ((states * weights).sum(1) / weights.sum(1)).float().cpu()


def _embed_padded(model, batches, size, length, vocabulary):
    """As the paper's code: all texts padded to one length, every layer's states kept, their mean
    over all positions for five layers."""
    for _ in range(batches):
        ids = torch.randint(5, vocabulary, (size, length)).cuda()
        mask = torch.ones_like(ids)
        mask[:, length // 4:] = 0
        states = model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
        for layer in states[-5:]:
            layer.mean(1).float().cpu()


def _time(work):
    """Of the second time: PyTorch keeps what memory the first one made it ask for."""
    work()
    torch.cuda.synchronize()
    begin = time.monotonic()
    work()
    torch.cuda.synchronize()
    return time.monotonic() - begin


# Batches of texts that are tried; padded: texts and length as the paper's code has them.
PLAN = {
    "7b": {"sst2": ((64, 192, 512), (90, 128)), "r8": ((8, 16, 48), (10, 1024))},
    "bert-large": {"sst2": ((256, 1024, 4096), (512, 512)), "r8": ((64, 128, 256), (512, 512))},
    "minilm": {"sst2": ((1024, 4096), None), "r8": ((128, 256), None)},
}


def peers(check):
    lengths = gpu_models.text_lengths()
    found = {}
    with torch.inference_mode():
        for name, plan in PLAN.items():
            model = gpu_models.make(name, torch.bfloat16, "cuda")
            vocabulary = gpu_models.MODELS[name]["vocabulary"]
            for texts, (sizes, padded) in plan.items():
                some = lengths[texts][::4] if name == "7b" else lengths[texts]
                rates = {size: round(len(some) / _time(
                    lambda: _embed_sorted(model, some, size, vocabulary)), 1) for size in sizes}
                found[f"{name} {texts}"] = {"sorted": rates, "best": max(rates.values())}
                if padded is not None:
                    size, length = padded
                    batches = max(2, 8192 * 8 // (size * length))
                    seconds = _time(lambda: _embed_padded(model, batches, size, length, vocabulary))
                    found[f"{name} {texts}"]["padded"] = round(batches * size / seconds, 1)
                check.results["peers"] = found
                check.save()
            del model
            torch.cuda.empty_cache()
    return found
