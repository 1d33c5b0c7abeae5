#!/usr/bin/env python3
"""Writes src/llmembed/pipeline/known_models/{minilm,smollm2}.cc: what `llmembed verify` knows of them.

    tools/make_model_goldens.py --minilm FOLDER --smollm2 FOLDER [--python INTERPRETER]

The folders are those of `llmembed models path NAME`. For each text of known_model.h the files hold
its ids and, of its last token in every hidden state, eight numbers and the norm, by `transformers` in
float64. SmolLM2 is dequantised by PyPI's gguf.
"""
import argparse
import hashlib
import pathlib
import re
import subprocess

from pinned_packages import REPOSITORY, require

FOLDER = REPOSITORY / "src" / "llmembed" / "pipeline" / "known_models"
NUMBERS = 8


def verification_texts():
    source = (FOLDER / "known_model.h").read_text()
    listed = re.search(r"kVerificationTexts = \{(.*?)\};", source, re.DOTALL)[1]
    return [text.encode().decode("unicode_escape") for text in re.findall(r'"(.*?)"', listed)]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def identity(file):
    """extract::ModelIdentity's digest of one file."""
    return sha256(sha256(file.read_bytes()).encode())


def minilm(folder):
    import tokenizers
    import reference_states
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    ids = [tokenizer.encode(text).ids for text in verification_texts()]
    return {"function": "MiniLm", "name": "minilm", "ids": ids,
            "weights": identity(folder / "model.safetensors"),
            "claim": identity(folder / "config.json"), "model": reference_states.load(folder)}


def smollm2(folder):
    import gguf
    import gguf_reference
    file = next(folder.glob("*.gguf"))
    reference = gguf_reference.Model(file)
    # The metadata ends where the first tensor's entry begins.
    end = min(tensor.field.offset for tensor in gguf.GGUFReader(file).tensors)
    return {"function": "SmolLm2", "name": "smollm2",
            "ids": [reference.tokenizer.encode(text).ids for text in verification_texts()],
            "weights": identity(file), "claim": sha256(file.read_bytes()[:end]),
            "model": reference.model}


def values_of(model, all_ids):
    """[texts, states, NUMBERS + 1]; the state before a final norm stands before the one behind."""
    import reference_states
    values = []
    for ids in all_ids:
        states = reference_states.states_of_text(model.double(), ids)
        names = [name for name in states if name.startswith("layer.")]
        if "before_final_norm" in states:
            names.insert(-1, "before_final_norm")
        for name in names:
            state = states[name][-1].double()
            step = [i * len(state) // NUMBERS for i in range(NUMBERS)]
            values.append([*(float(state[i]) for i in step), float(state.norm())])
    return len(names), values


def number(value):
    text = f"{value:.7g}"
    return (text if re.search(r"[.e]", text) else text + ".0") + "F"


def write(known):
    states, values = values_of(known["model"], known["ids"])
    lines = ["// Written by tools/make_model_goldens.py.",
             '#include "pipeline/known_models/known_model.h"', "",
             "namespace llmembed::pipeline {", "namespace {", ""]
    for i, ids in enumerate(known["ids"]):
        lines.append(f"constexpr int32_t kIds{i}[] = {{{', '.join(map(str, ids))}}};")
    lines += ["", "constexpr float kValues[] = {"]
    lines += ["    " + ", ".join(map(number, row)) + "," for row in values]
    lines += ["};", "", "}  // namespace", "",
              f"const KnownModel& {known['function']}() {{",
              f'  static const KnownModel model = {{.name = "{known["name"]}",',
              f'    .weights = "{known["weights"]}",', f'    .claim = "{known["claim"]}",',
              f"    .states = {states},",
              f"    .ids = {{{', '.join(f'kIds{i}' for i in range(len(known['ids'])))}}},",
              "    .values = kValues};", "  return model;", "}", "",
              "}  // namespace llmembed::pipeline", ""]
    path = FOLDER / f"{known['name']}.cc"
    path.write_text("\n".join(lines))
    subprocess.run(["clang-format", "-i", path], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minilm", type=pathlib.Path, required=True)
    parser.add_argument("--smollm2", type=pathlib.Path, required=True)
    parser.add_argument("--python", help="an interpreter that has the pinned packages")
    arguments = parser.parse_args()
    require("gguf", "numpy", "tokenizers", "torch", "transformers", python=arguments.python)
    write(minilm(arguments.minilm))
    write(smollm2(arguments.smollm2))


if __name__ == "__main__":
    main()
