#!/usr/bin/env python3
"""Write receipt.escpos: a shop's receipt, as a till would send it.

Only what every ESC/POS printer of 80 mm knows: 576 dots, font A with 48
columns, code page 858 (ESC t 19), raster logo, EAN-13, QR code, partial cut.
Run it again after a change: examples/make_receipt.py > examples/receipt.escpos
"""
import math
import sys

ESC, GS = b"\x1b", b"\x1d"
COLUMNS = 48
SHOP = "Kafferosteri Nord"
ITEMS = [
    (2, "Flat white, oat milk", 4.20),
    (1, "Cortado", 3.40),
    (1, "Pain au chocolat", 2.90),
    (3, "Smørrebrød, beetroot & dill", 6.50),
    (1, "Espresso beans »Polar« 250 g", 11.80),
    (1, "Paper filters 02, 100 pcs", 4.95),
]
VAT_FOOD, VAT_GOODS = 0.07, 0.19
LOGO_WIDTH, LOGO_HEIGHT = 192, 176


def text(line=""):
    return line.encode("cp858") + b"\n"


def columns(left, right, width=COLUMNS):
    return text(left[:width - len(right) - 1].ljust(width - len(right)) + right)


def align(n):
    return ESC + b"a" + bytes([n])


def bold(on):
    return ESC + b"E" + bytes([on])


def size(width, height):
    return GS + b"!" + bytes([(width - 1) << 4 | (height - 1)])


def font(n):
    return ESC + b"M" + bytes([n])


def feed(dots):
    return ESC + b"J" + bytes([dots])


def logo_dot(x, y):
    """A cup with steam, from a few curves."""
    u, v = (x - 86) / 64, (y - 112) / 50
    in_cup = -0.9 < v < 0.8 and abs(u) < 1.0 - 0.42 * max(0.0, v) ** 2
    rim = -0.78 < v < -0.62 and abs(u) < 0.9
    bean = ((x - 86) / 17) ** 2 + ((y - 116) / 25) ** 2
    seam = abs((x - 86) - 5 * math.sin((y - 116) / 8)) < 2.2
    ring = math.hypot((x - 148) / 1.0, (y - 104) / 1.05)
    handle = 17 < ring < 27 and x > 140
    saucer = 158 < y < 168 and abs(x - 88) < 84 - abs(y - 163) * 2
    for i, top in enumerate((18, 6, 18)):
        middle = 56 + 30 * i + 8 * math.sin((y - top) / 9.5)
        width = 3.6 * math.sin(math.pi * min(1, max(0, (y - top) / 46)))
        if top < y < top + 46 and abs(x - middle) < width:
            return True
    if in_cup and bean < 1:
        return seam
    return (in_cup and not rim) or handle or saucer


def logo():
    stride = LOGO_WIDTH // 8
    rows = bytearray(stride * LOGO_HEIGHT)
    for y in range(LOGO_HEIGHT):
        for x in range(LOGO_WIDTH):
            if logo_dot(x, y):
                rows[y * stride + x // 8] |= 0x80 >> x % 8
    return (GS + b"v0\x00" + stride.to_bytes(2, "little")
            + LOGO_HEIGHT.to_bytes(2, "little") + bytes(rows))


def qr(content):
    def function(fn, data):
        body = bytes([49, fn]) + data
        return GS + b"(k" + len(body).to_bytes(2, "little") + body

    return (function(65, b"\x32\x00") + function(67, b"\x06") + function(69, b"1")
            + function(80, b"0" + content.encode()) + function(81, b"0"))


def ean13(digits):
    odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
    check = (10 - (odd + 3 * even) % 10) % 10
    return (GS + b"h\x50" + GS + b"w\x03" + GS + b"H\x02" + GS + b"f\x00"
            + GS + b"k\x43\x0d" + f"{digits}{check}".encode())


def money(amount):
    return f"{amount:.2f}"


def head():
    return (align(1) + logo() + feed(16) + size(2, 2) + bold(1) + text(SHOP) + bold(0) + size(1, 1)
            + feed(10) + text("Hafenstraße 14 · 24103 Kiel") + text("Tel. +49 431 555 0190")
            + font(1) + text("USt-IdNr. DE 318 204 771 · www.kaffe-nord.example") + font(0)
            + feed(14) + align(0) + columns("Table 7 · Østre terrasse", "20.11.2026 10:14")
            + columns("Receipt 2026-004711", "Till 02"))


def items():
    out = text("─" * COLUMNS)
    for count, name, price in ITEMS:
        out += columns(f"{count} x {name}", money(count * price))
        if count > 1:
            out += font(1) + text(f"     {money(price)} each") + font(0)
    return out + text("─" * COLUMNS)


def total():
    food = sum(count * price for count, _, price in ITEMS[:4])
    goods = sum(count * price for count, _, price in ITEMS[4:])
    out = columns("Subtotal", money(food + goods))
    for rate, gross in ((VAT_FOOD, food), (VAT_GOODS, goods)):
        out += columns(f"incl. VAT {rate:.0%} of {money(gross)}", money(gross - gross / (1 + rate)))
    return (out + feed(10) + size(2, 2) + bold(1)
            + columns("TOTAL", money(food + goods) + " €", COLUMNS // 2) + bold(0) + size(1, 1)
            + feed(12) + columns("Card · contactless", money(food + goods) + " €")
            + font(1) + text("VISA **** **** **** 4242 · approved 831207 · TID 65003217")
            + font(0))


def foot():
    return (feed(16) + align(1) + GS + b"B\x01" + bold(1)
            + text("  10 % off your next bag of beans  ")
            + GS + b"B\x00" + bold(0) + feed(14) + qr("https://kaffe-nord.example/r/2026-004711")
            + feed(6) + font(1) + text("Scan for your digital receipt") + font(0) + feed(12)
            + ean13("202600471102") + feed(16) + text("Tak · Danke · Thank you!") + align(0))


def receipt():
    start = ESC + b"@" + b"\x1c." + ESC + b"t\x13"
    return start + head() + items() + total() + foot() + GS + b"VB\x60"


sys.stdout.buffer.write(receipt())
