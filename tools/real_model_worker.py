#!/usr/bin/env python3
"""Real models against `transformers`: a part of compare_architectures.

A model is a Hugging Face folder, a GGUF file of Llama's architecture, or a name of `llmembed models
list`. Runs where the packages of requirements-newer.txt are, and prints a line of JSON for each.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess

import pinned_packages

PROGRAM = pinned_packages.REPOSITORY / "build" / "dev" / "llmembed"
SENTENCES = [
    "The plot is thin, the jokes are older than the cast, and yet nobody left before the end.",
    "A quiet, patient film about two brothers who inherit a lighthouse and cannot agree on the "
    "colour of its door; by the last reel I cared about that door more than I can explain.",
    "No.",
    "Quarterly revenue rose 4.2 % to $1,983 million, while net debt fell for the sixth time in a "
    "row; the board proposes a dividend of 75 cents a share.",
]
LENGTHS = (1, 2, 17, 64, 128, 300, 512, 2000, 4095)  # as far as the model serves them


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+")
    parser.add_argument("--dtype", required=True)
    parser.add_argument("--state-dump", required=True)
    parser.add_argument("--python")
    parser.add_argument("--newer", action="store_true")
    return parser.parse_args()


def default_models():
    """The catalogue's models that are here, and the folders beside the checkout."""
    models = []
    for name in ("minilm", "smollm2"):
        found = subprocess.run([PROGRAM, "models", "path", name], capture_output=True, check=False)
        models += [name] * (found.returncode == 0)
    beside = pinned_packages.REPOSITORY.parent / "shared" / "models"
    return models + sorted(map(str, beside.glob("*/hf")))


def path_of(model):
    if pathlib.Path(model).exists():
        return pathlib.Path(model)
    found = subprocess.run([PROGRAM, "models", "path", model], capture_output=True, text=True,
                           check=True)
    return pathlib.Path(found.stdout.strip())


def gguf_file(path):
    """The file, or the only one of a folder without config.json; else None."""
    if path.suffix == ".gguf":
        return path
    files = [] if (path / "config.json").exists() else list(path.glob("*.gguf"))
    return files[0] if files else None


def open_model(path):
    """(transformers' model, what its own tokenizer makes of the sentences)"""
    import tokenizers
    import reference_states
    file = gguf_file(path)
    if file:
        import gguf_reference
        reference = gguf_reference.Model(file)
        return reference.model, [reference.tokenizer.encode(text).ids for text in SENTENCES]
    tokenizer_file = path / "tokenizer.json"
    texts = []
    if tokenizer_file.exists():
        tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer_file))
        tokenizer.no_padding()
        texts = [tokenizer.encode(text).ids for text in SENTENCES]
    return reference_states.load(path), texts


def run(arguments, model_name):
    import numpy as np
    import reference_states
    import state_dump
    import state_errors
    path = path_of(model_name)
    model, texts = open_model(path)
    pick = random.Random(1)
    longest = model.config.max_position_embeddings
    texts += [[pick.randrange(model.config.vocab_size) for _ in range(length)]
              for length in LENGTHS if length <= longest]
    parts = [reference_states.states_of_text(model, ids) for ids in texts]
    expected = {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}
    pooler = ["--pooler"] if "pooler" in expected else []
    total = state_errors.Errors()
    result = {"model": f"{path.parent.name}/{path.name}" if model_name == str(path) else model_name}
    try:
        for packed in ([], ["--packed"]):
            actual, _ = state_dump.states(arguments.state_dump, gguf_file(path) or path, texts,
                                          "--dtype", arguments.dtype, *packed, *pooler)
            total.include(state_errors.compare(expected, actual, [len(text) for text in texts]))
    except state_dump.Failed as error:
        return result | {"error": str(error)}
    return result | vars(total) | {"bar": state_errors.BARS[arguments.dtype][1]}


def main():
    arguments = parse()
    pinned_packages.require(*pinned_packages.REFERENCE, "gguf", python=arguments.python,
                            on_top="newer" if arguments.newer else None)
    import transformers
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    os.environ["HF_HUB_OFFLINE"] = "1"  # everything is on this machine
    for model in arguments.models or default_models():
        print(json.dumps(run(arguments, model)), flush=True)


if __name__ == "__main__":
    main()
