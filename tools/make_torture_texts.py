#!/usr/bin/env python3
"""Writes texts that are hard on a tokenizer, one JSON object a line: {"label": KIND, "text": TEXT}.

The same seed gives the same file. Every code point stands in it alone, between letters and behind a
letter; the rest is made of what tokenizers tend to get wrong. With --random there are random strings
instead, as many as are asked for.

    python3 tools/make_torture_texts.py --output torture.jsonl
    python3 tools/make_torture_texts.py --output random.jsonl --random 1000000
"""

import argparse
import json
import pathlib
import random
import unicodedata

CODE_POINTS = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
COMBINING = [c for c in CODE_POINTS if unicodedata.combining(c)]
SPACING_COMBINING = [c for c in COMBINING if unicodedata.category(c) != "Mn"]
MARKS = [c for c in CODE_POINTS if unicodedata.category(c) in ("Mn", "Mc", "Me")]
DECOMPOSING = [c for c in CODE_POINTS if unicodedata.normalize("NFD", c) != c]
CASED = [c for c in CODE_POINTS if c.lower() != c or c.upper() != c]
SPACES = list(" \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005"
              "\u2006\u2007\u2008\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff")
PUNCTUATION = [c for c in CODE_POINTS if unicodedata.category(c)[0] in "PS"]
CONTROLS = [c for c in CODE_POINTS if unicodedata.category(c) in ("Cc", "Cf")]
SPECIAL = ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "[cls]", "[Mask]", "[ MASK ]", "[MASK",
           "MASK]", "[[MASK]]", "[MASK][MASK]", "[unused1]", "[unused99]", "<s>", "</s>", "##",
           "##ing", "[\u00adMASK]", "[MA\u0301SK]", "\uff3bMASK\uff3d"]
EDGES = [chr(c) for c in (
    0, 1, 0x7F, 0x80, 0xFF, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xF8FF, 0xFDD0, 0xFEFF, 0xFFF9, 0xFFFC,
    0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1FFFF, 0xE0001, 0xE007F, 0xE0100, 0xF0000, 0xFFFFD,
    0x100000, 0x10FFFD, 0x10FFFF)]
EMOJI = ["\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466", "\U0001F44D\U0001F3FD",
         "\u2764\uFE0F", "\U0001F1E9\U0001F1EA", "1\uFE0F\u20E3", "\U0001F3F4\U000E0067\U000E007F",
         "\U0001F9D1\u200D\U0001F680", "\u263A", "\U0001F600"]
RIGHT_TO_LEFT = ["\u0627\u0644\u0633\u0644\u0627\u0645",
                 "\u05E9\u05B8\u05C1\u05DC\u05D5\u05B9\u05DD",
                 "\u0645\u064E\u0631\u0652\u062D\u064E\u0628\u064B\u0627", "\u202Eabc\u202C",
                 "\u200Fabc\u200E", "\u0660\u0661\u0662", "\u060C", "\u061F"]
CHINESE = ["\u4E2D\u6587", "\u3400", "\u4DBF", "\u9FFF", "\U00020000", "\U0002A6DF", "\U0002B73F",
           "\U0002B740", "\U0002B81F", "\U0002B820", "\U0002B91F", "\U0002B920", "\U0002CEAF",
           "\U0002CEB0", "\U0002F800", "\U00030000", "\uF900", "\uFAFF", "\u3042\u30A2", "\uFF71"]
WORDS = ("the of and tokenization unaffable Hello WORLD caf\u00e9 na\u00efve \u0130stanbul I\u0131 "
         "Stra\u00dfe \u039f\u0394\u039f\u03a3 \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2 don't "
         "U.S.A. $5.99 3/4 e-mail a_b \u01c5 \ufb01ne \u1e9e K\u212a\u212b \u0958\u0929 "
         "Vi\u1ec7t \u0e19\u0e49\u0e33 \u0915\u094d\u0937\u093f \u1100\u1161\u11a8").split()


def code_point_rows():
    per_row = 64
    for start in range(0, len(CODE_POINTS), per_row):
        part = CODE_POINTS[start:start + per_row]
        yield "alone", " ".join(part)
        yield "between letters", " ".join(f"a{c}b" for c in part)
        yield "behind a letter", " ".join(f"e{c}" for c in part)
    for c in CODE_POINTS[:0x3000] + EDGES:
        yield "single", c


def hangul(rng):
    jamo = [chr(c) for first, last in ((0x1100, 0x1112), (0x1161, 0x1175), (0x11A7, 0x11C2))
            for c in range(first, last + 1)]
    syllables = [chr(0xAC00 + rng.randrange(11172)) for _ in range(4)]
    return "".join(rng.choices(jamo + syllables, k=rng.randint(1, 8)))


def combining(rng):
    marks = rng.choices(COMBINING, k=rng.randint(1, 6)) + rng.choices(SPACING_COMBINING,
                                                                      k=rng.randint(0, 4))
    rng.shuffle(marks)
    return rng.choice("aeo\u00e9\u1e69\u0915 ") + "".join(marks) + rng.choice(["", "b", " b"])


def long_word(rng):
    length = rng.choice([99, 100, 101, 199, 200, 201])
    return rng.choice(["a", "ab", "\u00e9", "e\u0301", "\u00df", "\u4e2d", "\U0001F600", "\u0130",
                       "tokenization", "\ud55c", "\x00a", "\u00ada"]) * length


def cut_word(rng):
    """A word of exactly 99, 100 or 101 characters out of a small alphabet."""
    return "".join(rng.choices("aeiou\u00e9\u00df", k=rng.choice([99, 100, 101])))


def any_of(choices, glue=""):
    return lambda rng: glue.join(rng.choices(choices, k=rng.randint(1, 6)))


KINDS = {
    "combining": combining,
    "hangul": hangul,
    "long word": long_word,
    "cut word": cut_word,
    "marks": any_of(MARKS + list("ae")),
    "decomposing": any_of(DECOMPOSING),
    "cased": any_of(CASED),
    "spaces": any_of(SPACES + ["a", "b"]),
    "punctuation": any_of(PUNCTUATION + ["a", "1"]),
    "controls": any_of(CONTROLS + ["a", "b", " "]),
    "special tokens": any_of(SPECIAL + [" ", "a", ".", "\u00e9"]),
    "edges": any_of(EDGES + ["a", " "]),
    "emoji": any_of(EMOJI + ["\u200D", "\uFE0F", "a"]),
    "right to left": any_of(RIGHT_TO_LEFT + [" ", "a"]),
    "chinese": any_of(CHINESE + ["a", " "]),
    "words": any_of(WORDS, " "),
    "code points": any_of(CODE_POINTS),
}


def random_rows(rng, count):
    kinds = sorted(KINDS)
    for index in range(count):
        kind = kinds[index % len(kinds)]
        yield kind, KINDS[kind](rng)
    for _ in range(count):
        parts = [KINDS[kind](rng) for kind in rng.choices(kinds, k=rng.randint(2, 6))]
        yield "mixed", rng.choice(["", " ", "\u200b", "a"]).join(parts)


def rows(seed, count):
    yield "empty", ""
    yield "empty", " \t\n "
    yield "empty", "\x00\u200b\ufffd"
    yield "long text", "the quick brown fox " * 5000
    yield "long text", "\u302e\u0327\u302a" * 5000
    yield from code_point_rows()
    yield from random_rows(random.Random(seed), count)


# What random strings are drawn from: each from a few of these, so that runs of one kind occur.
BLOCKS = [range(start, start + 256) for start in range(0, 0x30000, 256)
          if not 0xD800 <= start < 0xE000]
BYTE_LEVEL = ["<s>", "</s>", "<pad>", "<unk>", "<mask>", "<|endoftext|>", "<|im_start|>", "<0x41>",
              "\u2581", "\u0120", "'s", "'S", "'ll", "'RE", "'\u017f", "''", "\n\n", " \n", "\r\n",
              "  ", "   ", "\t\t", "...", "http://", "</", "1234", "\u0661\u0662", "\u00bd"]
ALPHABETS = [list(map(chr, range(32, 127))), list("abcdefghijklmnopqrstuvwxyz      "), WORDS,
             SPACES, list("0123456789 .,"), BYTE_LEVEL, SPECIAL, PUNCTUATION, MARKS, CASED, EMOJI,
             CONTROLS, EDGES, CODE_POINTS]


def fuzz_rows(rng, count):
    """Strings of 1 to 60 draws, most of them short."""
    for _ in range(count):
        alphabets = rng.choices(ALPHABETS, k=rng.randint(1, 3))
        if rng.random() < 0.3:
            alphabets.append([chr(c) for c in rng.choice(BLOCKS)])
        draws = min(60, 1 + int(rng.expovariate(0.1)))
        parts = []
        while draws > 0:
            run = min(draws, rng.randint(1, 12))
            parts += rng.choices(rng.choice(alphabets), k=run)
            draws -= run
        yield "random", "".join(parts)


def write(path, rows_of_texts):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for index, (label, text) in enumerate(rows_of_texts):
            # JSON may write a character as itself or as an escape: both ways are used.
            file.write(json.dumps({"label": label, "text": text}, ensure_ascii=index % 2 == 0))
            file.write("\n")
    return path


def write_both(folder, seed, fuzz_count):
    """[(name, file)]: the torture texts, and as many random strings as are asked for."""
    folder = pathlib.Path(folder)
    files = [("texts of make_torture_texts.py", write(folder / "torture.jsonl", rows(seed, 20000)))]
    if fuzz_count > 0:
        files.append((f"random strings of seed {seed}",
                      write(folder / "random.jsonl", fuzz_rows(random.Random(seed), fuzz_count))))
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", required=True, help="the JSONL file to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20000,
                        help="random texts of one kind; as many again are mixed")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="random strings instead")
    arguments = parser.parse_args()
    if arguments.random > 0:
        write(arguments.output, fuzz_rows(random.Random(arguments.seed), arguments.random))
    else:
        write(arguments.output, rows(arguments.seed, arguments.count))


if __name__ == "__main__":
    main()
