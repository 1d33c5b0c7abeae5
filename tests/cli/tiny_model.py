"""A BERT of a few thousand random weights: a real model folder without a download."""

import json
import random
import struct

WIDTH, LAYERS, FEED_FORWARD, POSITIONS = 32, 2, 64, 64

GOOD_WORDS = ["great", "lovely", "fine", "superb", "happy", "bright"]
BAD_WORDS = ["awful", "broken", "sad", "grim", "dull", "late"]
OTHER_WORDS = ["the", "film", "was", "and", "a", "very", "so", "it", "is", "this"]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + GOOD_WORDS + BAD_WORDS + OTHER_WORDS

# The beginning of a recipe with this model, or another one, as its only backbone.
RECIPE_OF = """version: 1
name: {name}
backbones:
  - name: tiny
    model: {model}
    max_tokens: 32
    dtype: f32
"""


def _tensor_shapes(width, layers, feed_forward):
    shapes = {
        "embeddings.word_embeddings.weight": [len(VOCABULARY), width],
        "embeddings.position_embeddings.weight": [POSITIONS, width],
        "embeddings.token_type_embeddings.weight": [2, width],
        "embeddings.LayerNorm.weight": [width],
        "embeddings.LayerNorm.bias": [width],
    }
    square = ["attention.self.query", "attention.self.key", "attention.self.value",
              "attention.output.dense"]
    for layer in range(layers):
        prefix = f"encoder.layer.{layer}."
        linear = {name: (width, width) for name in square}
        linear["intermediate.dense"] = (feed_forward, width)
        linear["output.dense"] = (width, feed_forward)
        for name, shape in linear.items():
            shapes[f"{prefix}{name}.weight"] = list(shape)
            shapes[f"{prefix}{name}.bias"] = [shape[0]]
        for norm in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"{prefix}{norm}.weight"] = [width]
            shapes[f"{prefix}{norm}.bias"] = [width]
    return shapes


def _values(name, count, generator):
    if name.endswith("LayerNorm.weight"):
        return [1.0] * count
    if name.endswith("bias"):
        return [0.0] * count
    spread = 0.01 if "position" in name else 0.2
    return [generator.gauss(0.0, spread) for _ in range(count)]


def make_model(folder, seed=1, width=WIDTH, layers=LAYERS, feed_forward=FEED_FORWARD):
    """Writes config.json, vocab.txt and model.safetensors into a new folder."""
    folder.mkdir(parents=True)
    config = {
        "model_type": "bert", "vocab_size": len(VOCABULARY), "hidden_size": width,
        "num_hidden_layers": layers, "num_attention_heads": 4,
        "intermediate_size": feed_forward, "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu",
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True}))
    generator = random.Random(seed)
    header, data = {}, b""
    for name, shape in _tensor_shapes(width, layers, feed_forward).items():
        count = shape[0] * (shape[1] if len(shape) == 2 else 1)
        values = struct.pack(f"<{count}f", *_values(name, count, generator))
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    return folder


def make_reviews(rows, seed=1):
    """Labelled texts, (text, label) each, that a bag of words tells apart."""
    generator = random.Random(seed)
    reviews = []
    for row in range(rows):
        label, words = ("good", GOOD_WORDS) if row % 2 == 0 else ("bad", BAD_WORDS)
        text = (generator.sample(OTHER_WORDS, 4) + generator.sample(words, 2) +
                generator.sample(OTHER_WORDS, generator.randrange(6)))
        reviews.append((" ".join(text), label))
    return reviews


def reviews_csv(reviews):
    return "text,label\n" + "".join(f"{text},{label}\n" for text, label in reviews)
