#!/usr/bin/env python3
"""Writes tests/golden/tiny_bert: a BERT of random weights, and its hidden states by transformers.

    tools/make_backbone_goldens.py [--python INTERPRETER]

The folder is a Hugging Face model; expected.safetensors holds for each text i `ids.i` [T] and
`states.i` [layers + 1, T, D], each text run alone in float64.
"""
import argparse
import json
import random

from pinned_packages import REPOSITORY, require

FOLDER = REPOSITORY / "tests" / "golden" / "tiny_bert"
WORDS = ("the a film was very and not so it is great lovely fine superb happy bright awful broken "
         "sad grim dull late").split()
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
LENGTHS = [1, 2, 3, 7, 15, 16, 17, 31, 40, 64]  # around the rows that kernels take at a time


def write_model(transformers, torch):
    torch.manual_seed(3)
    config = transformers.BertConfig(
        vocab_size=len(VOCABULARY), hidden_size=48, num_hidden_layers=3, num_attention_heads=3,
        intermediate_size=80, max_position_embeddings=64, initializer_range=0.4)
    model = transformers.BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():  # a fresh model's norms and biases are ones and zeros, and test little
        for name, parameter in model.named_parameters():
            if "LayerNorm" in name or name.endswith("bias"):
                parameter.add_(torch.randn_like(parameter) * 0.2)
    FOLDER.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(FOLDER, safe_serialization=True)
    (FOLDER / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    (FOLDER / "tokenizer_config.json").write_text(
        json.dumps({"do_lower_case": True, "tokenizer_class": "BertTokenizer"}) + "\n")
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", help="an interpreter that has the pinned packages")
    require("numpy", "safetensors", "torch", "transformers", python=parser.parse_args().python)
    import torch
    import transformers
    from safetensors.torch import save_file

    model = write_model(transformers, torch).double()
    chooser = random.Random(4)
    tensors = {}
    for text, length in enumerate(LENGTHS):
        ids = [chooser.randrange(len(VOCABULARY)) for _ in range(length)]
        with torch.no_grad():
            states = model(torch.tensor([ids]), output_hidden_states=True).hidden_states
        tensors[f"ids.{text}"] = torch.tensor(ids, dtype=torch.int32)
        tensors[f"states.{text}"] = torch.cat(states).float()
    save_file(tensors, FOLDER / "expected.safetensors")


if __name__ == "__main__":
    main()
