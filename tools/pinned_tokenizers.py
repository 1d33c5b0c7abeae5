"""PyPI `tokenizers` at the one version that llmembed's token ids are defined by."""

import importlib.metadata
import os
import pathlib
import subprocess
import sys
import venv

VERSION = "0.19.1"
REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
_ENVIRONMENT = REPOSITORY / "build" / f"python-tokenizers-{VERSION}"
_MARKER = "LLMEMBED_PINNED_TOKENIZERS"


def _is_installed():
    try:
        return importlib.metadata.version("tokenizers") == VERSION
    except importlib.metadata.PackageNotFoundError:
        return False


def require():
    """Returns if the pinned version can be imported; else starts this script again where it can.

    The virtual environment lies under build/ and is made on the first use (needs PyPI once).
    """
    if _is_installed():
        return
    if os.environ.get(_MARKER):
        sys.exit(f"tokenizers {VERSION} cannot be imported from {_ENVIRONMENT}: remove that folder")
    python = _ENVIRONMENT / "bin" / "python"
    ready = _ENVIRONMENT / "ready"
    if not ready.exists():
        venv.create(_ENVIRONMENT, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", f"tokenizers=={VERSION}"],
                       check=True)
        ready.touch()
    os.environ[_MARKER] = "1"
    os.execv(python, [str(python), *sys.argv])
