#!/usr/bin/env python3
"""Writes tests/golden/next_tokens.json: how likely `transformers` finds each next token of a text.

    tools/make_lm_head_goldens.py [--python INTERPRETER]

For models of tests/golden with an LM head: its own, tied to the embeddings, with capped logits.
{MODEL: {"ids": [T], "log_probabilities": [T - 1]}}, in float64.
"""
import argparse
import json
import random

from pinned_packages import REFERENCE, REPOSITORY, require

GOLDEN = REPOSITORY / "tests" / "golden"
MODELS = ["tiny_llama", "tiny_llama_tied_linear", "tiny_mistral", "tiny_qwen2", "tiny_gemma",
          "tiny_gemma2"]
TOKENS = 15  # all rotary scalings of the models serve them


def log_probabilities(name, ids):
    import torch
    import transformers
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        GOLDEN / name, torch_dtype=torch.float64, attn_implementation="eager",
        output_loading_info=True)
    if info["missing_keys"]:
        raise ValueError(f"{name}: transformers misses {info['missing_keys']} in the file")
    with torch.inference_mode():
        logits = model.eval()(torch.tensor([ids])).logits[0].double()
        scores = torch.log_softmax(logits, dim=-1)
    return [float(scores[t, ids[t + 1]]) for t in range(len(ids) - 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", help="an interpreter with the packages of requirements.txt")
    require(*REFERENCE, "safetensors", python=parser.parse_args().python)
    expected = {}
    for name in MODELS:
        chooser = random.Random(name)
        ids = [chooser.randrange(31) for _ in range(TOKENS)]
        expected[name] = {"ids": ids, "log_probabilities": log_probabilities(name, ids)}
    (GOLDEN / "next_tokens.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
