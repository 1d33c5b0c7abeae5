"""What the code of the LLMEmbed paper does to texts, in PyTorch and `transformers`.

Texts are padded on the right to a fixed length; Llama's vectors are the means over all positions,
padding included, of the last five hidden states (the last one behind the final norm); BERT's is the
pooler's output; RoBERTa's the first token's last state. That code runs Llama in f16 on a GPU; here
everything is f32, to see differences of method and not of rounding.
"""

import functools
import os
import shutil

import torch
import transformers

import random_models

ENCODER_TOKENS = 512  # of both encoders, whatever the data
BATCH = 16
TAPS = {"L": [f"L/{layer}:mean_all" for layer in (-1, -2, -3, -4, -5)],
        "B": ["B/-1:pooler"], "R": ["R/-1:cls"]}
TOKENIZERS = {"L": "llama2-tokenizer", "B": "bert-uncased-tokenizer", "R": "roberta-tokenizer"}
TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.txt",
                   "vocab.json", "merges.txt")
WIDE, NARROW = 128, 32  # Llama-2-7B and the encoders have 4096 and 1024


def _configurations():
    llama = {"hidden_size": WIDE, "intermediate_size": 344, "num_hidden_layers": 7,
             "num_attention_heads": 4, "max_position_embeddings": 4096}
    encoder = {"hidden_size": NARROW, "intermediate_size": 96, "num_hidden_layers": 3,
               "num_attention_heads": 2}
    # As the real ones: Llama 2 has no token for padding, RoBERTa counts its positions from it.
    return {"L": ("LlamaForCausalLM", transformers.LlamaConfig(vocab_size=32000, **llama)),
            "B": ("BertModel", transformers.BertConfig(vocab_size=30522, **encoder)),
            "R": ("RobertaModel", transformers.RobertaConfig(
                vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1,
                bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5, **encoder))}


def write_models(folder, tokenizers, seed):
    """{"L": folder, "B": .., "R": ..} of models with random weights and real tokenizers."""
    folders = {}
    for number, (name, (kind, config)) in enumerate(_configurations().items()):
        model = random_models.randomise(getattr(transformers, kind)(config), seed + number)
        folders[name] = folder / name
        model.save_pretrained(folders[name], safe_serialization=True)
        for file in TOKENIZER_FILES:
            source = tokenizers / TOKENIZERS[name] / file
            if source.exists():
                shutil.copyfile(source, folders[name] / file)
    return folders


def _tokenizer(name, folder):
    if name == "R":  # read from the two files that a RoBERTa has
        return transformers.RobertaTokenizerFast(str(folder / "vocab.json"),
                                                 str(folder / "merges.txt"))
    return transformers.AutoTokenizer.from_pretrained(folder)


def _llama_vectors(output):
    return {tap: output.hidden_states[-1 - number].mean(dim=1)
            for number, tap in enumerate(TAPS["L"])}


def _encode(texts, tokenizer, model, length, vectors_of, **options):
    """{tap: [texts, width]}"""
    parts = []
    for start in range(0, len(texts), BATCH):
        batch = tokenizer(texts[start:start + BATCH], padding="max_length", truncation=True,
                          max_length=length, return_tensors="pt")
        with torch.no_grad():
            parts.append(vectors_of(model(**batch, **options)))
    return {tap: torch.cat([part[tap] for part in parts]).numpy() for tap in parts[0]}


class Reference:
    def __init__(self, folders):
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        self.tokenizers = {name: _tokenizer(name, folder) for name, folder in folders.items()}
        self.tokenizers["L"].pad_token = "[PAD]"  # in no vocabulary, and not added to it
        self.tokenizers["L"].padding_side = "right"  # as the real one's tokenizer_config.json says
        kinds = {"L": transformers.AutoModelForCausalLM, "B": transformers.AutoModel,
                 "R": transformers.AutoModel}
        self.models = {name: kinds[name].from_pretrained(folder).eval()
                       for name, folder in folders.items()}

    def vectors(self, texts, llama_tokens):
        """{tap: [texts, width]}; llama_tokens: what the data set is padded to for Llama."""
        encode = functools.partial(_encode, texts)
        found = encode(self.tokenizers["L"], self.models["L"], llama_tokens, _llama_vectors,
                       output_hidden_states=True)
        found |= encode(self.tokenizers["B"], self.models["B"], ENCODER_TOKENS,
                        lambda output: {TAPS["B"][0]: output.pooler_output})
        found |= encode(self.tokenizers["R"], self.models["R"], ENCODER_TOKENS,
                        lambda output: {TAPS["R"][0]: output.last_hidden_state[:, 0, :]})
        return found
