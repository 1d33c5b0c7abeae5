#!/usr/bin/env python3
"""Writes the golden values of GGML's block types: random blocks, dequantised by PyPI's gguf 0.19.0.

    tools/make_block_goldens.py [--python FILE]
"""
import argparse
import json
import pathlib

from pinned_packages import require

OUTPUT = (pathlib.Path(__file__).resolve().parent.parent / "src" / "llmembed" / "weights" /
          "testdata" / "blocks.json")
# Where a block's f16 scales stand: random bytes there could be NaN or infinite.
SCALES = {"Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2],
          "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", help="an interpreter that has the packages")
    require("gguf", "numpy", python=parser.parse_args().python)
    import gguf
    import numpy as np

    random = np.random.default_rng(1)
    goldens = {}
    for name, offsets in SCALES.items():
        kind = gguf.GGMLQuantizationType[name]
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = random.integers(0, 256, (512 // elements, size), dtype=np.uint8)
        for offset in offsets:
            scales = random.normal(0, 0.02, len(blocks)).astype(np.float16)
            scales[:2] = [6e-8, -1000]  # subnormal, large
            blocks[:, offset:offset + 2] = scales.reshape(-1, 1).view(np.uint8)
        values = gguf.quants.dequantize(blocks, kind)
        goldens[name] = {"blocks": blocks.tobytes().hex(),
                         "values": values.astype("<f4").tobytes().hex()}
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(goldens, indent=1) + "\n")


main()
