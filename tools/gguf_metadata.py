"""The metadata of a GGUF file, by a few lines of Python: independent of what it is compared with."""

import struct

NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q",
           12: "d"}
STRING, ARRAY = 8, 9


def read(path):
    """{key: value}; arrays are lists."""
    with open(path, "rb") as file:
        def number(kind):
            size = struct.calcsize("<" + kind)
            return struct.unpack("<" + kind, file.read(size))[0]

        def value(kind):
            if kind == STRING:
                return file.read(number("Q")).decode()
            if kind == ARRAY:
                kind, count = number("I"), number("Q")
                return [value(kind) for _ in range(count)]
            return number(NUMBERS[kind])

        if file.read(4) != b"GGUF" or number("I") not in (2, 3):
            raise ValueError(f"{path}: no GGUF file of version 2 or 3")
        _, keys = number("Q"), number("Q")
        return {value(STRING): value(number("I")) for _ in range(keys)}
