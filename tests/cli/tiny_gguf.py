"""A GGUF file made from nothing: a decoder of one block, with a byte-level tokenizer."""

import random
import struct

WIDTH, FEED_FORWARD, HEADS, POSITIONS = 32, 64, 2, 64
ALIGNMENT = 32
F32, Q8_0 = 0, 8
UINT32, INT32, FLOAT32, STRING, ARRAY = 4, 5, 6, 8, 9
NORMAL_TOKEN, CONTROL_TOKEN = 1, 3


def _string(text):
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _value(kind, value):
    if kind == STRING:
        return _string(value)
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f"}[kind], value)


def key(name, kind, value):
    """A key's bytes; a list becomes an array of the kind."""
    if isinstance(value, list):
        elements = b"".join(_value(kind, element) for element in value)
        return _string(name) + struct.pack("<IIQ", ARRAY, kind, len(value)) + elements
    return _string(name) + struct.pack("<I", kind) + _value(kind, value)


def _byte_tokens():
    """The characters that stand for the 256 bytes in byte-level tokenizers."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = iter(range(256, 512))
    return [chr(byte if byte in shown else next(hidden)) for byte in range(256)]


def keys(width=WIDTH, blocks=1, feed_forward=FEED_FORWARD):
    tokens = ["<|endoftext|>", *_byte_tokens()]
    return [
        key("general.architecture", STRING, "llama"),
        key("general.name", STRING, "tiny"),
        key("llama.block_count", UINT32, blocks),
        key("llama.context_length", UINT32, POSITIONS),
        key("llama.embedding_length", UINT32, width),
        key("llama.feed_forward_length", UINT32, feed_forward),
        key("llama.attention.head_count", UINT32, HEADS),
        key("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5),
        key("tokenizer.ggml.model", STRING, "gpt2"),
        key("tokenizer.ggml.pre", STRING, "gpt-2"),
        key("tokenizer.ggml.tokens", STRING, tokens),
        key("tokenizer.ggml.token_type", INT32, [CONTROL_TOKEN] + [NORMAL_TOKEN] * 256),
        key("tokenizer.ggml.merges", STRING, []),
        key("tokenizer.ggml.bos_token_id", UINT32, 0),
        key("tokenizer.ggml.eos_token_id", UINT32, 0),
    ]


def _tensor_data(kind, count, generator):
    if kind == F32:
        return struct.pack(f"<{count}f", *[1.0] * count)
    blocks = (struct.pack("<e32b", 0.002, *(generator.randrange(-127, 128) for _ in range(32)))
              for _ in range(count // 32))
    return b"".join(blocks)


def tensors(width=WIDTH, blocks=1, feed_forward=FEED_FORWARD):
    """(name, row-major shape, type) of each."""
    matrices = {"attn_q": [width, width], "attn_k": [width, width], "attn_v": [width, width],
                "attn_output": [width, width], "ffn_gate": [feed_forward, width],
                "ffn_up": [feed_forward, width], "ffn_down": [width, feed_forward]}
    found = [("token_embd.weight", [257, width], Q8_0), ("output_norm.weight", [width], F32)]
    for block in range(blocks):
        found += [(f"blk.{block}.{name}.weight", [width], F32) for name in ("attn_norm", "ffn_norm")]
        found += [(f"blk.{block}.{name}.weight", shape, Q8_0) for name, shape in matrices.items()]
    return found


def make_gguf(path, **size):
    """size: width, blocks and feed_forward where they are not the smallest."""
    generator = random.Random(1)
    header, data = b"", b""
    for name, shape, kind in tensors(**size):
        header += _string(name) + struct.pack("<I", len(shape))
        header += b"".join(struct.pack("<Q", extent) for extent in reversed(shape))
        header += struct.pack("<IQ", kind, len(data))
        count = shape[0] * (shape[1] if len(shape) == 2 else 1)
        data += _tensor_data(kind, count, generator)
        data += bytes(-len(data) % ALIGNMENT)
    found = keys(**size)
    start = b"GGUF" + struct.pack("<IQQ", 3, len(tensors(**size)), len(found)) + b"".join(found)
    start += header
    path.write_bytes(start + bytes(-len(start) % ALIGNMENT) + data)
    return path
