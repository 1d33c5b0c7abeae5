"""Reads the vector files that the program writes."""

import json
import struct


def read_safetensors(path):
    """{tensor's name: its rows, each a list of floats}, in the order of the file."""
    contents = path.read_bytes()
    length = struct.unpack("<Q", contents[:8])[0]
    tensors = {}
    for name, entry in json.loads(contents[8:8 + length]).items():
        if name == "__metadata__":
            continue
        rows, width = entry["shape"]
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = struct.unpack(f"<{rows * width}f", contents[begin:end])
        tensors[name] = [list(values[row * width:(row + 1) * width]) for row in range(rows)]
    return tensors
