"""What can go wrong, told by what is to be done about it.

* OcrDropError
  - BadInput        the upload itself is at fault: final, one clear reason, no retry
      NotAnEvent      a message that tells of no upload at all
      Gone            deleted before it could be processed
      NotKnown        there is nothing of it to be forgotten
      Unreadable      no image, a damaged one, or one too large to open safely
      Refused         the OCR API said no to this very content
  - TryLater        nothing is wrong with the upload; the world was not ready
      Throttled       the OCR API asked us to slow down; nothing was billed
      NotSent         the call surely never left this machine; nothing was billed
      OutcomeUnknown  the call may have been billed, but its answer is not known
      GivenUp         too many calls with an unknown outcome: final
      Busy            another owner is working on the same content
      InProgress      another invocation is working on this very upload
  - NeedsOperator   somebody has to mend something first: a secret, an allow-list, a balance
      CredentialsRefused  the OCR API does not know the app id or its secret; nothing was billed
      Paused              refused before this call: the breaker is open, nothing was sent
      Buried              a defect of ours kept the upload from ending: its message is a dead letter
      Unforeseen          the OCR API answered what nobody has described: final, to be looked at

* Unordered           no failure either: only the bucket knows which of two uploads is the newer
* Superseded          no failure at all: a newer upload of the same key is known, so nothing is left to do

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
    final: ClassVar[bool] = False
    """Whether the upload ends with this failure; otherwise it waits and is tried again."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BadInput(OcrDropError):
    """The upload itself is at fault: trying again cannot help."""

    kind = "bad_input"
    final = True


class NotAnEvent(BadInput):
    """The message tells of no upload: it is kept in the dead-letter queue for somebody to look at."""


class NotKnown(BadInput):
    """There is nothing of it to be forgotten."""


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


class GivenUp(TryLater):
    """So many calls ended with an unknown outcome that no more are made: the upload ends as failed."""

    final = True


class Busy(TryLater):
    """Another owner is working on the same content; its answer will serve this upload too."""


class InProgress(Busy):
    """Another invocation works on this very upload: its record is left to that one."""


class NeedsOperator(OcrDropError):
    """Somebody has to mend something first; the message says what. The upload waits."""

    kind = "operator"


class CredentialsRefused(NeedsOperator):
    """The OCR API does not know the app id, or the signature is wrong; nothing was billed."""


class Paused(NeedsOperator):
    """Other calls were refused for what somebody has to mend first: this one was not even tried."""


class Buried(NeedsOperator):
    """A defect of ours met this upload each time: its message lies in the dead-letter queue."""


class Unforeseen(NeedsOperator):
    """The OCR API answered something that nobody has described; `raw` is that answer, paid for and kept."""

    final = True

    def __init__(self, code: str, message: str, *, raw: bytes = b"") -> None:
        super().__init__(code, message)
        self.raw = raw


class Unordered(Exception):
    """Nothing here tells which of two uploads of a key is the newer: the bucket has to be asked."""


class Superseded(Exception):
    """A newer upload of the same key is known, so this one must neither be paid for nor written."""
