"""Every hidden state of a model by `transformers`, under the names of tests/parity/state_dump.cc."""

import torch
import transformers


def _load(kind, folder, dtype):
    """The model, and what its file does not hold."""
    model, info = kind.from_pretrained(folder, torch_dtype=dtype, attn_implementation="eager",
                                       output_loading_info=True)
    return model.eval(), set(info["missing_keys"])


def load(folder, dtype=torch.float32):
    """The model without a task's head; pooler: None where the file holds none."""
    model, missing = _load(transformers.AutoModel, folder, dtype)
    if missing and all("pooler." in name for name in missing):
        model.pooler = None  # it would be a random one
    elif missing:  # Gemma3TextModel does not see the weights of a Gemma3ForCausalLM
        model, missing = _load(transformers.AutoModelForCausalLM, folder, dtype)
        if missing - {"lm_head.weight"}:
            raise ValueError(f"{folder}: transformers misses {sorted(missing)} in the file")
        model = model.model
    return model


def layers_of(model):
    """The model's blocks."""
    for path in ("encoder.layer", "transformer.layer", "layers"):
        try:
            return model.get_submodule(path)
        except AttributeError:
            continue
    raise ValueError(f"{type(model).__name__} keeps its layers where this script does not look")


def has_final_norm(model):
    return hasattr(model, "norm")


class LastBlock:
    """Keeps what the last block made: hidden_states[-1] may be behind a norm."""

    def __init__(self, model):
        self.state = None
        self._handle = layers_of(model)[-1].register_forward_hook(self._keep)

    def _keep(self, _module, _inputs, outputs):
        self.state = outputs[0] if isinstance(outputs, tuple) else outputs

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._handle.remove()


@torch.inference_mode()
def states_of_text(model, ids):
    """{name: f32 [tokens, width]}, of the pooler [1, width]"""
    with LastBlock(model) as last:
        outputs = model(torch.tensor([ids]), output_hidden_states=True)
    states = {f"layer.{i}": state[0] for i, state in enumerate(outputs.hidden_states)}
    if has_final_norm(model):
        states["before_final_norm"] = last.state[0]
    if getattr(outputs, "pooler_output", None) is not None:
        states["pooler"] = outputs.pooler_output
    return {name: state.float() for name, state in states.items()}


def states(folder, texts, dtype=torch.float32):
    """The texts' states end to end: {name: f32 [tokens of all texts (or texts), width]}. Each text runs alone,
    where rotary scaling is dynamic in a model of its own: it would keep the longest text's angles.
    """
    model = load(folder, dtype)
    scaling = getattr(model.config, "rope_scaling", None) or {}
    is_dynamic = scaling.get("rope_type", scaling.get("type")) == "dynamic"
    parts = []
    for ids in texts:
        parts.append(states_of_text(model, ids))
        if is_dynamic:
            model = load(folder, dtype)
    return {name: torch.cat([part[name] for part in parts]).numpy() for name in parts[0]}
