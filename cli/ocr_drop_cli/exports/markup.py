"""What XML may hold."""

from __future__ import annotations

import re
from xml.sax.saxutils import quoteattr

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def allowed(text: str) -> str:
    """A text without the control characters that XML has no way to write."""
    return _FORBIDDEN.sub("\ufffd", text)


def quoted(text: str) -> str:
    """A text as an attribute's value, with its quotes."""
    return quoteattr(allowed(text))
