"""Pages, screenshots, slides and receipts whose every line is known: what it says and where it stands."""

from __future__ import annotations

import io
import json
import math
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Written:
    """A line: its text, the middle of its left end and of its right end, and its height, in pixels."""

    text: str
    start: tuple[float, float]
    end: tuple[float, float]
    height: float


@dataclass(frozen=True)
class Sheet:
    """A picture file and what stands on it; `glyph` is the height of its letters in pixels."""

    name: str
    file: bytes
    lines: tuple[Written, ...]
    glyph: int
    kind: str


@cache
def _font_file() -> tuple[str, int]:
    if shutil.which("fc-match") is None:
        raise SystemExit("fc-match is missing, which finds a font: apt install fontconfig fonts-noto-cjk")
    asked = ["fc-match", "Noto Sans CJK SC:lang=zh-cn", "--format=%{file}|%{index}"]
    file, index = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split("|")
    if "CJK" not in file:
        raise SystemExit("no font with Chinese was found: apt install fonts-noto-cjk")
    return file, int(index) & 0xFFFF


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """A font with Chinese, its letters so many pixels high."""
    file, index = _font_file()
    return ImageFont.truetype(file, size, index=index)


@cache
def _words() -> str:
    texts = json.loads((ROOT / "samples" / "texts.json").read_text())
    return "".join(re.findall(r"[\u4e00-\u9fff，。：；0-9]+", json.dumps(texts, ensure_ascii=False)))


def line_of(chance: random.Random, length: int, *, only_characters: bool = False) -> str:
    """So many characters of the samples' texts, from anywhere; without marks and digits if so wanted."""
    words = re.sub(r"[^\u4e00-\u9fff]", "", _words()) if only_characters else _words()
    start = chance.randrange(len(words) - length)
    return words[start : start + length].strip("，。：；")


def page(name: str, size: tuple[int, int], glyph: int, seed: int, *, skew: float = 0, hard: bool = False) -> Sheet:
    """A dense page, photographed: shadow, grain and blur, and askew by so many degrees. `hard` is worse light."""
    chance = random.Random(seed)
    width, height = size
    image = Image.new("RGB", size, (244, 241, 234))
    draw, face, lines = ImageDraw.Draw(image), font(glyph), []
    pitch, margin = round(glyph * 1.6), width // 12
    for top in range(margin, height - margin, pitch):
        text = line_of(chance, (width - 2 * margin) // glyph - 1)
        draw.text((margin, top), text, (38, 36, 42), face)
        middle = top + glyph * 0.72
        lines.append(Written(text, (margin, middle), (margin + face.getlength(text), middle), glyph))
    image, lines = turned(image, lines, skew)
    return Sheet(name, photographed(image, seed, hard=hard), tuple(lines), glyph, "page")


def turned(image: Image.Image, lines: list[Written], degrees: float) -> tuple[Image.Image, list[Written]]:
    """A sheet turned clockwise about its middle, on a canvas that stays as large."""
    if not degrees:
        return image, lines
    turn, cx, cy = math.radians(degrees), image.width / 2, image.height / 2

    def moved(place: tuple[float, float]) -> tuple[float, float]:
        x, y = place[0] - cx, place[1] - cy
        return cx + x * math.cos(turn) - y * math.sin(turn), cy + x * math.sin(turn) + y * math.cos(turn)

    shown = image.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=(244, 241, 234))
    return shown, [Written(line.text, moved(line.start), moved(line.end), line.height) for line in lines]


def photographed(image: Image.Image, seed: int, *, hard: bool) -> bytes:
    """As JPEG, with grain, a shadow and a little blur; more of each where it is hard."""
    chance = random.Random(seed)
    grain = Image.frombytes("RGB", (512, 512), chance.randbytes(512 * 512 * 3)).filter(ImageFilter.GaussianBlur(0.8))
    tiled = Image.new("RGB", image.size)
    for x in range(0, image.width, 512):
        for y in range(0, image.height, 512):
            tiled.paste(grain, (x, y))
    shade = Image.linear_gradient("L").resize(image.size).convert("RGB")
    seen = Image.blend(Image.blend(image, tiled, 0.16 if hard else 0.08), shade, 0.22 if hard else 0.1)
    out = io.BytesIO()
    seen.filter(ImageFilter.GaussianBlur(0.9 if hard else 0.5)).save(out, "JPEG", quality=93)
    return out.getvalue()


def screenshot(name: str, size: tuple[int, int], glyph: int, seed: int) -> Sheet:
    """Rows of an application with coloured small text, icons and a photograph, as PNG."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, "white")
    draw, face, lines = ImageDraw.Draw(image), font(glyph), []
    colours = [(31, 35, 40), (11, 107, 203), (179, 38, 30), (30, 130, 76)]
    photo = Image.frombytes("RGB", (300, 300), chance.randbytes(270_000)).resize((size[0] // 2, size[0] // 3))
    image.paste(photo, (size[0] // 2 - 20, 20))
    for number, top in enumerate(range(size[0] // 3 + 60, size[1] - 60, glyph * 3)):
        text = line_of(chance, (size[0] - 200) // glyph - 1)
        draw.ellipse((30, top, 30 + glyph, top + glyph), colours[number % 4])
        draw.text((80, top), text, colours[number % 4], face)
        middle = top + glyph * 0.72
        lines.append(Written(text, (80, middle), (80 + face.getlength(text), middle), glyph))
    out = io.BytesIO()
    image.save(out, "PNG")
    return Sheet(name, out.getvalue(), tuple(lines), glyph, "screenshot")


def slide(name: str, seed: int) -> Sheet:
    """A few large lines on a gradient, as PNG."""
    chance, size = random.Random(seed), (3840, 2160)
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image = Image.blend(image, Image.new("RGB", size, (20, 60, 120)), 0.7)
    draw, lines = ImageDraw.Draw(image), []
    for number, glyph in enumerate((150, 90, 90, 90, 60, 60)):
        text, top = line_of(chance, 3000 // glyph), 200 + 300 * number
        draw.text((240, top), text, (250, 250, 250), font(glyph))
        middle = top + glyph * 0.72
        lines.append(Written(text, (240, middle), (240 + font(glyph).getlength(text), middle), glyph))
    out = io.BytesIO()
    image.save(out, "PNG")
    return Sheet(name, out.getvalue(), tuple(lines), 60, "slide")


def corpus(*, quick: bool = False) -> Iterator[Sheet]:
    """All of it, or a few that take a minute."""
    yield page("12 MP, 40 px", (3000, 4000), 40, 1)
    yield screenshot("screenshot, 28 px", (1440, 2560), 28, 3)
    if quick:
        return
    yield page("12 MP, 28 px", (3000, 4000), 28, 2)
    yield page("12 MP, 28 px, askew", (3000, 4000), 28, 4, skew=3)
    yield page("12 MP, 40 px, poor light", (3000, 4000), 40, 5, hard=True)
    yield page("8 MP, 20 px", (2448, 3264), 20, 6)
    yield page("5 MP, 16 px", (1944, 2592), 16, 7)
    yield page("receipt, 36 px", (1400, 4200), 36, 8)
    yield screenshot("screenshot, 20 px", (1920, 1080), 20, 9)
    yield slide("slide, 60 px and more", 10)
