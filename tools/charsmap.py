"""A SentencePiece character map ("precompiled_charsmap") of a few rules, byte for byte as in a file."""

import struct

BLOCK = 256  # units of the double array that each node gets: simple, not small


def _trie(keys):
    nodes, values = [{}], [None]
    for key, value in keys.items():
        node = 0
        for byte in key.encode():
            if byte not in nodes[node]:
                nodes[node][byte] = len(nodes)
                nodes.append({})
                values.append(None)
            node = nodes[node][byte]
        values[node] = value
    return nodes, values


def build(rules):
    """`rules` maps strings to what replaces them; no key may be empty."""
    blob, offsets = bytearray(), {}
    for replacement in rules.values():
        if replacement not in offsets:
            offsets[replacement] = len(blob)
            blob += replacement.encode() + b"\0"
    nodes, values = _trie({key: offsets[replacement] for key, replacement in rules.items()})

    def base(node):
        return BLOCK * (node + 1)

    def unit(position, node, label):
        offset = position ^ base(node)
        if offset >= 1 << 21:
            raise ValueError("too many rules for this simple builder")
        return offset << 10 | (values[node] is not None) << 8 | label

    units = [0] * (BLOCK * (len(nodes) + 1))
    units[0] = unit(0, 0, 0)
    for node, children in enumerate(nodes):
        if values[node] is not None:
            units[base(node)] = values[node] | 1 << 31
        for byte, child in children.items():
            units[base(node) ^ byte] = unit(base(node) ^ byte, child, byte)
    return (struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units)
            + bytes(blob))
