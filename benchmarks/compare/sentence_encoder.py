"""The reference of these comparisons: sentence-transformers reading the same MiniLM folder."""

import pathlib
import sys

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

MAX_TOKENS = 256  # the model's sentence_bert_config.json


def load(folder, threads):
    """Mean over a text's tokens, not normalised, f32: what `llmembed embed --taps -1:mean` gives.

    The published model ends with a Normalize module. It is left out: its cost is nothing, and a
    head is trained on the vectors as they are.
    """
    import torch
    from sentence_transformers import SentenceTransformer, models
    torch.set_num_threads(threads)
    transformer = models.Transformer(str(folder), max_seq_length=MAX_TOKENS,
                                     tokenizer_args={"clean_up_tokenization_spaces": True})
    pooling = models.Pooling(transformer.get_word_embedding_dimension(), pooling_mode="mean")
    encoder = SentenceTransformer(modules=[transformer, pooling], device="cpu")
    names = [type(module).__name__ for module in encoder]
    if names != ["Transformer", "Pooling"] or encoder.max_seq_length != MAX_TOKENS:
        sys.exit(f"sentence-transformers built {names}, at most {encoder.max_seq_length} tokens")
    return encoder


def encode(encoder, texts):
    """f32 [texts, width], at the defaults: batches of 32, sorted by length."""
    return encoder.encode(texts, show_progress_bar=False)
