#!/usr/bin/env python3
"""Writes the models of tests/golden/tiny_*: random weights, and their hidden states by transformers.

    tools/make_backbone_goldens.py [--python INTERPRETER] [--newer-python INTERPRETER] [NAME ...]

Each folder is a Hugging Face model; expected.safetensors holds for each text i `ids.i` [T],
`states.i` [layers + 1, T, D], and where there are such `before_final_norm.i` [T, D] and `pooler.i`
[D], each text run alone in float64.
"""
import argparse
import json
import random
import subprocess
import sys

from pinned_packages import REFERENCE, REPOSITORY, require

GOLDEN = REPOSITORY / "tests" / "golden"
ENCODER = {"vocab_size": 31, "hidden_size": 20, "num_hidden_layers": 2, "num_attention_heads": 4,
           "intermediate_size": 33, "max_position_embeddings": 34}
DECODER = {"vocab_size": 31, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
           "num_key_value_heads": 2, "intermediate_size": 29, "max_position_embeddings": 31}
GEMMA = DECODER | {"head_dim": 10, "query_pre_attn_scalar": 17}
LLAMA3 = {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 10}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 10}

# Name: (class of transformers, what its configuration says, element type of the file)
MODELS = {
    "tiny_roberta": ("RobertaModel", ENCODER | {"pad_token_id": 1}, "bfloat16"),
    "tiny_xlm_roberta": ("XLMRobertaForMaskedLM", ENCODER | {"pad_token_id": 2}, "float16"),
    "tiny_distilbert": ("DistilBertModel", {
        "vocab_size": 31, "dim": 20, "n_layers": 2, "n_heads": 4, "hidden_dim": 33,
        "max_position_embeddings": 34, "activation": "relu"}, "bfloat16"),
    "tiny_mpnet": ("MPNetModel", ENCODER | {"hidden_act": "gelu_new"}, "bfloat16"),
    "tiny_llama": ("LlamaForCausalLM", DECODER | {"attention_bias": True, "mlp_bias": True},
                   "float32"),
    "tiny_llama_tied_linear": ("LlamaForCausalLM", DECODER | {
        "num_key_value_heads": 1, "tie_word_embeddings": True, "max_position_embeddings": 16,
        "rope_scaling": {"type": "linear", "factor": 2.0}}, "bfloat16"),
    "tiny_llama_dynamic": ("LlamaModel", DECODER | {
        "num_key_value_heads": 4, "max_position_embeddings": 16,
        "rope_scaling": {"type": "dynamic", "factor": 2.0}}, "bfloat16"),
    "tiny_llama3": ("LlamaModel", DECODER | {"rope_theta": 500000.0, "rope_scaling": LLAMA3},
                    "bfloat16"),
    "tiny_mistral": ("MistralForCausalLM", DECODER | {"sliding_window": 7}, "bfloat16"),
    "tiny_qwen2": ("Qwen2ForCausalLM", DECODER, "bfloat16"),
    "tiny_gemma": ("GemmaForCausalLM", DECODER | {"head_dim": 10}, "bfloat16"),
    "tiny_gemma2": ("Gemma2ForCausalLM", GEMMA | {"sliding_window": 7}, "bfloat16"),
}
NEWER_MODELS = {  # of requirements-newer.txt
    "tiny_llama_yarn": ("LlamaModel", DECODER | {"head_dim": 10, "rope_scaling": YARN}, "bfloat16"),
    "tiny_starcoder2": ("Starcoder2ForCausalLM", DECODER | {
        "sliding_window": 7, "tie_word_embeddings": False}, "bfloat16"),
    "tiny_qwen3": ("Qwen3ForCausalLM", DECODER | {"head_dim": 10}, "bfloat16"),
    "tiny_gemma3": ("Gemma3ForCausalLM", GEMMA | {
        "num_hidden_layers": 3, "sliding_window": 7, "sliding_window_pattern": 2,
        "rope_scaling": {"rope_type": "linear", "factor": 2.0}}, "bfloat16"),
}
LENGTHS = [1, 2, 9, 31]

BERT = "tiny_bert"
BERT_WORDS = ("the a film was very and not so it is great lovely fine superb happy bright awful "
              "broken sad grim dull late").split()
BERT_VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *BERT_WORDS]
BERT_LENGTHS = [1, 2, 3, 7, 15, 16, 17, 31, 40, 64]  # around the rows that kernels take at a time


def write_model(name):
    """A model of the tables above; returns its texts."""
    import torch
    import transformers
    import random_models
    kind, values, dtype = (MODELS | NEWER_MODELS)[name]
    model_class = getattr(transformers, kind)
    config = model_class.config_class(**values)
    model = random_models.randomise(model_class(config), seed=5)
    model.to(getattr(torch, dtype)).save_pretrained(GOLDEN / name, safe_serialization=True)
    (GOLDEN / name / "generation_config.json").unlink(missing_ok=True)
    chooser = random.Random(name)
    texts = [[chooser.randrange(31) for _ in range(length)] for length in LENGTHS]
    if "roberta" in name or "mpnet" in name:
        texts[2][5] = texts[3][-1] = config.pad_token_id  # a literal <pad> counts no position
    return texts


def write_bert():
    """The model that tests of whole runs use, with a tokenizer; returns its texts."""
    import torch
    import transformers
    torch.manual_seed(3)
    config = transformers.BertConfig(
        vocab_size=len(BERT_VOCABULARY), hidden_size=48, num_hidden_layers=3,
        num_attention_heads=3, intermediate_size=80, max_position_embeddings=64,
        initializer_range=0.4)
    model = transformers.BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():  # a fresh model's norms and biases are ones and zeros, and test little
        for name, parameter in model.named_parameters():
            if "LayerNorm" in name or name.endswith("bias"):
                parameter.add_(torch.randn_like(parameter) * 0.2)
    folder = GOLDEN / BERT
    model.save_pretrained(folder, safe_serialization=True)
    (folder / "vocab.txt").write_text("\n".join(BERT_VOCABULARY) + "\n")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"do_lower_case": True, "tokenizer_class": "BertTokenizer"}) + "\n")
    chooser = random.Random(4)
    return [[chooser.randrange(len(BERT_VOCABULARY)) for _ in range(length)]
            for length in BERT_LENGTHS]


def write_expected(name, texts):
    import torch
    from safetensors.torch import save_file
    import reference_states
    folder = GOLDEN / name
    tensors = {}
    for i, ids in enumerate(texts):
        # A model for each text: dynamic rotary scaling would keep the longest one's angles.
        model = reference_states.load(folder, torch.float64)
        states = reference_states.states_of_text(model, ids)
        layers = model.config.num_hidden_layers
        tensors[f"ids.{i}"] = torch.tensor(ids, dtype=torch.int32)
        tensors[f"states.{i}"] = torch.stack([states[f"layer.{n}"] for n in range(layers + 1)])
        if "before_final_norm" in states:
            tensors[f"before_final_norm.{i}"] = states["before_final_norm"].clone()
        if "pooler" in states:
            tensors[f"pooler.{i}"] = states["pooler"][0].clone()
    save_file(tensors, folder / "expected.safetensors")


def main():
    everything = [BERT, *MODELS, *NEWER_MODELS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", help="an interpreter with the packages of requirements.txt")
    parser.add_argument("--newer-python", help="one with those of requirements-newer.txt")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *everything],
                        help=f"of {', '.join(everything)}; default: all")
    arguments = parser.parse_args()
    names = arguments.names or everything
    newer = [name for name in names if name in NEWER_MODELS]
    if newer and newer != names:  # two environments: the newer models by a run of their own
        options = ["--newer-python", arguments.newer_python] if arguments.newer_python else []
        subprocess.run([sys.executable, __file__, *options, *newer], check=True)
        names = [name for name in names if name not in NEWER_MODELS]
        sys.argv[1:] = [*(["--python", arguments.python] if arguments.python else []), *names]
    is_newer = names[0] in NEWER_MODELS
    require(*REFERENCE, "safetensors", on_top="newer" if is_newer else None,
            python=arguments.newer_python if is_newer else arguments.python)
    import transformers
    transformers.logging.set_verbosity_error()
    for name in names:
        write_expected(name, write_bert() if name == BERT else write_model(name))


if __name__ == "__main__":
    main()
