"""The tokenizers that are compared, each as llmembed finds it and as its reference has it."""

import dataclasses
import json
import pathlib
import tempfile
from typing import Callable

from tokenizers import Tokenizer, processors

import compare_texts
import gguf_metadata

MODELS = compare_texts.SHARED_DATA.parent / "models"
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
              "use_regex": True}


@dataclasses.dataclass
class Subject:
    name: str
    model: pathlib.Path  # what llmembed is given
    reference: Callable[[], Tokenizer]


def _plain(tokenizer):
    """Whatever padding and truncation a file asks for, the ids are compared without."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def from_json(folder):
    return _plain(Tokenizer.from_file(str(pathlib.Path(folder) / "tokenizer.json")))


def _from_files(class_name, **files):
    import transformers
    return _plain(getattr(transformers, class_name)(**files).backend_tokenizer)


def _split(digits):
    expression = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|" + digits +
                  r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
    return {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": expression}, "behavior": "Isolated",
         "invert": False}, {**BYTE_LEVEL, "use_regex": False}]}


# tokenizer.ggml.pre: what stands in the tokenizer.json of the models that a file of it is made of.
PRE = {
    "gpt-2": {"pre_tokenizer": BYTE_LEVEL},
    "smollm": {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Digits", "individual_digits": True}, BYTE_LEVEL]}},
    "llama-bpe": {"pre_tokenizer": _split(r"\p{N}{1,3}"), "ignore_merges": True, "bos": True},
    "qwen2": {"pre_tokenizer": _split(r"\p{N}"), "normalizer": {"type": "NFC"}},
}


def from_gguf(path):
    """The tokenizer of a byte-level GGUF file's model, put together as Hugging Face has it."""
    metadata = gguf_metadata.read(path)
    tokens = metadata["tokenizer.ggml.tokens"]
    pre = PRE[metadata["tokenizer.ggml.pre"]]
    control, user_defined = 3, 4
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    added = [{"id": index, "content": token, "special": kind == control, **flags}
             for index, (token, kind) in enumerate(
                 zip(tokens, metadata["tokenizer.ggml.token_type"]))
             if kind in (control, user_defined)]
    tokenizer = Tokenizer.from_str(json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": pre.get("normalizer"), "pre_tokenizer": pre["pre_tokenizer"],
        "post_processor": None, "decoder": BYTE_LEVEL,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "fuse_unk": False,
                  "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "byte_fallback": False, "ignore_merges": pre.get("ignore_merges", False),
                  "vocab": {token: index for index, token in enumerate(tokens)},
                  "merges": metadata["tokenizer.ggml.merges"]}}))
    if metadata.get("tokenizer.ggml.add_bos_token", pre.get("bos", False)):
        bos = metadata["tokenizer.ggml.bos_token_id"]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{tokens[bos]} $A", special_tokens=[(tokens[bos], bos)])
    return tokenizer


_FOLDERS = []  # removed at the end


def _alone(folder, *names):
    """A folder with these files of another one and nothing else."""
    _FOLDERS.append(tempfile.TemporaryDirectory(prefix="llmembed-tokenizer-"))
    alone = pathlib.Path(_FOLDERS[-1].name)
    for name in names:
        (alone / name).symlink_to(folder / name)
    return alone


def of_gguf(path):
    return Subject(path.name, path, lambda: from_gguf(path))


def find(program):
    """Those whose files are on this machine. To add one: a line here."""
    bert, roberta, llama2 = (MODELS / name for name in (
        "bert-uncased-tokenizer", "roberta-tokenizer", "llama2-tokenizer"))
    subjects = []
    if bert.exists():
        vocab = str(bert / "vocab.txt")
        subjects += [
            Subject("bert", bert, lambda: from_json(bert)),
            Subject("bert-vocab", _alone(bert, "vocab.txt"),
                    lambda: _from_files("BertTokenizerFast", vocab_file=vocab))]
    if roberta.exists():
        files = {"vocab_file": str(roberta / "vocab.json"),
                 "merges_file": str(roberta / "merges.txt")}
        subjects.append(Subject("roberta", roberta,
                                lambda: _from_files("RobertaTokenizerFast", **files)))
    if llama2.exists():
        subjects.append(Subject("llama2", llama2, lambda: from_json(llama2)))
    if smollm2 := program.find_model("smollm2"):
        path = next(iter(sorted(pathlib.Path(smollm2).glob("*.gguf"))), pathlib.Path(smollm2))
        subjects.append(dataclasses.replace(of_gguf(path), name="smollm2"))
    if minilm := program.find_model("minilm"):
        subjects.append(Subject("minilm", pathlib.Path(minilm), lambda: from_json(minilm)))
    return subjects
