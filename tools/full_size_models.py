"""Models of real sizes with random weights, written shard by shard as bf16."""

import json

import torch
import transformers
from safetensors.torch import save_file

CONFIGURATIONS = {
    "bert-large": lambda: transformers.BertConfig(
        hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096),
    "roberta-large": lambda: transformers.RobertaConfig(
        vocab_size=50265, hidden_size=1024, num_hidden_layers=24, num_attention_heads=16,
        intermediate_size=4096, max_position_embeddings=514, type_vocab_size=1,
        layer_norm_eps=1e-5, pad_token_id=1),
    "llama-2-7b": lambda: transformers.LlamaConfig(
        vocab_size=32000, hidden_size=4096, num_hidden_layers=32, num_attention_heads=32,
        intermediate_size=11008, max_position_embeddings=4096, rms_norm_eps=1e-5),
}


def skeleton(config):
    """The model without memory for its weights."""
    with torch.device("meta"):
        return transformers.AutoModel.from_config(config, attn_implementation="eager")


def _matrix_scale(name, parameter, config):
    """Decoders as `transformers` initialises them. Encoders so that a block's input and output are of
    like size, and queries find some keys more than others: with flatter attention all tokens of a deep
    encoder become one."""
    if isinstance(config, transformers.LlamaConfig):
        return config.initializer_range
    chooses = any(part in name for part in ("query", "key"))
    return (2.0 if chooses else 0.8) / parameter.shape[-1] ** 0.5


def _random_weight(name, parameter, config, is_embedding, seed):
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(parameter.shape, generator=generator)
    if is_embedding:
        return noise * 0.02
    if parameter.dim() >= 2:
        return noise * _matrix_scale(name, parameter, config)
    return noise * 0.02 if name.endswith("bias") else 1.0 + noise * 0.1


def _shards(model, layers):
    """Lists of parameter names: each layer's, and what is outside of them."""
    inside = [[f"{path}.{name}" for name, _ in module.named_parameters()]
              for path, module in model.named_modules() if module in layers]
    known = {name for shard in inside for name in shard}
    return [[name for name, _ in model.named_parameters() if name not in known], *inside]


def write(name, folder, layers_of, seed=1):
    """Writes the model, at most a layer in memory; returns its bytes."""
    config = CONFIGURATIONS[name]()
    model = skeleton(config)
    parameters = dict(model.named_parameters())
    embeddings = {f"{path}.weight" for path, module in model.named_modules()
                  if isinstance(module, torch.nn.Embedding)}
    folder.mkdir(parents=True, exist_ok=True)
    config.architectures = [type(model).__name__]
    config.torch_dtype = torch.bfloat16
    config.save_pretrained(folder)
    shards = _shards(model, set(layers_of(model)))
    order = {parameter: i for i, parameter in enumerate(parameters)}
    weight_map, total = {}, 0
    for number, names in enumerate(shards):
        file = f"model-{number + 1:05}-of-{len(shards):05}.safetensors"
        tensors = {parameter: _random_weight(parameter, parameters[parameter], config,
                                             parameter in embeddings,
                                             seed * 10_000 + order[parameter]).bfloat16()
                   for parameter in names}
        save_file(tensors, folder / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(names, file)
        total += sum(tensor.nbytes for tensor in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1))
    return total
