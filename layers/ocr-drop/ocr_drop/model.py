"""The nouns that travel between the steps of the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ocr_drop.errors import Kind
from ocr_drop.geometry import Point, Transform


@dataclass(frozen=True)
class Upload:
    """One object that was put in the uploads bucket, as its event tells it. `key` is decoded."""

    bucket: str
    key: str
    version_id: str | None = None
    e_tag: str | None = None
    sequencer: str | None = None
    size: int | None = None

    @property
    def order(self) -> str:
        """The upload's place among those of its key, as text that compares; empty where no sequencer was sent.

        S3's sequencers are hexadecimal and of different lengths: the shorter one is to be padded on the right.
        """
        return self.sequencer.upper().ljust(40, "0") if self.sequencer else ""


@dataclass(frozen=True)
class Listed:
    """An upload as a listing of its bucket tells it: no sequencer, no version. `put_at` in seconds since 1970."""

    upload: Upload
    put_at: float


@dataclass(frozen=True)
class Source:
    """The bytes of an upload, that very version, with what S3 says of them."""

    data: bytes = field(repr=False)
    sha256: str
    size: int
    e_tag: str
    version_id: str | None
    content_type: str | None

    def without_data(self) -> Source:
        """The same facts without the bytes, which are large and needed for fitting only."""
        return replace(self, data=b"")


@dataclass(frozen=True)
class Area:
    """A rectangle of a page as displayed, in pixels from its top left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Part:
    """What one call reads: a page of a file, counted from 1, or an area of it where a large page is cut."""

    page: int = 1
    area: Area | None = None

    @classmethod
    def named(cls, name: str) -> Part:
        """The part that bears a `name`."""
        page, _, place = name.partition(".")
        return cls(int(page), Area(*map(int, place.split("-"))) if place else None)

    @property
    def name(self) -> str:
        """The part as it stands in keys and request ids."""
        if self.area is None:
            return str(self.page)
        return f"{self.page}.{self.area.x}-{self.area.y}-{self.area.width}-{self.area.height}"


@dataclass(frozen=True)
class SourceImage:
    """What was found in the file. `width` and `height` are as displayed, `orientation` is EXIF's (1 to 8)."""

    format: str
    width: int
    height: int
    bytes: int
    orientation: int


@dataclass(frozen=True)
class SentImage:
    """What goes out to the OCR API. `quality` is None where the file went out byte for byte or losslessly."""

    format: str
    width: int
    height: int
    bytes: int
    quality: int | None


@dataclass(frozen=True)
class Fit:
    """How the original became what is sent; `transform` leads from the sent image to the original as displayed."""

    source: SourceImage
    sent: SentImage
    transform: Transform
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fitted:
    """The exact bytes to send, and how they came about."""

    data: bytes = field(repr=False)
    fit: Fit


@dataclass(frozen=True)
class ItemBox:
    """A line's upright box in the image after it was turned counter-clockwise by the answer's angle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Detection:
    """One entry of the API's `textDetections`; `polygon` is None where the API could not tell it."""

    text: str = field(repr=False)
    paragraph: int | None
    polygon: tuple[Point, ...] | None
    item: ItemBox | None


@dataclass(frozen=True)
class Reply:
    """What came back over HTTP, before anyone has said what it means."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What the OCR API answered: `raw` verbatim, and what it says. `angle` in degrees, clockwise positive."""

    raw: bytes = field(repr=False)
    verify_id: str | None
    angle: float
    detections: tuple[Detection, ...] = field(repr=False)


@dataclass(frozen=True)
class Credentials:
    """An app of the OCR API and its secret, which no repr shows."""

    app_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Token:
    """An OAuth token of the OCR API, which no repr shows; it lives until `expires_at` (seconds since 1970)."""

    value: str = field(repr=False)
    expires_at: float


@dataclass(frozen=True)
class Content:
    """What is paid for once: the file's SHA-256, a part of it, and what shapes the answer (who gives it)."""

    sha256: str
    part: Part
    shape: str

    @property
    def path(self) -> str:
        """The content as a key in table and bucket."""
        return f"{self.sha256}/{self.part.name}/{self.shape}"


@dataclass(frozen=True)
class Failure:
    """Why an upload failed or waits, safe to show to anyone."""

    kind: Kind
    code: str
    message: str


@dataclass(frozen=True)
class Claim:
    """What happened to a content so far, as `claims` tells it.

    `claimed`: ours, nothing is out. `answered`: the raw answer is kept. `refused`: `failure` says why, for good.
    `calls` were made until now, of which `unknown` have an outcome that nobody knows.
    `request_id` is the last call's, `fit` what it sent; `lapsed` says that its owner died while it was out.
    """

    content: Content
    state: Literal["claimed", "answered", "refused"]
    owner: str
    calls: int = 0
    unknown: int = 0
    request_id: str | None = None
    verify_id: str | None = None
    fit: Fit | None = None
    failure: Failure | None = None
    lapsed: bool = False


@dataclass(frozen=True)
class Recognition:
    """A content's answer and the call that got it, first hand or kept from before."""

    answer: Answer
    fit: Fit
    request_id: str


@dataclass(frozen=True)
class ReadPart:
    """What came of a part: its recognition, or why there is none and never will be."""

    part: Part
    found: Recognition | Failure
