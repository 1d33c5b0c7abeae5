"""Random small configurations of every architecture, drawn from the axes that real files use.

Each function of CONFIGURATIONS takes a Chooser and returns a Drawn. Sizes are odd on purpose: they
miss the rows and columns that kernels take at a time.
"""

import dataclasses
import random

import transformers

ACTIVATIONS = ("gelu", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "silu", "quick_gelu",
               "gelu_fast", "gelu_python")
GATED_ACTIVATIONS = ("silu", "silu", "silu", "gelu", "gelu_pytorch_tanh", "relu", "swish")
THETAS = (100.0, 10_000.0, 10_000, 100_000.0, 500_000.0, 1_000_000.0)


@dataclasses.dataclass
class Drawn:
    config: transformers.PretrainedConfig
    classes: tuple  # of transformers, one of which is saved: with or without a task's head
    longest: int  # text that the positions serve, in tokens
    literal_ids: tuple = ()  # ids that texts should hold because they mean something


class Chooser(random.Random):
    """A generator with the draws that configurations have in common."""

    def chance(self, probability):
        return self.random() < probability

    def layers(self):
        return self.randint(1, 5)

    def vocabulary(self):
        return self.randrange(37, 331, 2)

    def inner(self, width):
        return self.randint(width // 2 + 1, 3 * width)

    def heads(self, sizes=(3, 4, 5, 7, 8, 11, 12, 16, 20, 24, 31, 32, 33, 48, 64)):
        """(heads, head size), at most 192 wide."""
        size = self.choice(sizes)
        return self.randint(1, max(1, min(8, 192 // size))), size

    def grouped_heads(self):
        """(heads, kv heads, head size) for rotary positions."""
        kv_heads, size = self.heads((4, 6, 8, 10, 12, 14, 16, 22, 24, 32, 34, 48, 64, 66))
        ratios = [ratio for ratio in (1, 2, 3, 4, 7, 8) if ratio * kv_heads * size <= 256]
        return kv_heads * self.choice(ratios or [1]), kv_heads, size

    def epsilon(self):
        return self.choice((1e-12, 1e-6, 1e-5, 1e-3))


def _encoder_sizes(pick):
    heads, size = pick.heads()
    width = heads * size
    return {"vocab_size": pick.vocabulary(), "hidden_size": width, "intermediate_size":
            pick.inner(width), "num_attention_heads": heads, "num_hidden_layers": pick.layers(),
            "max_position_embeddings": pick.randint(24, 160), "hidden_act":
            pick.choice(ACTIVATIONS), "layer_norm_eps": pick.epsilon()}


def bert(pick):
    config = transformers.BertConfig(**_encoder_sizes(pick), type_vocab_size=pick.randint(1, 3),
                                     pad_token_id=pick.randint(0, 5))
    return Drawn(config, ("BertModel", "BertModel", "BertForMaskedLM",
                          "BertForSequenceClassification"), config.max_position_embeddings)


def _fairseq(pick, kind):
    config = getattr(transformers, f"{kind}Config")(
        **_encoder_sizes(pick), type_vocab_size=pick.randint(1, 2),
        pad_token_id=pick.choice((0, 1, 1, 2, 9)))
    classes = (f"{kind}Model", f"{kind}Model", f"{kind}ForMaskedLM",
               f"{kind}ForSequenceClassification")
    return Drawn(config, classes, config.max_position_embeddings - config.pad_token_id - 1,
                 literal_ids=(config.pad_token_id,))


def roberta(pick):
    return _fairseq(pick, "Roberta")


def xlm_roberta(pick):
    return _fairseq(pick, "XLMRoberta")


def distilbert(pick):
    heads, size = pick.heads()
    width = heads * size
    config = transformers.DistilBertConfig(
        vocab_size=pick.vocabulary(), dim=width, hidden_dim=pick.inner(width), n_heads=heads,
        n_layers=pick.layers(), max_position_embeddings=pick.randint(24, 160),
        activation=pick.choice(ACTIVATIONS), sinusoidal_pos_embds=pick.chance(0.3))
    return Drawn(config, ("DistilBertModel", "DistilBertForMaskedLM",
                          "DistilBertForSequenceClassification"), config.max_position_embeddings)


def mpnet(pick):
    sizes = _encoder_sizes(pick)
    sizes["max_position_embeddings"] = pick.choice((60, 300, 514))  # the bias reaches 128 tokens
    config = transformers.MPNetConfig(**sizes)
    return Drawn(config, ("MPNetModel", "MPNetForMaskedLM", "MPNetForSequenceClassification"),
                 config.max_position_embeddings - 2, literal_ids=(1,))


def _scaled_rope(pick, kinds, newer):
    """(rope_scaling, max_position_embeddings, longest text): texts go beyond the original length
    wherever it decides the angles."""
    kind = pick.choice(kinds)
    key = pick.choice(("rope_type", "type"))
    positions = pick.randint(40, 200)
    factor = pick.choice((1.5, 2.0, 4.0, 8.0))
    if kind is None:
        return None, positions, positions
    if kind in ("linear", "dynamic"):
        positions = pick.randint(12, 60)
        return {key: kind, "factor": factor}, positions, min(int(positions * factor), 220)
    scaling = {"rope_type": kind, "factor": factor}
    original = int(positions / factor)
    if kind == "llama3":
        scaling |= {"low_freq_factor": pick.choice((1.0, 1.5)), "high_freq_factor":
                    pick.choice((2.0, 4.0)), "original_max_position_embeddings": original}
    else:
        if pick.chance(0.5):
            scaling |= {"beta_fast": pick.choice((4.0, 16.0, 32.0)), "beta_slow":
                        pick.choice((1.0, 2.0))}
        if pick.chance(0.3):
            scaling["attention_factor"] = pick.choice((1.0, 1.2))
        if newer:  # the earlier transformers takes max_position_embeddings for it
            scaling["original_max_position_embeddings"] = original
    return scaling, positions, positions


def _decoder_sizes(pick, kinds=(None,), newer=False):
    """Keywords of a decoder's configuration, and its longest text."""
    heads, kv_heads, size = pick.grouped_heads()
    width = heads * size
    scaling, positions, longest = _scaled_rope(pick, kinds, newer)
    return {"vocab_size": pick.vocabulary(), "hidden_size": width, "intermediate_size":
            pick.inner(width), "num_hidden_layers": pick.layers(), "num_attention_heads": heads,
            "num_key_value_heads": kv_heads, "hidden_act": pick.choice(GATED_ACTIVATIONS),
            "max_position_embeddings": positions, "rms_norm_eps": pick.epsilon(),
            "rope_theta": pick.choice(THETAS), "rope_scaling": scaling, "tie_word_embeddings":
            pick.chance(0.5), "pad_token_id": pick.choice((None, None, 0, 3))}, longest


def _head_dim(pick, sizes):
    """A head size that the width says nothing about."""
    if pick.chance(0.5):
        return sizes["hidden_size"] // sizes["num_attention_heads"]
    return pick.choice((8, 10, 16, 24, 34))


def _decoder_classes(kind):
    return (f"{kind}Model", f"{kind}ForCausalLM", f"{kind}ForCausalLM",
            f"{kind}ForSequenceClassification")


def llama(pick):
    sizes, longest = _decoder_sizes(pick, (None, None, "linear", "dynamic", "llama3", "yarn"))
    config = transformers.LlamaConfig(**sizes, attention_bias=pick.chance(0.3),
                                      mlp_bias=pick.chance(0.3))
    return Drawn(config, _decoder_classes("Llama"), longest)


def llama_newer(pick):
    """What only a later transformers does: head sizes of their own, yarn's original length."""
    sizes, longest = _decoder_sizes(pick, (None, "dynamic", "llama3", "yarn", "yarn"), newer=True)
    config = transformers.LlamaConfig(**sizes, head_dim=_head_dim(pick, sizes),
                                      attention_bias=pick.chance(0.3), mlp_bias=pick.chance(0.3))
    return Drawn(config, _decoder_classes("Llama"), longest)


def _window(pick):
    return pick.choice((None, 1, 2, 5, 16, 33))


def mistral(pick):
    sizes, longest = _decoder_sizes(pick)
    del sizes["rope_scaling"]
    config = transformers.MistralConfig(**sizes, head_dim=_head_dim(pick, sizes),
                                        sliding_window=_window(pick))
    return Drawn(config, _decoder_classes("Mistral"), longest)


def starcoder2(pick):
    sizes, longest = _decoder_sizes(pick, (None, None, "yarn", "linear"), newer=True)
    sizes["norm_epsilon"] = sizes.pop("rms_norm_eps")
    sizes["hidden_act"] = pick.choice(ACTIVATIONS)
    config = transformers.Starcoder2Config(**sizes, use_bias=pick.chance(0.7),
                                           sliding_window=_window(pick))
    return Drawn(config, _decoder_classes("Starcoder2"), longest)


def qwen2(pick):
    sizes, longest = _decoder_sizes(pick)
    del sizes["rope_scaling"]
    return Drawn(transformers.Qwen2Config(**sizes), _decoder_classes("Qwen2"), longest)


def _qwen_windows(pick, sizes):
    """Windows in the layers from one on; listed per layer too, as the later transformers saves."""
    return {"use_sliding_window": pick.chance(0.6), "sliding_window": pick.choice((2, 5, 16, 33)),
            "max_window_layers": pick.randint(0, sizes["num_hidden_layers"])}


def qwen2_newer(pick):
    sizes, longest = _decoder_sizes(pick, (None, None, "yarn", "dynamic"), newer=True)
    config = transformers.Qwen2Config(**sizes, **_qwen_windows(pick, sizes))
    return Drawn(config, _decoder_classes("Qwen2"), longest)


def qwen3(pick):
    sizes, longest = _decoder_sizes(pick, (None, None, "yarn", "linear"), newer=True)
    config = transformers.Qwen3Config(**sizes, **_qwen_windows(pick, sizes), head_dim=_head_dim(
        pick, sizes), attention_bias=pick.chance(0.3))
    return Drawn(config, _decoder_classes("Qwen3"), longest)


def _gemma_sizes(pick, kinds=(None,), newer=False):
    sizes, longest = _decoder_sizes(pick, kinds, newer)
    sizes["head_dim"] = _head_dim(pick, sizes)
    sizes["pad_token_id"] = 0
    del sizes["hidden_act"]
    if kinds == (None,):
        del sizes["rope_scaling"]
    return sizes, longest


def gemma(pick):
    sizes, longest = _gemma_sizes(pick)
    config = transformers.GemmaConfig(
        **sizes, hidden_act=pick.choice(("gelu", "gelu_pytorch_tanh")),
        hidden_activation=pick.choice((None, "gelu_pytorch_tanh", "gelu")))
    return Drawn(config, _decoder_classes("Gemma"), longest)


def gemma2(pick):
    sizes, longest = _gemma_sizes(pick)
    config = transformers.Gemma2Config(
        **sizes, hidden_activation=pick.choice(("gelu_pytorch_tanh", "silu")),
        query_pre_attn_scalar=pick.choice((8, 17, 144)), sliding_window=pick.choice((2, 5, 16, 33)),
        attn_logit_softcapping=pick.choice((None, 2.0, 50.0)))
    return Drawn(config, _decoder_classes("Gemma2"), longest)


def gemma3(pick):
    sizes, longest = _gemma_sizes(pick, (None, "linear"), newer=True)
    if sizes["rope_scaling"]:  # the older name of the key is not known here
        sizes["rope_scaling"] = {"rope_type": "linear", "factor": sizes["rope_scaling"]["factor"]}
    config = transformers.Gemma3TextConfig(
        **sizes, hidden_activation=pick.choice(("gelu_pytorch_tanh", "gelu")),
        query_pre_attn_scalar=pick.choice((8, 17, 144)), sliding_window=pick.choice((2, 5, 16, 33)),
        rope_local_base_freq=pick.choice((100.0, 10_000.0)), attention_bias=pick.chance(0.2),
        sliding_window_pattern=pick.choice((2, 3, 6)))
    return Drawn(config, ("Gemma3TextModel", "Gemma3ForCausalLM"), longest)


CONFIGURATIONS = {function.__name__: function for function in (
    bert, roberta, xlm_roberta, distilbert, mpnet, llama, llama_newer, mistral, starcoder2, qwen2,
    qwen2_newer, qwen3, gemma, gemma2, gemma3)}
