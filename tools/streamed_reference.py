"""`transformers` on a model of any size: a layer's weights are in memory only while it runs.

All texts run in one padded batch, so that each layer is read once; what padding gives is dropped.
"""

import copy
import json

import numpy as np
import torch
import transformers
from safetensors import safe_open

import full_size_models
import reference_states


class _Weights:
    def __init__(self, folder, dtype):
        index = json.loads((folder / "model.safetensors.index.json").read_text())
        self._files = index["weight_map"]
        self._folder = folder
        self._dtype = dtype

    def load_into(self, module, prefix):
        """Gives the module all parameters it has, from the tensors of these names."""
        states = {}
        for name, _ in module.named_parameters():
            file = self._folder / self._files[prefix + name]
            with safe_open(file, framework="pt") as tensors:
                states[name] = tensors.get_tensor(prefix + name).to(self._dtype)
        module.load_state_dict(states, strict=True, assign=True)


def _empty(module, *_):
    module.to_empty(device="meta")


def _open(folder, dtype):
    """The model, its layers filled while they run and emptied afterwards."""
    config = transformers.AutoConfig.from_pretrained(folder)
    without_layers = copy.deepcopy(config)
    without_layers.num_hidden_layers = 0
    model = transformers.AutoModel.from_config(without_layers, attn_implementation="eager",
                                               torch_dtype=dtype)
    weights = _Weights(folder, dtype)
    weights.load_into(model, "")
    whole = full_size_models.skeleton(config)
    paths = {layer: path for path, layer in whole.named_modules()}
    for layer in reference_states.layers_of(whole):
        prefix = paths[layer] + "."
        layer.register_forward_pre_hook(
            lambda module, _, prefix=prefix: weights.load_into(module, prefix))
        layer.register_forward_hook(_empty)
        reference_states.layers_of(model).append(layer)
    model.config.num_hidden_layers = config.num_hidden_layers
    return model.eval()


@torch.inference_mode()
def states(folder, texts, dtype):
    """As reference_states.states."""
    model = _open(folder, dtype)
    longest = max(map(len, texts))
    pad = model.config.pad_token_id or 0
    ids = torch.tensor([text + [pad] * (longest - len(text)) for text in texts])
    mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts])
    with reference_states.LastBlock(model) as last:
        outputs = model(ids, attention_mask=mask, output_hidden_states=True, **(
            {"use_cache": False} if reference_states.has_final_norm(model) else {}))
    named = {f"layer.{i}": state for i, state in enumerate(outputs.hidden_states)}
    if reference_states.has_final_norm(model):
        named["before_final_norm"] = last.state
    return {name: np.concatenate([state[i, :len(text)].float().numpy()
                                  for i, text in enumerate(texts)])
            for name, state in named.items()}
