#!/usr/bin/env python3
"""Random models of one architecture against `transformers`: a part of compare_architectures.

Runs in an environment that has the reference packages, and prints a line of JSON for each model.
"""

import argparse
import json
import os
import pathlib
import shutil

import pinned_packages

KEPT = pinned_packages.REPOSITORY / "build" / "architectures"  # models that went wrong
PER_ARCHITECTURE = 1_000_003  # seeds of different architectures do not meet


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--dtype", required=True)
    parser.add_argument("--state-dump", required=True)
    parser.add_argument("--python")
    parser.add_argument("--newer", action="store_true")
    return parser.parse_args()


def compare(arguments, folder, texts):
    """The errors over all ways to run the texts, and the bar they are held against."""
    import torch
    import reference_states
    import state_dump
    import state_errors
    expected = reference_states.states(folder, texts)
    lengths = [len(text) for text in texts]
    pooler = ["--pooler"] if "pooler" in expected else []
    total = state_errors.Errors()
    for backend in ("cpu", "reference"):
        for packed in ([], ["--packed"]):
            actual, _ = state_dump.states(arguments.state_dump, folder, texts, "--dtype",
                                          arguments.dtype, "--backend", backend, *packed, *pooler)
            errors = state_errors.compare(expected, actual, lengths)
            errors.where += f" ({' '.join([backend, *packed])})"
            total.include(errors)
    bar = state_errors.BARS[arguments.dtype][1]
    if arguments.dtype == "bf16":  # widths of a few numbers cannot be near; transformers is not
        theirs = reference_states.states(folder, texts, torch.bfloat16)
        bar = max(bar, 2 * state_errors.compare(expected, theirs, lengths).one_minus_cosine)
    return total, bar


def run(arguments, seed):
    import random_configs
    import random_models
    import state_dump
    import state_errors
    number = seed * PER_ARCHITECTURE + sum(arguments.arch.encode())
    folder = KEPT / f"{arguments.arch}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    drawn = random_configs.CONFIGURATIONS[arguments.arch](random_configs.Chooser(number))
    chosen = random_models.save(drawn, number, folder)
    texts = random_models.make_texts(drawn, number)
    (folder / "texts.json").write_text(json.dumps(texts))
    result = {"model": f"{arguments.arch} --seed {seed}", "chosen": chosen}
    try:
        errors, bar = compare(arguments, folder, texts)
        result |= vars(errors) | {"bar": bar}
        good = result[state_errors.BARS[arguments.dtype][0]] < bar
    except state_dump.Failed as error:
        result["error"] = str(error)
        good = False
    if good:
        shutil.rmtree(folder)
    else:
        result["kept"] = f"({', '.join(chosen)}; {os.path.relpath(folder)})"
    return result


def main():
    arguments = parse()
    pinned_packages.require(*pinned_packages.REFERENCE, python=arguments.python,
                            on_top="newer" if arguments.newer else None)
    import transformers
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    os.environ["HF_HUB_OFFLINE"] = "1"  # everything is on this machine
    for seed in range(arguments.seed, arguments.seed + arguments.count):
        print(json.dumps(run(arguments, seed)), flush=True)


if __name__ == "__main__":
    pathlib.Path(KEPT).mkdir(parents=True, exist_ok=True)
    main()
