"""Random models of random configurations, saved as Hugging Face folders, and texts for them."""

import json

import torch
import transformers
from safetensors.torch import load_file, save_file

import random_configs

# What older files leave out: its default stands in for it.
OPTIONAL_KEYS = ("attention_bias", "mlp_bias", "rope_scaling", "rope_theta", "sliding_window",
                 "tie_word_embeddings", "use_sliding_window")
LENGTHS = (1, 2, 3, 15, 16, 17, 31, 33, 64)  # around the rows that kernels take at a time


def randomise(model, seed, gain=1.0):
    """Weights at which layers neither vanish nor explode, and norms and biases that matter."""
    generator = torch.Generator().manual_seed(seed)
    embeddings = {module.weight for module in model.modules()
                  if isinstance(module, torch.nn.Embedding)}
    # Gemma multiplies its embeddings by this.
    width = model.config.hidden_size if "gemma" in model.config.model_type else 1
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter in embeddings:
                parameter.copy_(noise / width ** 0.5)
            elif parameter.dim() >= 2:
                parameter.copy_(noise * gain / parameter.shape[-1] ** 0.5)
            else:  # a norm around 1 (or 0, where it is stored so), or a bias around 0
                parameter.add_(noise * 0.2)
    return model


def _thin_out(folder):
    """Takes out of config.json what older versions did not write."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    default = transformers.AutoConfig.for_model(config["model_type"]).to_dict()
    for key in OPTIONAL_KEYS:
        if key in config and config[key] == default.get(key):
            del config[key]
    if config["model_type"] in ("llama", "mistral"):  # elsewhere a default that is a number
        if config.get("head_dim") == config["hidden_size"] // config["num_attention_heads"]:
            del config["head_dim"]
    if config["model_type"] == "llama":
        if config.get("num_key_value_heads") == config["num_attention_heads"]:
            del config["num_key_value_heads"]
    if config.pop("layer_types", None) and "_sliding_window_pattern" in config:
        config["sliding_window_pattern"] = config.pop("_sliding_window_pattern")
    path.write_text(json.dumps(config, indent=2))


def _add_old_tensors(folder, positions):
    """What older files hold besides: constants, and other names of a norm's parameters."""
    path = folder / "model.safetensors"
    tensors = {}
    for name, tensor in load_file(path).items():
        if name.endswith("embeddings.word_embeddings.weight"):
            ids = torch.arange(positions).expand(1, -1).contiguous()
            tensors[name.replace("word_embeddings.weight", "position_ids")] = ids
        if name.endswith("self_attn.q_proj.weight"):
            constant = name.replace("q_proj.weight", "rotary_emb.inv_freq")
            tensors[constant] = torch.ones(4)
        for new, old in (("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias",
                                                                  "LayerNorm.beta")):
            name = name.replace(new, old)
        tensors[name] = tensor
    save_file(tensors, path, metadata={"format": "pt"})


def save(drawn, seed, folder):
    """Saves a random model as one of many real files would be; returns what was chosen."""
    pick = random_configs.Chooser(seed)
    kind = pick.choice(drawn.classes)
    model = randomise(getattr(transformers, kind)(drawn.config), seed, pick.uniform(0.6, 1.4))
    dtype = pick.choice((torch.float32, torch.float32, torch.bfloat16, torch.float16))
    is_sharded = pick.chance(0.3)
    shard_bytes = model.to(dtype).get_memory_footprint() // 3 if is_sharded else 1 << 30
    model.save_pretrained(folder, safe_serialization=True, max_shard_size=shard_bytes)
    is_thin = "num_key_value_heads" in drawn.config.to_dict() and pick.chance(0.4)
    if is_thin:
        _thin_out(folder)
    is_old = not is_sharded and pick.chance(0.3)
    if is_old:
        _add_old_tensors(folder, drawn.config.max_position_embeddings)
    chosen = [kind, str(dtype).removeprefix("torch.")]
    return (chosen + ["sharded"] * is_sharded + ["old keys only"] * is_thin +
            ["old tensors"] * is_old)


def make_texts(drawn, seed):
    """Texts of token ids, from one token to as many as the positions serve."""
    pick = random_configs.Chooser(seed + 1)
    lengths = [1, drawn.longest]
    lengths += pick.sample([length for length in LENGTHS if 1 < length < drawn.longest], k=3)
    vocabulary = drawn.config.vocab_size
    texts = [[pick.randrange(vocabulary) for _ in range(length)] for length in lengths]
    if drawn.literal_ids:
        for text in texts[1:]:
            for _ in range(1 + len(text) // 8):
                text[pick.randrange(len(text))] = pick.choice(drawn.literal_ids)
    pick.shuffle(texts)
    return texts
