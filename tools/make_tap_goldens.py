#!/usr/bin/env python3
"""Writes tests/golden/taps: small models of random weights, and by transformers what their taps are.

    tools/make_tap_goldens.py [--python INTERPRETER]

One Hugging Face folder for each of BERT, RoBERTa (both with a pooler) and Llama, all with the same
WordPiece vocabulary. `expected.safetensors` in each holds [texts, D] by the taps' names: every layer's
`mean_all` with the texts padded to MAX_TOKENS, the last layer before the final norm (`-1.raw:mean`)
and behind it (`-1:mean`), and the pooler's output, in float64 rounded once.
"""
import argparse
import json

from pinned_packages import REPOSITORY, require

FOLDER = REPOSITORY / "tests" / "golden" / "taps"
MAX_TOKENS = 12
LAYERS = 2
WORDS = "the film was great awful and so it".split()
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
# The last one is as long as it may be; one holds the padding token itself.
TEXTS = ["", "film", "the film was so great", "awful [PAD] film and it",
         "the film was great and so awful it was so"]
SIZES = {"vocab_size": len(VOCABULARY), "hidden_size": 32, "num_hidden_layers": LAYERS,
         "num_attention_heads": 4, "intermediate_size": 48, "max_position_embeddings": 20,
         "initializer_range": 0.4, "pad_token_id": 0}


def make_models(transformers):
    return {
        "bert": transformers.BertModel(transformers.BertConfig(**SIZES)),
        "roberta": transformers.RobertaModel(
            transformers.RobertaConfig(**SIZES, layer_norm_eps=1e-5, type_vocab_size=1)),
        "llama": transformers.LlamaModel(
            transformers.LlamaConfig(**SIZES, num_key_value_heads=2, rms_norm_eps=1e-5)),
    }


def ids_of(text):
    return [2, *(VOCABULARY.index(word) for word in text.split()), 3]


def expected_taps(model, torch):
    raw = {}
    has_final_norm = hasattr(model, "norm")
    if has_final_norm:
        model.layers[-1].register_forward_hook(lambda _, __, output: raw.update(state=output[0]))
    rows = {}
    for text in TEXTS:
        ids = ids_of(text)
        padding = MAX_TOKENS - len(ids)
        mask = torch.tensor([[1] * len(ids) + [0] * padding])
        with torch.no_grad():
            output = model(torch.tensor([ids + [0] * padding]), attention_mask=mask,
                           output_hidden_states=True)
        taps = {f"{layer}:mean_all": state[0].mean(0)
                for layer, state in enumerate(output.hidden_states)}
        taps["-1:mean"] = output.hidden_states[-1][0, :len(ids)].mean(0)
        if has_final_norm:
            taps["-1.raw:mean"] = raw["state"][0, :len(ids)].mean(0)
            taps["-1.raw:mean_all"] = raw["state"][0].mean(0)
        if getattr(output, "pooler_output", None) is not None:
            taps["-1:pooler"] = output.pooler_output[0]
        for tap, vector in taps.items():
            rows.setdefault(tap, []).append(vector)
    return {tap: torch.stack(vectors).float() for tap, vectors in rows.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", help="an interpreter that has the pinned packages")
    require("numpy", "safetensors", "torch", "transformers", python=parser.parse_args().python)
    import torch
    import transformers
    from safetensors.torch import save_file

    torch.manual_seed(5)
    for name, model in make_models(transformers).items():
        with torch.no_grad():  # fresh norms and biases are ones and zeros, and test little
            for key, parameter in model.named_parameters():
                if "norm" in key.lower() or key.endswith("bias"):
                    parameter.add_(torch.randn_like(parameter) * 0.2)
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        model.eval().save_pretrained(folder, safe_serialization=True)
        (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
        (folder / "tokenizer_config.json").write_text(
            json.dumps({"do_lower_case": True, "tokenizer_class": "BertTokenizer"}) + "\n")
        save_file(expected_taps(model.double(), torch), folder / "expected.safetensors")


if __name__ == "__main__":
    main()
