"""Types of ocr-drop's events and documents, made from their JSON Schemas: do not edit."""

from typing import Literal, NotRequired, TypedDict


class Result(TypedDict):
    """Where the document and its text are."""

    bucket: str
    key: str
    """The document, as document.schema.json describes it."""
    textKey: str


class DocumentRecognized(TypedDict):
    """A pointer and figures, never the text. Fields may be added; none is taken away or changes its meaning within version 1."""

    schema: Literal["ocr-drop/event/1"]
    id: str
    """The same for each announcement of how one upload ended: leave out doubles by it."""
    bucket: str
    key: str
    """The source key, not URL-encoded."""
    versionId: str | None
    eTag: str | None
    sha256: str | None
    recognizedAt: str
    result: Result
    """Where the document and its text are."""
    status: Literal["recognized"]
    pages: int
    lines: int
    requestId: str
    verifyId: str | None


class DocumentFailed(TypedDict):
    """Why an upload ended without text. Fields may be added; none is taken away or changes its meaning within version 1."""

    schema: Literal["ocr-drop/event/1"]
    id: str
    """The same for each announcement of how one upload ended: leave out doubles by it."""
    bucket: str
    key: str
    """The source key, not URL-encoded."""
    versionId: str | None
    eTag: str | None
    sha256: str | None
    recognizedAt: str
    result: Result
    """Where the document and its text are."""
    status: Literal["failed"]
    kind: Literal["bad_input"] | Literal["try_later"] | Literal["operator"]
    code: str
    """For programs."""
    message: str
    """For people: one sentence."""


class Source(TypedDict):
    """The upload, that very version of it."""

    bucket: str
    key: str
    versionId: str | None
    eTag: str | None
    size: int | None
    sha256: str | None
    contentType: str | None


class Sent(TypedDict):
    """What went out to the OCR API."""

    width: int
    height: int
    bytes: int
    format: Literal["JPEG"] | Literal["PNG"] | Literal["BMP"]
    quality: int | None
    transform: list[float]
    """a, b, c, d, e, f: from the image sent to the original, x' = a x + c y + e, y' = b x + d y + f."""


class Box(TypedDict):
    """The upright box around a line."""

    x: float
    y: float
    width: float
    height: float


class Line(TypedDict):
    """A line of text and where it stands."""

    text: str
    paragraph: int | None
    polygon: list[list[float]]
    """Top-left, top-right, bottom-right, bottom-left of the text, in pixels of the original as displayed."""
    box: Box
    """The upright box around a line."""


class Area(TypedDict):
    """A rectangle of the page as displayed, in pixels."""

    x: int
    y: int
    width: int
    height: int


class Call(TypedDict):
    """A call that the page took."""

    area: Area | None
    """What it read; null for the whole page."""
    sent: Sent
    requestId: str
    verifyId: str | None


class Failure(TypedDict):
    """Why there is no text: whose matter it is, a code for programs, a sentence for people."""

    kind: Literal["bad_input"] | Literal["try_later"] | Literal["operator"]
    code: str
    message: str


class Page(TypedDict):
    """A page, in pixels as displayed."""

    page: int
    width: int
    height: int
    angle: float
    sent: Sent | None
    lines: list[Line]
    warnings: list[str]
    calls: NotRequired[list[Call]]
    """Where a document took several calls: those of this page, in order."""
    failure: NotRequired[Failure]
    """Why there is nothing of this page, while others were recognized."""


class Ocr(TypedDict):
    """Who answered, and to which call; of several calls the first."""

    endpoint: str
    requestId: str | None
    verifyId: str | None


class Document(TypedDict):
    """The document that is written for each upload, version 1."""

    schema: Literal["ocr-drop/document/1"]
    status: Literal["recognized"] | Literal["failed"]
    source: Source
    """The upload, that very version of it."""
    pages: list[Page]
    text: str
    ocr: Ocr
    """Who answered, and to which call; of several calls the first."""
    recognizedAt: str
    failure: NotRequired[Failure]
