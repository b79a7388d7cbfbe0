"""Forms with rules, fields and a stamp, and columns that run down the page: text that is no block of rows."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw, ImageFilter

from corpus.sheets import Sheet, Written, font, line_of, photographed, turned

PAPER = (250, 249, 246)
INK = (28, 28, 34)
STAMP = (196, 30, 40)


def form(name: str, size: tuple[int, int], glyph: int, seed: int, *, skew: float = 0, photo: bool = False) -> Sheet:
    """A sparse page: a heading, rows of label and value between rules, a round stamp over some of them."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, PAPER)
    draw, margin, lines = ImageDraw.Draw(image), size[0] // 10, []

    def write(text: str, left: float, top: float, height: int) -> None:
        draw.text((left, top), text, INK, font(height))
        middle = top + height * 0.72
        lines.append(Written(text, (left, middle), (left + font(height).getlength(text), middle), height))

    write(line_of(chance, 10), size[0] / 2 - 10 * glyph, margin, glyph * 2)
    top, row, half = margin + glyph * 5, glyph * 4, (size[0] - 2 * margin) // 2
    for y in range(top, size[1] - 2 * margin, row):
        for x in (margin, margin + half):
            draw.rectangle((x, y, x + half, y + row), outline=INK, width=2)
            write(line_of(chance, chance.randint(3, 5)), x + glyph, y + glyph * 1.2, glyph)
            write(line_of(chance, chance.randint(3, 8)), x + glyph * 8, y + glyph * 1.2, glyph)
    _stamp(image, (round(size[0] * 0.72), round(size[1] * 0.78)), glyph * 5)
    image, lines = turned(image, lines, skew)
    return Sheet(name, photographed(image, seed, hard=False) if photo else _scanned(image), tuple(lines), glyph, "form")


def headings(name: str, size: tuple[int, int], large: int, small: int, seed: int) -> Sheet:
    """Large letters, each line of them with two lines of small print under it."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, PAPER)
    draw, margin, lines, top = ImageDraw.Draw(image), size[0] // 12, [], size[0] // 12
    while top < size[1] - margin - large:
        for glyph in (large, small, small):
            text = line_of(chance, (size[0] - 2 * margin) // glyph - 1)
            draw.text((margin, top), text, INK, font(glyph))
            middle = top + glyph * 0.72
            lines.append(Written(text, (margin, middle), (margin + font(glyph).getlength(text), middle), glyph))
            top += round(glyph * 1.7)
    return Sheet(name, _scanned(image), tuple(lines), small, "headings")


def columns(name: str, size: tuple[int, int], glyph: int, seed: int) -> Sheet:
    """A page whose lines run from top to bottom, the first at the right."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, PAPER)
    draw, margin, lines = ImageDraw.Draw(image), size[0] // 10, []
    for right in range(size[0] - margin, margin, -round(glyph * 1.8)):
        text = line_of(chance, (size[1] - 2 * margin) // round(glyph * 1.1) - 1, only_characters=True)
        for number, character in enumerate(text):
            draw.text((right - glyph, margin + number * glyph * 1.1), character, INK, font(glyph))
        middle = right - glyph / 2
        end = margin + len(text) * glyph * 1.1
        lines.append(Written(text, (middle, margin + glyph * 0.3), (middle, end + glyph * 0.3), glyph))
    return Sheet(name, _scanned(image), tuple(lines), glyph, "columns")


def _stamp(image: Image.Image, middle: tuple[int, int], radius: int) -> None:
    layer = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(layer)
    (x, y), colour = middle, (*STAMP, 150)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=max(4, radius // 14))
    draw.regular_polygon((x, y, radius // 3), 5, fill=colour)
    image.paste(layer.convert("RGB"), mask=layer.getchannel("A"))


def _scanned(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(0.6)).save(out, "JPEG", quality=88)
    return out.getvalue()
