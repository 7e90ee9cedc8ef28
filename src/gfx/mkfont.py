#!/usr/bin/env python3
"""Turn PCF bitmap fonts into a C table: mkfont.py NAME=FILE.pcf.gz ... > letters.c

Each font becomes sorted code points and rows of 16 bits, leftmost dot highest.
PCF is X11's format: a directory of tables, each little or big endian.
"""
import gzip
import struct
import sys

METRICS, BITMAPS, ENCODINGS = 1 << 2, 1 << 3, 1 << 5
COMPRESSED = 0x100


class Pcf:
    def __init__(self, path):
        self.data = gzip.open(path).read()
        if self.data[:4] != b"\x01fcp":
            sys.exit(f"{path}: not a PCF font")
        count = struct.unpack_from("<I", self.data, 4)[0]
        self.tables = {}
        for i in range(count):
            kind, form, _, offset = struct.unpack_from("<4I", self.data, 8 + 16 * i)
            self.tables[kind] = (form, offset)

    def table(self, kind):
        form, offset = self.tables[kind]
        return form, ">" if form & 4 else "<", offset + 4

    def metrics(self):
        form, end, at = self.table(METRICS)
        if form & COMPRESSED:
            count = struct.unpack_from(end + "H", self.data, at)[0]
            raw = self.data[at + 2:at + 2 + 5 * count]
            return [tuple(b - 0x80 for b in raw[i:i + 5]) for i in range(0, len(raw), 5)]
        count = struct.unpack_from(end + "I", self.data, at)[0]
        return [struct.unpack_from(end + "5h", self.data, at + 4 + 12 * i) for i in range(count)]

    def rows(self):
        """The rows of each glyph, as integers of 16 bits."""
        form, end, at = self.table(BITMAPS)
        pad = 1 << (form & 3)
        msb = form & 8
        count = struct.unpack_from(end + "I", self.data, at)[0]
        offsets = struct.unpack_from(end + f"{count}I", self.data, at + 4)
        start = at + 4 + 4 * count + 16
        out = []
        for offset, (left, right, _, ascent, descent) in zip(offsets, self.metrics()):
            width = right - left
            stride = (width + 8 * pad - 1) // (8 * pad) * pad
            glyph = []
            for y in range(ascent + descent):
                row = self.data[start + offset + y * stride:][:stride]
                bits = 0
                for x in range(min(width, 16)):
                    shift = 7 - x % 8 if msb else x % 8
                    bits |= (row[x // 8] >> shift & 1) << (15 - x - left)
                glyph.append(bits)
            out.append(glyph)
        return out

    def glyphs(self):
        _, end, at = self.table(ENCODINGS)
        low, high, low1, high1, _ = struct.unpack_from(end + "5H", self.data, at)
        rows = self.rows()
        found = {}
        index = at + 10
        for byte1 in range(low1, high1 + 1):
            for byte2 in range(low, high + 1):
                glyph = struct.unpack_from(end + "H", self.data, index)[0]
                index += 2
                if glyph != 0xFFFF:
                    found[byte1 << 8 | byte2] = rows[glyph]
        return found


def emit(name, path):
    glyphs = Pcf(path).glyphs()
    height = max(map(len, glyphs.values()))
    print(f"static const uint16_t {name}_codes[] = {{")
    for code in sorted(glyphs):
        print(f"\t0x{code:04x},")
    print(f"}};\nstatic const uint16_t {name}_rows[] = {{")
    for code in sorted(glyphs):
        rows = glyphs[code] + [0] * (height - len(glyphs[code]))
        print("\t" + ", ".join(f"0x{row:04x}" for row in rows) + ",")
    print("};")
    return f"\t{{ {name}_codes, {name}_rows, {len(glyphs)}, {height} }},"


print('#include "gfx/font_table.h"\n')
entries = [emit(*arg.split("=")) for arg in sys.argv[1:]]
print("const struct font_table font_tables[2] = {\n" + "\n".join(entries) + "\n};")
