"""Python packages at the versions of requirements.txt, in virtual environments under build/."""

import importlib.metadata
import os
import pathlib
import subprocess
import sys
import venv

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
REQUIREMENTS = pathlib.Path(__file__).with_name("requirements.txt")
VERSIONS = dict(line.split("==") for line in REQUIREMENTS.read_text().splitlines()
                if "==" in line and not line.startswith("#"))
# What models and vectors are compared with; one environment, because PyTorch is large.
REFERENCE = ("torch", "transformers", "tokenizers", "sentence-transformers", "scikit-learn",
             "numpy")
_STARTED_BY = "LLMEMBED_PINNED_PYTHON"  # the interpreter that require() has started this script in


def _installed(package):
    try:  # "2.4.1+cpu" is PyTorch 2.4.1, built for one kind of device
        return importlib.metadata.version(package).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _wrong(packages):
    return [f"{package} {_installed(package)} (expected {VERSIONS[package]})"
            for package in packages if _installed(package) != VERSIONS[package]]


def _environment(packages):
    """The interpreter of an environment with the packages; made on the first use (needs PyPI)."""
    folder = REPOSITORY / "build" / "python" / "-".join(packages)
    python = folder / "bin" / "python"
    pins = REQUIREMENTS.read_text()
    ready = folder / "pins.txt"
    if not ready.exists() or ready.read_text() != pins:
        print(f"installing {', '.join(packages)} into {folder}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-c", REQUIREMENTS, *packages],
                       check=True)
        ready.write_text(pins)
    return str(python)


def require(*packages, python=None):
    """Returns if the packages are here as pinned; else starts this script again where they are.

    That is in `python`, an interpreter that has them, or in an environment made for them.
    """
    wrong = _wrong(packages)
    started_by = os.environ.get(_STARTED_BY)
    if started_by and (python is None or started_by == python):
        if wrong:
            sys.exit(f"{started_by}: {', '.join(wrong)}")
        return
    if python is None:
        if not wrong:
            return
        python = _environment(packages)
    os.environ[_STARTED_BY] = python
    os.execv(python, [python, *sys.argv])
