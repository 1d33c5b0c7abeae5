"""Python packages at the versions of requirements.txt, in virtual environments under build/.

Others make a second environment on top of the first one: requirements-newer.txt has later versions
of some, for what the earlier ones cannot do; requirements-peers.txt has other ways to run a model.
"""

import importlib.metadata
import os
import pathlib
import subprocess
import sys
import venv

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent


def _read_pins(name):
    path = pathlib.Path(__file__).with_name(name)
    pins = dict(line.split("==") for line in path.read_text().splitlines()
                if "==" in line and not line.startswith("#"))
    return path, pins


REQUIREMENTS, VERSIONS = _read_pins("requirements.txt")
_ON_TOP = {name: _read_pins(f"requirements-{name}.txt") for name in ("newer", "peers")}
# What models and vectors are compared with; one environment, because PyTorch is large.
REFERENCE = ("torch", "transformers", "tokenizers", "sentence-transformers", "scikit-learn",
             "numpy")
_STARTED_BY = "LLMEMBED_PINNED_PYTHON"  # the interpreter that require() has started this script in


def _installed(package):
    try:  # "2.4.1+cpu" is PyTorch 2.4.1, built for one kind of device
        return importlib.metadata.version(package).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _wrong(packages, versions):
    return [f"{package} {_installed(package)} (expected {versions[package]})"
            for package in packages if _installed(package) != versions[package]]


def _make(folder, pins, *arguments):
    """The interpreter of an environment in `folder`, made anew when the pins have changed."""
    python = folder / "bin" / "python"
    ready = folder / "pins.txt"
    if not ready.exists() or ready.read_text() != pins:
        print(f"installing {', '.join(map(str, arguments))} into {folder}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *arguments], check=True)
        ready.write_text(pins)
    return str(python)


def _environment(packages):
    """The interpreter of an environment with the packages; made on the first use (needs PyPI)."""
    return _make(REPOSITORY / "build" / "python" / "-".join(packages), REQUIREMENTS.read_text(),
                 "-c", REQUIREMENTS, *packages)


def _environment_on_top(name):
    """requirements-NAME.txt and gguf, and behind them the packages of the first environment."""
    below = pathlib.Path(_environment(REFERENCE)).parent.parent
    folder = REPOSITORY / "build" / "python" / name
    requirements, _ = _ON_TOP[name]
    python = _make(folder, REQUIREMENTS.read_text() + requirements.read_text(), "--no-deps", "-r",
                   requirements, f"gguf=={VERSIONS['gguf']}")
    site_packages = next(folder.glob("lib/python3*/site-packages"))
    paths = "".join(f"{path}\n" for path in below.glob("lib/python3*/site-packages"))
    (site_packages / "reference.pth").write_text(paths)
    return python


def environ_of_others():
    """For a script started by this one that finds an interpreter of its own with require()."""
    return {name: value for name, value in os.environ.items() if name != _STARTED_BY}


def require(*packages, python=None, on_top=None):
    """Returns if the packages are here as pinned; else starts this script again where they are.

    That is in `python`, an interpreter that has them, or in an environment made for them. `on_top`:
    "newer" or "peers", some of them as requirements-NAME.txt has them.
    """
    wrong = _wrong(packages, VERSIONS | (_ON_TOP[on_top][1] if on_top else {}))
    started_by = os.environ.get(_STARTED_BY)
    if started_by and (python is None or started_by == python):
        if wrong:
            sys.exit(f"{started_by}: {', '.join(wrong)}")
        return
    if python is None:
        if not wrong:
            return
        python = _environment_on_top(on_top) if on_top else _environment(packages)
    os.environ[_STARTED_BY] = python
    os.execv(python, [python, *sys.argv])
