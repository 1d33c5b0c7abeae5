"""Runs build/dev/state_dump (tests/parity/state_dump.cc)."""

import json
import pathlib
import re
import subprocess
import tempfile
import time

from safetensors.numpy import load_file

import pinned_packages

DEFAULT = pinned_packages.REPOSITORY / "build" / "dev" / "state_dump"


class Failed(Exception):
    """The program's message."""


def _anonymous_bytes(process):
    """What it has now besides pages of files; 0 when it has ended."""
    try:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _run(command):
    """(its JSON, the most anonymous memory it was seen with)"""
    peak = 0
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        while process.poll() is None:
            peak = max(peak, _anonymous_bytes(process))
            time.sleep(0.01)
        output, errors = process.communicate()
    if process.returncode != 0:
        raise Failed(errors.strip() or f"exit status {process.returncode}")
    return json.loads(output), peak


def states(program, model, texts, *options):
    """{name: f32 [tokens of all texts, width]}, and what is known of the run."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "texts.json").write_text(json.dumps(texts))
        out = folder / "states.safetensors"
        report, peak = _run([program, "--model", model, "--texts", folder / "texts.json", "--out",
                             out, *options])
        return load_file(out), report | {"peak_anonymous_bytes": peak}
