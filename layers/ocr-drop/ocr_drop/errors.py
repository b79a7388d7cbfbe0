"""What can go wrong, told by what is to be done about it.

* OcrDropError
  - BadInput        the upload itself is at fault: final, one clear reason, no retry
      Gone            deleted before it could be processed
      Unreadable      no image, a damaged one, or one too large to open safely
      Refused         the OCR API said no to this very content
  - TryLater        nothing is wrong with the upload; the world was not ready
      Throttled       the OCR API asked us to slow down; nothing was billed
      NotSent         the call surely never left this machine; nothing was billed
      OutcomeUnknown  the call may have been billed, but its answer is not known
      Busy            another owner is working on the same content
  - NeedsOperator   somebody has to mend something first: a secret, an allow-list, a balance

Anything else is a defect of ours: it is loud, and the message is kept.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Kind = Literal["bad_input", "try_later", "operator"]


class OcrDropError(Exception):
    """A failure with a `code` for programs and a `message` for people, safe to show to anyone.

    Neither may ever hold recognized text, image bytes, a secret or a token.
    """

    kind: ClassVar[Kind]

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BadInput(OcrDropError):
    """The upload itself is at fault: trying again cannot help."""

    kind = "bad_input"


class Gone(BadInput):
    """The object was deleted before it could be processed."""

    def __init__(self, message: str = "the object was deleted before it could be processed") -> None:
        super().__init__("gone", message)


class Unreadable(BadInput):
    """The bytes are no image that can be opened safely."""


class Refused(BadInput):
    """The OCR API said no to this content, and would again."""


class TryLater(OcrDropError):
    """Nothing is wrong with the upload; `after` is how many seconds to wait, None for the usual backoff."""

    kind = "try_later"

    def __init__(self, code: str, message: str, *, after: float | None = None) -> None:
        super().__init__(code, message)
        self.after = after


class Throttled(TryLater):
    """The OCR API asked us to slow down; the call was not billed."""


class NotSent(TryLater):
    """The call surely never left this machine, so it cannot have been billed."""


class OutcomeUnknown(TryLater):
    """The call may have been answered and billed, but what came of it is not known."""


class Busy(TryLater):
    """Another owner is working on the same content; its answer will serve this upload too."""


class NeedsOperator(OcrDropError):
    """Somebody has to mend something first; the message says what. The upload waits."""

    kind = "operator"
