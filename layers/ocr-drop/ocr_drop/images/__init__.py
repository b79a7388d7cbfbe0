"""Any image -> what the OCR API takes, under its limit, with the way back to the original as displayed."""

from ocr_drop.images.budget import DEFAULT_MEMORY_BYTES
from ocr_drop.images.fitting import check_header, fit, pages, tiles
from ocr_drop.images.outside import MOST_PIXELS

__all__ = ["DEFAULT_MEMORY_BYTES", "MOST_PIXELS", "check_header", "fit", "pages", "tiles"]
