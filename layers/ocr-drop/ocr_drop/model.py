"""The nouns that travel between the steps of the pipeline."""

from __future__ import annotations

from dataclasses import dataclass, field

from ocr_drop.geometry import Point, Polygon, Transform


@dataclass(frozen=True)
class Upload:
    """One object that was put in the uploads bucket, as its event tells it. `key` is decoded."""

    bucket: str
    key: str
    version_id: str | None = None
    e_tag: str | None = None
    sequencer: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class Source:
    """The bytes of an upload, that very version, with what S3 says of them."""

    data: bytes = field(repr=False)
    sha256: str
    size: int
    e_tag: str
    version_id: str | None
    content_type: str | None


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
class Line:
    """One line of text; `polygon` in pixels of the image it was found in."""

    text: str = field(repr=False)
    paragraph: int | None
    polygon: Polygon


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
class Answer:
    """What the OCR API answered: `raw` verbatim, and what it says. `angle` in degrees, clockwise positive."""

    raw: bytes = field(repr=False)
    verify_id: str | None
    angle: float
    detections: tuple[Detection, ...] = field(repr=False)
