#!/usr/bin/env python3
"""Writes src/llmembed/text/unicode/{normalization,grapheme}_tables.cc: what PyPI `tokenizers` does.

As in make_unicode_tables.py, nothing is taken from a Unicode database: decompositions, compositions,
combining marks and the classes of grapheme clusters are read off the pinned version's behaviour.

    python3 tools/make_normalization_tables.py            # rewrites the files
    python3 tools/make_normalization_tables.py --check    # fails if one would change
"""

import argparse
import itertools
import sys

import pinned_packages

pinned_packages.require("tokenizers")

from tokenizers import normalizers  # noqa: E402

import charsmap  # noqa: E402
from make_unicode_tables import (CODE_POINTS, HANGUL, VERSION, expect,  # noqa: E402
                                 hangul_decomposition, wrapped)

FOLDER = pinned_packages.REPOSITORY / "src/llmembed/text/unicode"
BLOCK = 128  # kDecompositionBlock in normalization_tables.h
ACUTE, CIRCUMFLEX, ZWJ = "\u0301", "\u0302", "\u200d"


def probe_decompositions(form):
    """{code point: its full decomposition}, Hangul syllables checked and left out."""
    mappings = {}
    for c in CODE_POINTS:
        parts = [ord(part) for part in form(chr(c))]
        if c in HANGUL:
            expect(parts == hangul_decomposition(c), "is no ordinary Hangul syllable", c)
        elif parts != [c]:
            expect(0 < len(parts) <= 18, "decomposes to more than 18 code points", c)
            mappings[c] = parts
    return mappings


def probe_compositions(canonical):
    """{(first, second): composite}, Hangul syllables left out."""
    nfc = normalizers.NFC().normalize_str
    pairs = {}
    for c, parts in canonical.items():
        if len(parts) < 2 or nfc(chr(c)) != chr(c):
            continue
        first = nfc("".join(map(chr, parts[:-1])))
        expect(len(first) == 1, "is no pair", c)
        expect(nfc(first + chr(parts[-1])) == chr(c), "does not compose", c)
        pairs[ord(first), parts[-1]] = c
    return pairs


def probe_marks():
    strip = normalizers.StripAccents().normalize_str
    marks = set()
    for c in CODE_POINTS:
        stripped = strip(chr(c))
        expect(stripped in ("", chr(c)), "is stripped in an unknown way", c)
        if stripped == "":
            marks.add(c)
    return marks


def breaks_before(character):
    """Whether a grapheme cluster ends between a text and `character`, a function of the text.

    A cluster of less than six bytes is looked up whole: then the acute accent is lost.
    """
    replace = normalizers.Precompiled(charsmap.build({character: "X"})).normalize_str
    return lambda text: not replace(text + character + ACUTE).endswith(ACUTE)


def probe_controls():
    """Code points with a cluster's end on both sides, carriage return and line feed among them."""
    replace = normalizers.Precompiled(charsmap.build({ACUTE: "X"})).normalize_str
    return {c for c in CODE_POINTS if not replace(chr(c) + ACUTE + CIRCUMFLEX).endswith(CIRCUMFLEX)}


def probe_hangul():
    """Jamo and syllables by what they join: {code point: class}."""
    before_vowel, before_trailing = breaks_before("\u1161"), breaks_before("\u11a8")
    before_leading = breaks_before("\u1100")
    classes = {}
    for c in CODE_POINTS:
        joins = tuple(not breaks(chr(c)) for breaks in
                      (before_leading, before_vowel, before_trailing))
        name = {(True, True, False): "kLeading", (False, True, True): "kVowel",
                (False, False, True): "kTrailing"}.get(joins)
        if name is not None:
            classes[c] = name
    for c in HANGUL:
        expected = "kTrailing" if len(hangul_decomposition(c)) == 3 else "kVowel"
        expect(classes.get(c) == expected, "is no ordinary Hangul syllable", c)
    return {c: name for c, name in classes.items() if c not in HANGUL}


def probe_graphemes():
    """{code point: GraphemeClass}; what can only stand in clusters of six bytes is left out."""
    attaches = normalizers.Precompiled(charsmap.build({"a": "X"})).normalize_str
    before_a, before_copyright = breaks_before("a"), breaks_before("\u00a9")
    before_registered = breaks_before("\u00ae")
    expect(breaks_before("\u0937")("\u0915\u094d"), "conjuncts are clusters", 0x094D)
    classes = probe_hangul()
    controls = probe_controls()
    for c in CODE_POINTS:
        char = chr(c)
        if attaches("a" + char) == "X":
            extends = not before_registered("\u00a9" + char + ZWJ)
            classes[c] = "kExtend" if extends else "kSpacingMark"
        elif c in controls:
            classes[c] = "kControl"
        elif not before_a(char):
            classes[c] = "kPrepend"
        elif not before_copyright(char + ZWJ):
            classes[c] = "kPictographic"
    classes[ord(ZWJ)] = "kJoiner"
    return classes


def ranges_of(members):
    """[first, last] of each run of consecutive numbers."""
    runs = []
    for c in sorted(members):
        if runs and runs[-1][1] == c - 1:
            runs[-1][1] = c
        else:
            runs.append([c, c])
    return runs


def class_ranges(classes):
    entries = []
    for name in sorted(set(classes.values())):
        entries += [(first, last, name)
                    for first, last in ranges_of(c for c in classes if classes[c] == name)]
    return sorted(entries)


def two_stage(mappings):
    """(block index, blocks, pool): an entry is the place in the pool of a length and code points."""
    pool, places, blocks, block_index = [0], {}, {}, []
    for start in range(0, 0x110000, BLOCK):
        block = []
        for c in range(start, start + BLOCK):
            parts = tuple(mappings.get(c, ()))
            if parts and parts not in places:
                places[parts] = len(pool)
                pool += [len(parts), *parts]
            block.append(places[parts] if parts else 0)
        block_index.append(blocks.setdefault(tuple(block), len(blocks)))
    expect(len(pool) < 65536 and len(blocks) < 256, "the tables' types are too narrow", 0)
    return block_index, list(blocks), pool


def hexadecimal(values):
    return wrapped(f"0x{value:X}" for value in values)


def render_decompositions(name, mappings):
    block_index, blocks, pool = two_stage(mappings)
    rows = "\n".join("    {" + wrapped(block).lstrip() + "}," for block in blocks)
    return f"""\
const uint8_t k{name}BlockIndex[] = {{
{wrapped(block_index)}
}};
const uint16_t k{name}Blocks[][kDecompositionBlock] = {{
{rows}
}};
const char32_t k{name}Pool[] = {{
{hexadecimal(pool)}
}};
"""


def render(header, contents):
    return f"""\
// Generated by tools/make_normalization_tables.py from PyPI tokenizers {VERSION}: do not edit.
#include "text/unicode/{header}"

namespace llmembed::text {{

// clang-format off
{contents}// clang-format on

}}  // namespace llmembed::text
"""


def normalization_tables():
    canonical = probe_decompositions(normalizers.NFD().normalize_str)
    compatible = probe_decompositions(normalizers.NFKD().normalize_str)
    compositions = sorted(probe_compositions(canonical).items())
    marks = ranges_of(probe_marks())
    pairs = wrapped(f"{{0x{first:X}, 0x{second:X}, 0x{composite:X}}}"
                    for (first, second), composite in compositions)
    mark_entries = wrapped(f"{{0x{first:X}, 0x{last:X}}}" for first, last in marks)
    return render("normalization_tables.h", f"""\
{render_decompositions("Compatible", compatible)}
const Composition kCompositions[] = {{
{pairs}
}};
const uint32_t kCompositionCount = {len(compositions)};

const CodePointRange kCombiningMarks[] = {{
{mark_entries}
}};
const uint32_t kCombiningMarkCount = {len(marks)};
""")


def grapheme_tables():
    ranges = class_ranges(probe_graphemes())
    entries = wrapped(f"{{0x{first:X}, 0x{last:X}, GraphemeClass::{name}}}"
                      for first, last, name in ranges)
    return render("grapheme_tables.h", f"""\
const GraphemeRange kGraphemeRanges[] = {{
{entries}
}};
const uint32_t kGraphemeRangeCount = {len(ranges)};
""")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    arguments = parser.parse_args()
    for name, build in (("normalization_tables.cc", normalization_tables),
                        ("grapheme_tables.cc", grapheme_tables)):
        output, text = FOLDER / name, build()
        if not arguments.check:
            output.write_text(text)
            print(f"{output}: {len(text)} bytes")
        elif not output.exists() or output.read_text() != text:
            sys.exit(f"{output} is not what tokenizers {VERSION} does")


if __name__ == "__main__":
    main()
