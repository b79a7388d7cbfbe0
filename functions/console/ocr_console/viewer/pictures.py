"""An uploaded file as pictures that every browser shows, upright and no larger than a screen can use."""

from __future__ import annotations

import base64
import math
from io import BytesIO

from ocr_drop.errors import OcrDropError

_SHOWN = {
    "BMP": "image/bmp",
    "GIF": "image/gif",
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
}
"""What browsers show, as Pillow names it; a camera's MPO is a JPEG to them."""

_MOST_BYTES = 4_000_000
_MOST_PIXELS = 24_000_000
"""More than that costs a browser seconds and hundreds of megabytes before the first paint."""

_ORIENTATION = 0x0112


def picture(file: bytes, page: int = 1) -> str | None:
    """A page of a file as a `data:` URL that a browser shows as displayed, None if it is no image."""
    kind = _shown_as_it_is(file) if page == 1 and len(file) <= _MOST_BYTES else None
    if kind is None:
        # Pillow is slow to load, and `ocr-drop --help` needs none of it
        from ocr_drop import images

        try:
            fitted = images.fit(file, page=page, max_bytes=_MOST_BYTES)
        except OcrDropError:
            return None
        kind, file = _SHOWN[fitted.fit.sent.format], fitted.data
        if fitted.fit.sent.width * fitted.fit.sent.height > _MOST_PIXELS:
            kind, file = "image/jpeg", _smaller(file)
    return f"data:{kind};base64,{base64.b64encode(file).decode()}"


def _smaller(file: bytes) -> bytes:
    """The same picture with fewer pixels, as a JPEG."""
    from PIL import Image  # as above

    out = BytesIO()
    with Image.open(BytesIO(file)) as image:
        shrink = math.sqrt(_MOST_PIXELS / (image.width * image.height))
        size = (int(image.width * shrink), int(image.height * shrink))
        image.draft(None, size)
        image.resize(size).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def _shown_as_it_is(file: bytes) -> str | None:
    """The media type of a file that every browser shows as displayed, judged by its header."""
    from PIL import Image  # as above

    try:
        with Image.open(BytesIO(file)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            jpeg = opened.format in ("JPEG", "MPO")
            plain = opened.mode in ("L", "RGB") if jpeg else not getattr(opened, "is_animated", False)
            turned = not jpeg and opened.getexif().get(_ORIENTATION, 1) != 1
            return _SHOWN.get(opened.format or "") if plain and not turned else None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
