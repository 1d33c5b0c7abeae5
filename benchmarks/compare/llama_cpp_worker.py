#!/usr/bin/env python3
"""Embeds texts by llama.cpp, many a call, the mean over tokens; prints the seconds as JSON.

For benchmarks/compare/peers. llama-cpp-python is built by pip on the first use: that needs a C++
compiler and some minutes.
"""

import argparse
import json
import pathlib
import time

import sentence_encoder  # noqa: F401  makes tools/ importable

import compare_texts
import pinned_packages


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a GGUF file")
    parser.add_argument("texts", type=pathlib.Path, help="JSON lines with a text each")
    parser.add_argument("output", help="a .npy file")
    parser.add_argument("--max-tokens", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True, help="tokens of a call")
    parser.add_argument("--step", type=int, required=True, help="tokens of a step of a call")
    parser.add_argument("--flash", action="store_true", help="flash attention")
    parser.add_argument("--python", help="an interpreter that has llama-cpp-python as pinned")
    return parser.parse_args()


def load(arguments):
    import llama_cpp

    class Llama(llama_cpp.Llama):
        def tokenize(self, *positional, **named):
            return super().tokenize(*positional, **named)[:arguments.max_tokens]

    return Llama(model_path=arguments.model, embedding=True, verbose=False,
                 pooling_type=llama_cpp.LLAMA_POOLING_TYPE_MEAN, n_ctx=arguments.batch,
                 n_batch=arguments.batch, n_ubatch=arguments.step, flash_attn=arguments.flash,
                 n_threads=arguments.threads, n_threads_batch=arguments.threads)


def main():
    arguments = parse()
    pinned_packages.require("llama-cpp-python", "tokenizers", python=arguments.python)
    import numpy
    texts = [text for _, text in compare_texts.rows_of(arguments.texts)]
    model = load(arguments)
    model.embed(texts[:16])  # warm
    start = time.perf_counter()
    vectors = model.embed(texts)
    seconds = time.perf_counter() - start
    numpy.save(arguments.output, numpy.array(vectors, numpy.float32))
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
