#!/usr/bin/env python3
"""Checks that dependencies point downward: a layer includes only what CMakeLists.txt lets it link,
programs include only the public headers, those only one another and the standard library, and
architecture names stay in backbone/arch."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "llmembed"
LAYER = re.compile(r"llmembed_layer\((\w+)\s*(?:DEPS ([\w ]+?))?\s*(?:(?:TEST_)?LIBS [^)]*)?"
                   r"(?:ONCE_A_JOB|MUCH_JSON|FILE_BY_FILE|\s)*\)")
INCLUDE = re.compile(r'^\s*#include "([\w-]+)/', re.M)
ANY_INCLUDE = re.compile(r"""^\s*#\s*include\s*["<]([^">]+)""", re.M)
# What each table of backbone/arch calls itself: a model_type, or GGUF's name of it.
MODEL_TYPE = re.compile(r'(?:model_type = |Table\(|Decoder\(|"model_type", )"([\w-]+)"')
# Where such a word means something else: repositories' names, and kinds of tokenizers, which have the
# names of the models that they were first made for.
OTHER_MEANINGS = ("hub", "text")


def allowed_layers():
    direct = {name: (deps or "").split()
              for name, deps in LAYER.findall((ROOT / "CMakeLists.txt").read_text())}
    allowed = {}
    for name, deps in direct.items():  # lowest first, so what it names is known already
        allowed[name] = {name, "llmembed"}.union(*(allowed[dep] for dep in deps))
    return allowed


def architecture_literal():
    """Matches a string literal that is an architecture's name."""
    names = set()
    for path in (SOURCES / "backbone" / "arch").glob("*.cc"):
        names.update(MODEL_TYPE.findall(path.read_text(encoding="utf-8")))
    assert {"bert", "llama", "xlm-roberta"} <= names, f"tables not understood: {sorted(names)}"
    return re.compile('"(' + "|".join(sorted(map(re.escape, names))) + ')"')


def main():
    problems = []
    architecture = architecture_literal()
    allowed = allowed_layers()
    folders = {path.name for path in SOURCES.iterdir() if path.is_dir()}
    if folders != set(allowed):
        problems.append(f"layers of CMakeLists.txt and folders differ: {folders ^ set(allowed)}")
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        layer = path.relative_to(SOURCES).parts[0]
        text = path.read_text(encoding="utf-8")
        for included in set(INCLUDE.findall(text)):
            if included in folders and included not in allowed.get(layer, ()):
                problems.append(f"{path.relative_to(ROOT)}: {layer} may not include {included}/")
        if ("arch" not in path.parts and not path.name.endswith("_test.cc")
                and layer not in OTHER_MEANINGS):
            for name in architecture.findall(text):
                problems.append(f'{path.relative_to(ROOT)}: names the architecture "{name}"')
    for path in [*(ROOT / "apps").rglob("*.*"), *(ROOT / "examples").rglob("*.*")]:
        if path.suffix in (".h", ".cc"):
            for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
                if included in folders:
                    problems.append(f"{path.relative_to(ROOT)}: a program sees include/ alone")
    for path in sorted((ROOT / "include").rglob("*.h")):
        for included in ANY_INCLUDE.findall(path.read_text(encoding="utf-8")):
            if not re.fullmatch(r"llmembed/\w+\.h|\w+", included):  # <vector> has no suffix
                problems.append(
                    f"{path.relative_to(ROOT)}: a public header may not include {included}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


sys.exit(main())
