#!/usr/bin/env python3
"""Writes src/llmembed/text/unicode/tables.cc: what PyPI `tokenizers` does with every code point.

Nothing is taken from a Unicode database: each property is read off the pinned version's behaviour,
one code point at a time, so that its tables' several Unicode versions come along as they are.

    python3 tools/make_unicode_tables.py            # rewrites the file
    python3 tools/make_unicode_tables.py --check    # fails if the file would change
"""

import argparse
import collections
import pathlib
import sys
import unicodedata

import pinned_packages

pinned_packages.require("tokenizers")

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers  # noqa: E402

VERSION = pinned_packages.VERSIONS["tokenizers"]
OUTPUT = pinned_packages.REPOSITORY / "src/llmembed/text/unicode/tables.cc"
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
BLOCK = 128  # kBlockSize in tables.h
HANGUL = range(0xAC00, 0xAC00 + 11172)

# PropertyFlag in properties.h
WHITESPACE, REMOVED, IDEOGRAPH, MARK, PUNCTUATION, WORD, DECOMPOSES, LOWERCASES = (
    1 << bit for bit in range(8))


def bert_normalizer(**options):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**off, **options}).normalize_str


def expect(condition, message, code_point):
    if not condition:
        sys.exit(f"U+{code_point:04X}: {message}: the tables cannot express this")


def probe_words():
    """(word, space): the regular expressions \\w and \\s that added tokens are matched with."""
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "x": 1, "y": 2}, unk_token="[UNK]"))
    tokenizer.add_tokens([AddedToken("x", single_word=True, normalized=False),
                          AddedToken("y", rstrip=True, normalized=False)])
    word, space = set(), set()
    for c in CODE_POINTS:
        if chr(c) in "xy" or tokenizer.encode("x" + chr(c)).ids[0] != 1:
            word.add(c)
        if tokenizer.encode("y" + chr(c) + "b").offsets[0][1] == 2:
            space.add(c)
    return word, space


def probe_pre_tokenizer():
    """(whitespace, punctuation) of BertPreTokenizer."""
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    whitespace, punctuation = set(), set()
    for c in CODE_POINTS:
        pieces = [piece for piece, _ in split("a" + chr(c) + "b")]
        if pieces == ["a", "b"]:
            whitespace.add(c)
        elif pieces == ["a", chr(c), "b"]:
            punctuation.add(c)
        else:
            expect(pieces == ["a" + chr(c) + "b"], "splits in an unknown way", c)
    return whitespace, punctuation


def probe_cleaning(whitespace):
    """Code points that clean_text removes; the rest of the whitespace becomes U+0020."""
    clean = bert_normalizer(clean_text=True)
    removed = set()
    for c in CODE_POINTS:
        cleaned = clean(chr(c))
        if cleaned == "":
            removed.add(c)
        else:
            expect(cleaned == (" " if c in whitespace else chr(c)), "cleans in an unknown way", c)
    return removed


def probe_ideographs():
    pad = bert_normalizer(handle_chinese_chars=True)
    return {c for c in CODE_POINTS if pad(chr(c)) == f" {chr(c)} "}


def hangul_decomposition(c):
    index = c - 0xAC00
    parts = [0x1100 + index // 588, 0x1161 + index % 588 // 28]
    return parts + [0x11A7 + index % 28] if index % 28 else parts


def probe_decompositions():
    """{code point: its full canonical decomposition}, Hangul syllables checked and left out."""
    nfd = normalizers.NFD().normalize_str
    mappings = {}
    for c in CODE_POINTS:
        parts = [ord(part) for part in nfd(chr(c))]
        if c in HANGUL:
            expect(parts == hangul_decomposition(c), "is no ordinary Hangul syllable", c)
        elif parts != [c]:
            expect(0 < len(parts) <= 4, "decomposes to more than four code points", c)
            mappings[c] = parts
    return mappings


def probe_marks(decompositions):
    """Code points that strip_accents removes after the decomposition."""
    strip = bert_normalizer(strip_accents=True)
    marks = {c for c in CODE_POINTS if c not in decompositions and strip(chr(c)) == ""}
    for c in CODE_POINTS:
        parts = hangul_decomposition(c) if c in HANGUL else decompositions.get(c, [c])
        kept = "".join(chr(part) for part in parts if part not in marks)
        expect(strip(chr(c)) == kept, "strips in an unknown way", c)
    return marks


def probe_combining_classes(decompositions):
    """{code point: canonical combining class}, from how NFD orders it against known ones."""
    nfd = normalizers.NFD().normalize_str
    lowest, highest = "\u0334", "\u0345"  # classes 1 and 240, the least and the greatest there are

    def moves(char):
        return nfd(char + lowest) == lowest + char or nfd(highest + char) == char + highest

    nonstarters = [c for c in CODE_POINTS
                   if c not in decompositions and c not in HANGUL and moves(chr(c))]
    examples = {}
    for c in nonstarters:
        examples.setdefault(unicodedata.combining(chr(c)), chr(c))
    classes = {}
    for c in nonstarters:
        equal = [value for value, other in examples.items()
                 if nfd(chr(c) + other) == chr(c) + other and nfd(other + chr(c)) == other + chr(c)]
        expect(len(equal) == 1 and equal[0] > 0, f"has no known combining class ({equal})", c)
        classes[c] = equal[0]
    return classes


def probe_lowercase():
    """{code point: [lower-case code points]} where they differ."""
    lower = bert_normalizer(lowercase=True)
    mappings = {c: [ord(part) for part in lower(chr(c))] for c in CODE_POINTS}
    return {c: parts for c, parts in mappings.items() if parts != [c]}


def case_ranges(lowercase):
    """(ranges, expansions): ranges are [first, last, stride, delta] of one-to-one mappings."""
    ranges = []
    expansions = {c: parts for c, parts in lowercase.items() if len(parts) != 1}
    for c in sorted(set(lowercase) - set(expansions)):
        delta = lowercase[c][0] - c
        if ranges and ranges[-1][3] == delta:
            first, last, stride, _ = ranges[-1]
            step = c - last
            if step == stride or (first == last and step <= 2):
                ranges[-1][1:3] = [c, step]
                continue
        ranges.append([c, c, 1, delta])
    return ranges, expansions


def wrapped(values):
    line, lines = "   ", []
    for value in values:
        text = f" {value},"
        if len(line) + len(text) > 100:
            lines.append(line)
            line = "   "
        line += text
    return "\n".join(lines + [line])


def property_tables(flags, classes):
    """(properties, blocks, block_index) of the two-stage table."""
    kinds, blocks = {(0, 0): 0}, {}
    block_index = []
    for start in range(0, 0x110000, BLOCK):
        block = tuple(kinds.setdefault((flags[c], classes.get(c, 0)), len(kinds))
                      for c in range(start, start + BLOCK))
        block_index.append(blocks.setdefault(block, len(blocks)))
    if len(kinds) > 256 or len(blocks) > 65536:
        sys.exit("the two-stage table's index types are too narrow")
    return list(kinds), list(blocks), block_index


def build():
    word, space = probe_words()
    whitespace, punctuation = probe_pre_tokenizer()
    expect(space == whitespace, "\\s and the pre-tokenizer's whitespace differ",
           min(space ^ whitespace, default=0))
    decompositions = probe_decompositions()
    classes = probe_combining_classes(decompositions)
    lowercase = probe_lowercase()
    flags = collections.Counter()
    for flag, members in ((WHITESPACE, whitespace), (REMOVED, probe_cleaning(whitespace)),
                          (IDEOGRAPH, probe_ideographs()), (MARK, probe_marks(decompositions)),
                          (PUNCTUATION, punctuation), (WORD, word),
                          (DECOMPOSES, set(decompositions) | set(HANGUL)),
                          (LOWERCASES, set(lowercase))):
        for c in members:
            flags[c] |= flag
    return render(property_tables(flags, classes), decompositions, case_ranges(lowercase))


def render(properties, decompositions, lowercase):
    kinds, blocks, block_index = properties
    ranges, expansions = lowercase
    pool, entries = [], []
    for c, parts in sorted(decompositions.items()):
        entries.append(f"{{0x{c:X}, {len(pool)}, {len(parts)}}}")
        pool += parts
    expect(len(pool) < 65536, "the pool of decompositions is too large", 0)
    range_entries = [f"{{0x{first:X}, 0x{last:X}, {stride}, {delta}}}"
                     for first, last, stride, delta in ranges]
    expansion_entries = []
    for c, parts in sorted(expansions.items()):
        lowercase_parts = ", ".join(f"0x{part:X}" for part in parts)
        expansion_entries.append(f"{{0x{c:X}, {len(parts)}, {{{lowercase_parts}}}}}")
    return f"""\
// Generated by tools/make_unicode_tables.py from PyPI tokenizers {VERSION}: do not edit.
#include "text/unicode/tables.h"

namespace llmembed::text {{

// clang-format off
const CodePointProperties kProperties[] = {{
{wrapped(f"{{{flag}, {combining_class}}}" for flag, combining_class in kinds)}
}};

const uint16_t kBlockIndex[] = {{
{wrapped(block_index)}
}};

const uint8_t kBlocks[][kBlockSize] = {{
{chr(10).join("    {" + wrapped(block).lstrip() + "}," for block in blocks)}
}};

const Decomposition kDecompositions[] = {{
{wrapped(entries)}
}};
const uint32_t kDecompositionCount = {len(entries)};

const char32_t kDecompositionPool[] = {{
{wrapped(f"0x{part:X}" for part in pool)}
}};

const CaseRange kLowercaseRanges[] = {{
{wrapped(range_entries)}
}};
const uint32_t kLowercaseRangeCount = {len(ranges)};

const CaseExpansion kLowercaseExpansions[] = {{
{wrapped(expansion_entries)}
}};
const uint32_t kLowercaseExpansionCount = {len(expansions)};
// clang-format on

}}  // namespace llmembed::text
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    arguments = parser.parse_args()
    text = build()
    if not arguments.check:
        OUTPUT.write_text(text)
        print(f"{OUTPUT}: {len(text)} bytes")
    elif not OUTPUT.exists() or OUTPUT.read_text() != text:
        sys.exit(f"{OUTPUT} is not what tokenizers {VERSION} does")


if __name__ == "__main__":
    main()
