"""What is no image at all, whatever its name says."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Iterator

from hostile.specimen import Specimen

NOT = ("not_an_image",)
_EXPANDING = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in range(ord("b"), ord("k"))
)

_FILES: dict[str, bytes] = {
    "nothing-but-a-byte": b"\0",
    "nothing-but-a-letter": b"B",
    "text": "只是文字，不是图片。\n".encode() * 50,
    "text-wide": "只是文字".encode("utf-16"),
    "json": json.dumps({"Records": [{"eventSource": "aws:s3"}] * 20}).encode(),
    "csv": b"name,pages\r\n" + b"a,1\r\n" * 100,
    "html": b"<!DOCTYPE html><html><body><img src='data:image/png;base64,iVBORw0KGgo='></body></html>",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'/>",
    "svg-entities": _EXPANDING + b"]><svg>&j;</svg>",
    "svg-outside": b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY e SYSTEM "file:///etc/hostname">]><svg>&e;</svg>',
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 60000 60000\n%%EndComments\n(x) run\n%%EOF\n",
    "eps-binary": b"\xc5\xd0\xd3\xc6\x20\0\0\0\x60\0\0\0" + b"\0" * 20 + b"%!PS-Adobe-3.0\n%%BoundingBox: 0 0 9 9\n",
    "exe": b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + b"\0" * 46 + b"\x80\0\0\0" + b"\0" * 64 + b"PE\0\0",
    "elf": b"\x7fELF\x02\x01\x01" + b"\0" * 57,
    "mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x08mdat" * 20,
    "mp3": b"ID3\x04\0\0\0\0\0\x0a" + b"\xff\xfb\x90\x64" * 200,
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"\x4b\x04\0" * 20,
    "seven-zip": b"7z\xbc\xaf\x27\x1c\0\x04" + b"\0" * 60,
    "sqlite": b"SQLite format 3\0" + b"\0" * 84,
    "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504,
    "rtf": rb"{\rtf1\ansi{\pict\pngblip 89504e47}}",
    "script": b"#!/bin/sh\nexit 1\n",
    "postscript-font": b"%!PS-AdobeFont-1.0: X\n" + b"\0" * 30,
    "wasm": b"\0asm\x01\0\0\0",
    "class": b"\xca\xfe\xba\xbe\0\0\0\x3d",
    "ico": b"\0\0\x01\0\x01\0\0\0\0\0\x01\0\x20\0\xff\xff\xff\x7f\x16\0\0\0" + b"\0" * 40,
    "cur": b"\0\0\x02\0\x01\0\x20\x20\0\0\0\0\0\0\x30\0\0\0\x16\0\0\0" + b"\0" * 48,
    "icns": b"icns\0\0\0\x18ic10\0\0\0\x10\x89PNG\r\n\x1a\n",
    "wmf": b"\xd7\xcd\xc6\x9a\0\0\0\0\0\0\xff\x7f\xff\x7f\x60\0\0\0\0\0\0\0\x01\0\x09\0" + b"\0" * 40,
    "emf": b"\x01\0\0\0\x58\0\0\0" + b"\0" * 32 + b" EMF\0\0\x01\0" + b"\0" * 40,
    "fits": b"SIMPLE  =                    T".ljust(80)
    + b"BITPIX  =                    8".ljust(80)
    + b"END".ljust(80),
    "blp": b"BLP2\x01\0\0\0\x01\x08\0\0\xff\xff\0\0\xff\xff\0\0" + b"\0" * 128,
    "ftex": b"FTEX\0\0\x01\0\xff\xff\0\0\xff\xff\0\0\x01\0\0\0\x01\0\0\0" + b"\0" * 40,
    "grib": b"GRIB\0\0\0\x01" + b"\0" * 40,
    "hdf5": b"\x89HDF\r\n\x1a\n" + b"\0" * 40,
    "bufr": b"BUFR\0\0\x10\x04" + b"\0" * 40,
    "mpeg": b"\0\0\x01\xb3\xff\xff\xff\x14" + b"\0" * 40,
    "raw-camera": b"FUJIFILMCCD-RAW 0201" + b"\0" * 80,
    "x-face": b"\0" * 512,
    "ones": b"\xff" * 512,
}


def strangers() -> Iterator[Specimen]:
    """Files of other kinds, some of which come from the programs that people mistake for scanners."""
    yield Specimen("empty", b"", ("empty",))
    yield from (Specimen(f"{name} as it is", data, NOT) for name, data in _FILES.items())
    yield Specimen("zip as it is", _zip(), NOT)
    yield Specimen("tar as it is", _tar(), NOT)


def _zip() -> bytes:
    """An office document's beginning: 5 MB of zeros in 5 KB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("word/document.xml"), bytes(5_000_000), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("picture.png")
        member.size = 8
        archive.addfile(member, io.BytesIO(b"\x89PNG\r\n\x1a\n"))
    return out.getvalue()
