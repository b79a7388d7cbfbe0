"""Documents in the forms that other programs read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ocr_drop_cli.exports import alto, hocr, pdf, tables
from ocr_drop_cli.exports.model import Document


@dataclass(frozen=True)
class Format:
    """A form: how its files end, whether all documents stand in one file, whether it needs the image."""

    ending: str
    write: Callable[[Document, bytes], bytes]
    in_one_file: bool = False
    head: bytes = b""
    needs_image: bool = False


FORMATS = {
    "csv": Format(".csv", tables.csv_rows, in_one_file=True, head=tables.csv_head()),
    "jsonl": Format(".jsonl", tables.json_lines, in_one_file=True),
    "hocr": Format(".hocr", hocr.written),
    "alto": Format(".alto.xml", alto.written),
    "pdf": Format(".pdf", pdf.written, needs_image=True),
}
"""Every form by its name."""
