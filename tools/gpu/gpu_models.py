"""Random models in transformers' form and in ours, and how far our states are from theirs."""

import numpy
import random

import torch
import transformers

BERT = {"position_table": 1, "token_types": 2, "embedding_norm": 1, "bias": 1, "epsilon": 1e-12}
LLAMA = {"rms": 1, "gated": 1, "final_norm": 1, "theta": 10000, "epsilon": 1e-5}


def _bert(vocabulary, width, layers, heads, inner, positions=512, first=0):
    return {"vocabulary": vocabulary, "width": width, "layers": layers, "heads": heads,
            "kv_heads": heads, "inner": inner, "positions": positions, "first_position": first,
            **BERT}


def _llama(vocabulary, width, layers, heads, kv_heads, inner):
    return {"vocabulary": vocabulary, "width": width, "layers": layers, "heads": heads,
            "kv_heads": kv_heads, "inner": inner, "positions": 4096, **LLAMA}


MODELS = {
    "tiny-llama": _llama(512, 64, 5, 8, 4, 172),
    "minilm": _bert(30522, 384, 6, 12, 1536),
    "bert-large": _bert(30522, 1024, 24, 16, 4096),
    "roberta-large": _bert(50265, 1024, 24, 16, 4096, 514, 2),
    "7b-4-layers": _llama(32000, 4096, 4, 32, 32, 11008),
    "7b": _llama(32000, 4096, 32, 32, 32, 11008),
}
# Of a state from transformers' in f32: of its length, and as a cosine.
F32_BAR = 1e-3
COSINE_BARS = {"bf16": 0.99, "fp8": 0.85}
BLOCK_BAR = 0.985  # fp8: of a token behind one block


def text_lengths():
    """Lengths in tokens like those of SST-2's (25 on average) and R8's texts (120)."""
    numbers = random.Random(1)

    def draw(count, median, spread, least, most):
        return [max(least, min(most, round(median * numbers.lognormvariate(0, spread))))
                for _ in range(count)]

    return {"sst2": draw(8192, 23, 0.45, 4, 70), "r8": draw(1536, 98, 0.65, 12, 512)}


def write_spec(check, name):
    path = check.work / f"{name}.txt"
    path.write_text("".join(f"{key} {number!r}\n" for key, number in MODELS[name].items()))
    return path


def config_of(spec):
    common = {"vocab_size": spec["vocabulary"], "hidden_size": spec["width"],
              "num_hidden_layers": spec["layers"], "num_attention_heads": spec["heads"],
              "intermediate_size": spec["inner"], "max_position_embeddings": spec["positions"]}
    if "gated" in spec:
        return transformers.LlamaConfig(num_key_value_heads=spec["kv_heads"],
                                        rms_norm_eps=spec["epsilon"], **common)
    kind = transformers.RobertaConfig if spec["first_position"] else transformers.BertConfig
    return kind(type_vocab_size=spec["token_types"], layer_norm_eps=spec["epsilon"], **common)


def make(name, dtype, device):
    """A model of transformers with random weights, each a number of bf16."""
    torch.manual_seed(5)
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            model = transformers.AutoModel.from_config(config_of(MODELS[name]),
                                                       attn_implementation="sdpa")
    finally:
        torch.set_default_dtype(before)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            mean, scale = 0.0, 0.05
            if "norm" in key.lower():
                mean, scale = (1.0, 0.1) if key.endswith("weight") else (0.0, 0.1)
            elif parameter.dim() == 2 and "embed" not in key:
                scale = parameter.shape[1] ** -0.5
            parameter.normal_(mean, scale)
            parameter.copy_(parameter.to(torch.bfloat16).to(parameter.dtype))
    return model.eval()


def _tensors(name, model):
    """The weights in the order of tools/gpu/plain_model.h."""
    state = dict(model.named_parameters())

    def both(*modules):
        yield torch.cat([state[f"{module}.weight"] for module in modules])
        if f"{modules[0]}.bias" in state:
            yield torch.cat([state[f"{module}.bias"] for module in modules])

    if "gated" in MODELS[name]:
        yield state["embed_tokens.weight"]
        for i in range(MODELS[name]["layers"]):
            at = f"layers.{i}."
            yield from both(*(f"{at}self_attn.{part}_proj" for part in "qkv"))
            yield from both(f"{at}self_attn.o_proj")
            yield from both(f"{at}mlp.gate_proj", f"{at}mlp.up_proj")
            yield from both(f"{at}mlp.down_proj")
            yield from both(f"{at}input_layernorm")
            yield from both(f"{at}post_attention_layernorm")
        yield from both("norm")
        return
    yield state["embeddings.word_embeddings.weight"]
    yield state["embeddings.position_embeddings.weight"]
    yield state["embeddings.token_type_embeddings.weight"][0]
    yield from both("embeddings.LayerNorm")
    for i in range(MODELS[name]["layers"]):
        at = f"encoder.layer.{i}."
        yield from both(*(f"{at}attention.self.{part}" for part in ("query", "key", "value")))
        for part in ("attention.output.dense", "intermediate.dense", "output.dense",
                     "attention.output.LayerNorm", "output.LayerNorm"):
            yield from both(at + part)


def _write(tensors, path):
    with path.open("wb") as file:
        for tensor in tensors:
            rounded = tensor.detach().to(torch.bfloat16).contiguous().view(torch.int16).cpu()
            file.write(rounded.numpy().tobytes())


def _texts(name):
    numbers = random.Random(2)
    lengths = (1, 7, 16, 33, 64, 130) if name != "tiny-llama" else (1, 2, 17, 40, 300)
    return [[numbers.randrange(5, MODELS[name]["vocabulary"]) for _ in range(length)]
            for length in lengths]


def _reference_states(model, texts, device):
    """[layers + 1, tokens, width]: each text alone."""
    found = []
    with torch.inference_mode():
        for ids in texts:
            states = model(input_ids=torch.tensor([ids], device=device),
                           output_hidden_states=True).hidden_states
            found.append(torch.stack([state[0] for state in states]).float().cpu())
    return torch.cat(found, dim=1).numpy()


def _errors(ours, theirs):
    lengths = numpy.linalg.norm(theirs, axis=-1)
    apart = numpy.linalg.norm(ours - theirs, axis=-1) / lengths
    cosine = (ours * theirs).sum(-1) / (numpy.linalg.norm(ours, axis=-1) * lengths)
    return {"largest_difference": float(apart.max()), "smallest_cosine": float(cosine.min())}


def _same_in_a_crowd(check, name, weights, texts, few):
    """Whether texts have the same states, bit for bit, when thousands of tokens are with them."""
    times = 4096 // few.shape[1] + 1
    ids = check.work / f"{name}.crowd"
    ids.write_text("".join(" ".join(map(str, text)) + "\n" for text in texts * times))
    out = check.work / f"{name}.states"
    check.lines("states", write_spec(check, name), weights, ids, out, "cuda", "bf16")
    many = numpy.fromfile(out, dtype=numpy.float32)
    many = many.reshape(few.shape[0], times * few.shape[1], few.shape[2])
    return bool((many[:, -few.shape[1]:] == few).all())


def compare(check, name, runs, device="cuda"):
    """Our states against transformers' in f32. runs: (device, math type) of ours."""
    torch.backends.cuda.matmul.allow_tf32 = False
    model = make(name, torch.float32, device)
    weights = check.work / f"{name}.bin"
    _write(_tensors(name, model), weights)
    texts = _texts(name)
    ids = check.work / f"{name}.ids"
    ids.write_text("".join(" ".join(map(str, text)) + "\n" for text in texts))
    theirs = _reference_states(model, texts, device)
    found = {}
    for own_device, math in runs:
        out = check.work / f"{name}.states"
        check.lines("states", write_spec(check, name), weights, ids, out, own_device, math)
        ours = numpy.fromfile(out, dtype=numpy.float32).reshape(theirs.shape)
        errors = _errors(ours, theirs)
        errors["ok"] = (errors["largest_difference"] <= F32_BAR if math == "f32"
                        else errors["smallest_cosine"] >= COSINE_BARS[math])
        if own_device == "cuda" and math == "bf16" and name in ("minilm", "7b-4-layers"):
            errors["same_bits_in_a_crowd"] = _same_in_a_crowd(check, name, weights, texts, ours)
        if math == "bf16" and own_device == "cuda":
            in_bf16 = ours
        if math == "fp8" and name in ("bert-large", "7b-4-layers"):
            blocks = _blocks(check, name, in_bf16, model)
            errors["block_cosines"] = blocks
            errors["ok"] = min(blocks.values()) > BLOCK_BAR
        found[f"{own_device} {math}"] = errors
    weights.unlink()
    return found


def _blocks(check, name, states, model):
    """The smallest cosine of a token's state in fp8 behind a block that is fed the bf16 run's input,
    for the first, a middle and the last block. A block is run as a model of one layer whose
    embeddings are those states."""
    spec = dict(MODELS[name], layers=1, vocabulary=states.shape[1], position_table=0, token_types=0,
                embedding_norm=0)
    path = check.work / f"{name}.block.txt"
    path.write_text("".join(f"{key} {number!r}\n" for key, number in spec.items()))
    texts = _texts(name)
    ids = check.work / f"{name}.block.ids"
    places = iter(range(states.shape[1]))
    ids.write_text("".join(" ".join(str(next(places)) for _ in text) + "\n" for text in texts))
    parts = list(_tensors(name, model))
    ends = 1 if "gated" in spec else 0  # the final norm
    begins = 1 if "gated" in spec else 5
    each = (len(parts) - begins - ends) // MODELS[name]["layers"]
    smallest = {}
    for layer in (0, MODELS[name]["layers"] // 2, MODELS[name]["layers"] - 1):
        weights = check.work / f"{name}.block.bin"
        _write([torch.from_numpy(states[layer])] +
               parts[begins + layer * each:begins + (layer + 1) * each] + parts[len(parts) - ends:],
               weights)
        found = []
        for math in ("fp8", "bf16"):
            out = check.work / f"{name}.block.states"
            check.lines("states", path, weights, ids, out, "cuda", math)
            found.append(numpy.fromfile(out, dtype=numpy.float32).reshape(2, *states.shape[1:])[1])
        smallest[layer] = _errors(*found)["smallest_cosine"]
        weights.unlink()
    return smallest


def parity(check, maths):
    found = {}
    for name in ("tiny-llama", "minilm", "bert-large", "roberta-large", "7b-4-layers"):
        runs = [("cuda", math) for math in maths]
        if name == "tiny-llama":
            runs += [("reference", math) for math in maths]
        found[name] = compare(check, name, runs)
        torch.cuda.empty_cache()
        check.results["parity"] = found
        check.save()
    found["ok"] = all(one["ok"] for runs in found.values() for one in runs.values())
    return found
