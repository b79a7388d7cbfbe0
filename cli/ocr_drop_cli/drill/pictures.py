"""What a drill drops: small pictures with a few words, each another content, and files that are none."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageDraw, ImageFont


def picture(words: str) -> bytes:
    """A PNG that says these words."""
    font = ImageFont.load_default(26)
    image = Image.new("L", (int(font.getlength(words)) + 40, 64), 255)
    ImageDraw.Draw(image).text((20, 14), words, fill=0, font=font)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def damaged() -> dict[str, bytes]:
    """Files that nobody can read, each in its own way, by a name that says how."""
    good = picture("this one will be cut")
    return {
        "empty.jpg": b"",
        "no picture.jpg": b"Dear Sir or Madam,\n",
        "cut off.png": good[: len(good) // 2],
        "bomb.png": _claims_to_be(60_000, 60_000),
    }


def _claims_to_be(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises a picture that fills all memory."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0" * 100)) + _chunk(b"IEND")
    )


def _chunk(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
