"""Any image -> what the OCR API takes, under its limit, with the way back to the original as displayed."""

from ocr_drop.images.budget import DEFAULT_MEMORY_BYTES, MOST_PIXELS
from ocr_drop.images.fitting import fit

__all__ = ["DEFAULT_MEMORY_BYTES", "MOST_PIXELS", "fit"]
