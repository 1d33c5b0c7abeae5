"""A GGUF file of Llama's architecture as a LlamaModel of `transformers`, weights in f32."""

import gguf
import numpy as np
import tokenizers
import torch
import transformers

NAMES = {
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


class Model:
    """model: the LlamaModel; tokenizer: byte-level BPE with the file's tokens."""

    def __init__(self, path, attention="eager"):
        self._reader = gguf.GGUFReader(path)
        config = self._config()
        with torch.device("meta"):
            self.model = transformers.LlamaModel._from_config(config, attn_implementation=attention)
        self.model.load_state_dict(self._state_dict(config), strict=True, assign=True)
        self.model.rotary_emb = type(self.model.rotary_emb)(config=config)  # a buffer, in no file
        self.model.eval()
        self.tokenizer = self._tokenizer()

    def _field(self, name):
        return self._reader.get_field(name).contents()

    def _config(self):
        def of(name):
            return self._field(f"llama.{name}")
        return transformers.LlamaConfig(
            vocab_size=len(self._field("tokenizer.ggml.tokens")), hidden_size=of(
                "embedding_length"), intermediate_size=of("feed_forward_length"),
            num_hidden_layers=of("block_count"), num_attention_heads=of("attention.head_count"),
            num_key_value_heads=of("attention.head_count_kv"), max_position_embeddings=of(
                "context_length"), rms_norm_eps=of("attention.layer_norm_rms_epsilon"),
            rope_theta=of("rope.freq_base"))

    def _state_dict(self, config):
        heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
        states = {}
        for tensor in self._reader.tensors:
            values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
            module, _, _ = tensor.name.rpartition(".")
            if module == "token_embd":
                name = "embed_tokens"
            elif module == "output_norm":
                name = "norm"
            else:
                _, layer, part = module.split(".")
                name = f"layers.{layer}.{NAMES[part]}"
                if part in heads:  # the file has the two halves of a head interleaved
                    rows, columns = values.shape
                    size = rows // heads[part]
                    values = values.reshape(heads[part], size // 2, 2, columns)
                    values = values.swapaxes(1, 2).reshape(rows, columns)
            states[f"{name}.weight"] = torch.from_numpy(np.ascontiguousarray(values))
        return states

    def _tokenizer(self):
        vocabulary = {token: i for i, token in enumerate(self._field("tokenizer.ggml.tokens"))}
        merges = [tuple(merge.split(" ")) for merge in self._field("tokenizer.ggml.merges")]
        tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, merges))
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
            tokenizers.pre_tokenizers.Digits(individual_digits=True),
            tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)])
        return tokenizer
