"""Make the sample images again: `python samples/make.py [--font FILE] [--index N]`.

The words stand in texts.json, beside which the tests hold what was recognized. It needs Pillow, NumPy and a
font with Chinese, found by `fc-match "Noto Sans CJK SC"` (Debian's fonts-noto-cjk) unless one is given; another
font or version gives other bytes. Who only uses the samples needs none of this: the images are kept beside it.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

HERE = Path(__file__).parent
PAPER = (250, 248, 242)
INK = (32, 32, 36)

Font = Callable[[int], ImageFont.FreeTypeFont]
Corners = Sequence[tuple[float, float]]


def wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """The text in lines of at most `width` pixels: Latin words stay whole, no line begins with a closing mark."""
    lines = [""]
    for piece in re.findall(r"[!-~]+ ?|.", text):
        fits = font.getlength(lines[-1] + piece.rstrip()) <= width or piece in "，。；：、？！”"
        lines = [*lines[:-1], lines[-1] + piece] if fits else [*lines, piece]
    return [line.rstrip() for line in lines]


def speckle(image: Image.Image, strength: float, seed: int) -> Image.Image:
    """The same picture as a sensor sees it: noise with a deviation of `strength` grey levels, the same each time."""
    noise = np.random.default_rng(seed).normal(0, strength, (image.height, image.width, 1))
    return Image.fromarray(np.clip(np.asarray(image, dtype=float) + noise, 0, 255).astype(np.uint8))


def perspective(target: Corners, source: Corners) -> list[float]:
    """The eight coefficients with which Pillow fills `target`'s quadrilateral from `source`'s."""
    rows = []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    return [float(number) for number in np.linalg.solve(np.array(rows), np.array(source).reshape(8))]


def page(texts: list[str], font: Font) -> Image.Image:
    """A dense page of A4 as a scanner at 200 dpi gives it."""
    image = Image.new("RGB", (1654, 2339), PAPER)
    draw = ImageDraw.Draw(image)
    body = font(38)
    draw.text((827, 150), texts[0], INK, font(58), anchor="mm")
    y = 225
    for paragraph in texts[1:]:
        for line in wrap("\u3000\u3000" + paragraph, body, 1404):
            draw.text((125, y), line, INK, body)
            y += 51
    return speckle(image.filter(ImageFilter.GaussianBlur(0.6)), 2.2, seed=1)


def slip(texts: list[str], font: Font) -> Image.Image:
    """The receipt itself, flat and upright."""
    image = Image.new("RGB", (620, 1040), (247, 246, 243))
    draw = ImageDraw.Draw(image)
    draw.text((310, 70), texts[0], INK, font(54), anchor="mm")
    for at, text in enumerate(texts[1:4]):
        draw.text((310, 140 + 46 * at), text, INK, font(28), anchor="mm")
    rows = [texts[at : at + 3] for at in range(4, 19, 3)]
    for at, (name, number, price) in enumerate(rows):
        y = 310 + 58 * at
        draw.text((50, y), name, INK, font(32), anchor="lm")
        draw.text((395, y), number, INK, font(32), anchor="mm")
        draw.text((570, y), price, INK, font(32), anchor="rm")
    for at in range(3):
        size = 44 if at == 2 else 32
        y = 630 + 62 * at
        draw.text((50, y), texts[19 + 2 * at], INK, font(size), anchor="lm")
        draw.text((570, y), texts[20 + 2 * at], INK, font(size), anchor="rm")
    for y in (270, 585, 820):
        draw.line([(50, y), (570, y)], fill=(120, 120, 120), width=2)
    for at, text in enumerate(texts[25:]):
        draw.text((310, 875 + 56 * at), text, INK, font(30), anchor="mm")
    return image


def table_top(width: int, height: int) -> Image.Image:
    """A wooden table: long grain, the same each time."""
    grain = np.random.default_rng(2).normal(0, 1, (height // 4, 24))
    coarse = Image.fromarray(np.clip(128 + 34 * grain, 0, 255).astype(np.uint8))
    wood = coarse.resize((width, height), Image.Resampling.BICUBIC)
    shade = np.asarray(wood, dtype=float)[..., None] / 255
    return Image.fromarray((np.array([70, 44, 26]) + shade * np.array([95, 70, 48])).astype(np.uint8))


def receipt(texts: list[str], font: Font) -> Image.Image:
    """The receipt on a table, photographed from a hand's height, as displayed."""
    paper = slip(texts, font)
    corners = [(228.0, 118.0), (938.0, 176.0), (1004.0, 1408.0), (146.0, 1352.0)]
    size = (1140, 1520)
    flat = [(0.0, 0.0), (620.0, 0.0), (620.0, 1040.0), (0.0, 1040.0)]
    laid = paper.transform(size, Image.Transform.PERSPECTIVE, perspective(corners, flat), Image.Resampling.BICUBIC)
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    dark = Image.new("L", size)
    ImageDraw.Draw(dark).polygon([(x + 16, y + 20) for x, y in corners], fill=150)
    photo = table_top(*size)
    photo.paste((18, 10, 6), mask=dark.filter(ImageFilter.GaussianBlur(18)))
    photo.paste(laid, mask=mask.filter(ImageFilter.GaussianBlur(0.8)))
    across, down = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    light = 1.02 - 0.3 * across * down - 0.26 / (1 + np.exp(-(across + 0.5 * down - 1.05) * 22))
    lit = np.clip(np.asarray(photo) * light[..., None] * np.array([1.0, 0.975, 0.92]), 0, 255).astype(np.uint8)
    return speckle(Image.fromarray(lit).filter(ImageFilter.GaussianBlur(0.7)), 4, seed=3)


def screenshot(texts: list[str], font: Font) -> Image.Image:
    """A window with round corners and no ground: black text stands on nothing."""
    image = Image.new("RGBA", (1000, 640), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((20, 20, 979, 619), 24, outline=(90, 98, 110, 255), width=3)
    draw.rounded_rectangle((20, 20, 979, 96), 24, fill=(222, 230, 242, 235), corners=(True, True, False, False))
    for at, color in enumerate([(236, 106, 94, 255), (244, 190, 79, 255), (98, 197, 84, 255)]):
        draw.ellipse((48 + 36 * at, 47, 70 + 36 * at, 69), fill=color)
    draw.text((500, 58), texts[0], (0, 0, 0, 255), font(32), anchor="mm")
    for at in range(3):
        y = 140 + 122 * at
        draw.text((70, y), texts[1 + 2 * at], (0, 0, 0, 255), font(32))
        draw.text((70, y + 52), texts[2 + 2 * at], (0, 0, 0, 190), font(26))
        draw.line([(70, y + 104), (930, y + 104)], fill=(0, 0, 0, 50), width=2)
    draw.text((70, 530), texts[7], (0, 0, 0, 255), font(32))
    return image


def skewed(texts: list[str], font: Font) -> Image.Image:
    """A grey scan of a page that lay four degrees askew, leaning clockwise."""
    sheet = Image.new("L", (1120, 1540), 246)
    draw = ImageDraw.Draw(sheet)
    draw.text((560, 150), texts[0], 36, font(56), anchor="mm")
    body, y = font(34), 260
    for paragraph in texts[1:]:
        for line in wrap(paragraph, body, 900):
            draw.text((110, y), line, 40, body)
            y += 58
        y += 26
    turned = sheet.rotate(-4, Image.Resampling.BICUBIC, expand=True, fillcolor=196)
    return speckle(turned.filter(ImageFilter.GaussianBlur(0.6)).convert("RGB"), 2.5, seed=4).convert("L")


def make(folder: Path, font: Font) -> None:
    """Write the four images."""
    texts = json.loads((HERE / "texts.json").read_text(encoding="utf-8"))
    page(texts["page.jpg"], font).save(folder / "page.jpg", quality=86, dpi=(200, 200))
    sideways = Image.Exif()
    sideways[0x0112] = 6
    photo = receipt(texts["receipt.jpg"], font).transpose(Image.Transpose.ROTATE_90)
    photo.save(folder / "receipt.jpg", quality=82, exif=sideways)
    screenshot(texts["screenshot.png"], font).save(folder / "screenshot.png", optimize=True)
    skewed(texts["skewed.jpg"], font).save(folder / "skewed.jpg", quality=82)


def installed() -> tuple[str, int]:
    """File and face of a font with Chinese on this machine; stops with what to do when there is none."""
    finder = shutil.which("fc-match")
    if not finder:
        sys.exit("fc-match is not installed: name a font with Chinese with --font")
    asked = [finder, "--format", "%{file}\n%{index}", "Noto Sans CJK SC"]
    file, index = subprocess.check_output(asked, text=True).splitlines()  # noqa: S603 - fixed words
    if "CJK" not in file:
        sys.exit("No font with Chinese was found: install fonts-noto-cjk, or name one with --font")
    return file, int(index)


def main() -> None:
    """Find a font and make the images beside this file."""
    parser = argparse.ArgumentParser(description="Make the sample images again.")
    parser.add_argument("--font", help="a font file with Chinese (default: what fc-match finds for Noto Sans CJK SC)")
    parser.add_argument("--index", type=int, default=0, help="which face of a collection")
    asked = parser.parse_args()
    file, index = (asked.font, asked.index) if asked.font else installed()
    make(HERE, lambda size: ImageFont.truetype(file, size, index=index))


if __name__ == "__main__":
    main()
