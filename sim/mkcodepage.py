#!/usr/bin/env python3
"""Make the upper halves of the printer's code pages as a C table.

The numbers are Epson's (ESC t n). Characters come from Python's codecs, those
that Python lacks from iconv(1); a byte without a character is 0.
"""
import subprocess

PAGES = {
    0: "cp437", 1: "katakana", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865",
    11: "cp851", 12: "cp853", 13: "cp857", 14: "cp737", 15: "iso8859_7",
    16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858", 21: "tis_620",
    30: "tcvn5712-1", 32: "cp720", 33: "cp775", 34: "cp855", 35: "cp861",
    36: "cp862", 37: "cp864", 38: "cp869", 39: "iso8859_2", 40: "iso8859_15",
    42: "cp774", 43: "cp772", 44: "cp1125", 45: "cp1250", 46: "cp1251",
    47: "cp1253", 48: "cp1254", 49: "cp1255", 50: "cp1256", 51: "cp1257",
    52: "cp1258", 53: "kz1048",
}


# Epson's page 1 has more than katakana: block and line elements around them.
KATAKANA = ("▁▂▃▄▅▆▇█▏▎▍▌▋▊▉┼┴┬┤├▔─│▕┌┐└┘╭╮╰╯\u00a0"
            + "".join(map(chr, range(0xFF61, 0xFFA0)))
            + "═╞╪╡◢◣◥◤♠♥♦♣●○╱╲╳円年月日時分秒〒市区町村人▒ ")


def by_iconv(byte, name):
    run = subprocess.run(["iconv", "-f", name, "-t", "utf-8"], input=bytes([byte]),
                         capture_output=True, check=False)
    return run.stdout.decode() if run.returncode == 0 else ""


def character(byte, name):
    if name == "katakana":
        return KATAKANA[byte - 0x80].strip()
    try:
        return bytes([byte]).decode(name, "ignore")
    except LookupError:
        return by_iconv(byte, name)


print('#include "codepage_table.h"\n\nconst struct codepage_table codepage_tables[] = {')
for number, name in PAGES.items():
    codes = [ord((character(byte, name) or "\0")[0]) for byte in range(128, 256)]
    codes = [code if code >= 0xA0 else 0 for code in codes]  # C1 controls are holes
    if not any(codes):
        continue  # known to neither: the page is not offered
    cells = ", ".join(f"0x{code:04x}" if code else "0" for code in codes)
    print(f'\t{{ {number}, "{name}", {{ {cells} }} }},')
print("};\nconst unsigned codepage_table_count =\n"
      "    sizeof codepage_tables / sizeof codepage_tables[0];")
