"""The page of a result: the image, its lines over it, the text beside it, and nothing that runs."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import time
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ocr_console.viewer.page import page

UPRIGHT = [[10.0, 20.0], [110.0, 20.0], [110.0, 40.0], [10.0, 40.0]]
HOSTILE = "</script></text></svg><img src=x onerror=alert(1)>'\"&$title"


class Elements(HTMLParser):
    """Every element of a page with its attributes and the text directly in it, as a browser sees them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.open: list[list[str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words: list[str] = []
        self.all.append((tag, dict(attrs), words))
        if tag not in ("meta", "img", "input"):
            self.open.append(words)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "img", "input", "polygon"):
            self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs), []))

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of a name."""
        return [attributes for name, attributes, _ in self.all if name == tag]

    def texts(self, tag: str) -> list[str]:
        """The text of each element of a name."""
        return ["".join(words) for name, _, words in self.all if name == tag]


def recognized(*lines: tuple[str, list[list[float]]], paragraph: int | None = 1) -> dict[str, Any]:
    """A document of one page with these lines."""
    placed = [{"text": text, "paragraph": paragraph, "polygon": polygon, "box": {}} for text, polygon in lines]
    sheet = {"page": 1, "width": 200, "height": 100, "angle": 0.0, "lines": placed, "warnings": []}
    return {
        "schema": "ocr-drop/document/1",
        "status": "recognized",
        "source": {"bucket": "uploads", "key": "合同 1.png"},
        "pages": [sheet],
    }


def failed(message: str = "the file is empty") -> dict[str, Any]:
    """A document of an upload that failed."""
    return {
        "schema": "ocr-drop/document/1",
        "status": "failed",
        "source": {"bucket": "uploads", "key": "empty.png"},
        "failure": {"kind": "bad_input", "code": "empty", "message": message},
        "pages": [],
    }


def encoded(kind: str, mode: str = "RGB", size: tuple[int, int] = (200, 100), orientation: int = 1) -> bytes:
    """An image file."""
    file, exif = BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    Image.new(mode, size).save(file, kind, exif=exif)
    return file.getvalue()


def shown(html: str) -> tuple[str | None, bytes]:
    """Media type and bytes of the image in a page."""
    (img,) = Elements(html).named("img")
    found = re.fullmatch(r"data:(\S+);base64,(\S+)", img["src"] or "")
    assert found
    return found[1], base64.b64decode(found[2])


def policy(html: str) -> str:
    """The page's content security policy."""
    (found,) = [meta for meta in Elements(html).named("meta") if meta.get("http-equiv")]
    return found["content"] or ""


def test_lines_stand_over_the_image_and_beside_it_in_reading_order() -> None:
    """Each line is there twice, over the image and beside it, both times in the document's order."""
    html = page(recognized(("第一行", UPRIGHT), ("second", UPRIGHT), ("叁", UPRIGHT)), encoded("PNG"))
    found = Elements(html)
    assert found.texts("text") == found.texts("li") == ["第一行", "second", "叁"]
    assert [item["id"] for item in found.named("li")] == ["line-1", "line-2", "line-3"]
    assert [item["id"] for item in found.named("g")] == ["place-1", "place-2", "place-3"]


@pytest.mark.parametrize(
    ("kind", "orientation"), [("JPEG", 1), ("JPEG", 6), ("PNG", 1), ("GIF", 1), ("WEBP", 1), ("BMP", 1)]
)
def test_image_travels_untouched_where_browsers_show_it(kind: str, orientation: int) -> None:
    """What browsers show stays byte for byte; a JPEG with its EXIF orientation, by which they turn it."""
    image = encoded(kind, orientation=orientation)
    assert shown(page(recognized(), image)) == (f"image/{kind}".lower(), image)


@pytest.mark.parametrize(
    ("kind", "mode", "orientation"),
    [("TIFF", "RGB", 6), ("JPEG", "CMYK", 6), ("PNG", "RGB", 6), ("WEBP", "RGB", 6)],
)
def test_other_images_are_converted_upright(kind: str, mode: str, orientation: int) -> None:
    """What browsers would not show, or not as displayed, becomes an upright JPEG or PNG."""
    stored = (100, 200) if orientation == 6 else (200, 100)
    media, data = shown(page(recognized(), encoded(kind, mode, stored, orientation)))
    with Image.open(BytesIO(data)) as image:
        assert media == f"image/{image.format}".lower()
        assert image.size == (200, 100)
        assert image.mode in ("L", "RGB")
        assert image.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("image", [b"", b"no image", encoded("PNG")[:40]])
def test_lines_are_shown_without_an_image(image: bytes) -> None:
    """A file that is no image leaves the lines alone on their page, to be seen."""
    html = page(recognized(("第一行", UPRIGHT)), image)
    found = Elements(html)
    assert found.named("img") == []
    assert found.named("svg")[0]["class"] == "bare"
    assert found.texts("text") == ["第一行"]


@pytest.mark.parametrize("document", [recognized((HOSTILE, UPRIGHT)), failed(HOSTILE)], ids=["recognized", "failed"])
def test_foreign_text_is_inert(document: dict[str, Any]) -> None:
    """Recognized text, reasons and file names are text and nothing else, whatever stands in them."""
    document["source"]["key"] = HOSTILE
    html = page(document, b"")
    found = Elements(html)
    assert found.texts("title") == found.texts("h1") == [HOSTILE]
    assert HOSTILE in [*found.texts("li"), *found.texts("p")]
    assert found.named("img") == []
    assert len(found.named("script")) == 1


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    """Whatever was recognized is read from the page as it was."""
    html = page(recognized((text, UPRIGHT)), b"")
    assert Elements(html).texts("li") == [text]


def test_policy_lets_nothing_in() -> None:
    """The page's policy allows its own style and script by their hash, `data:` images, and nothing else."""
    html = page(recognized(("x", UPRIGHT)), encoded("PNG"))
    found = Elements(html)
    for tag, kind in (("style", "style-src"), ("script", "script-src")):
        (content,) = found.texts(tag)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy(html)
    assert "default-src 'none'" in policy(html)
    assert "unsafe" not in policy(html)


def test_page_is_one_file() -> None:
    """Nothing in the page points elsewhere, and no element styles or runs by an attribute."""
    found = Elements(page(recognized(("x", UPRIGHT)), encoded("PNG")))
    for tag, attributes, _ in found.all:
        assert not {"href", "srcset", "style", "xlink:href"} & attributes.keys(), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert attributes.get("src", "data:").startswith("data:"), tag  # type: ignore[union-attr]
    assert not re.search(r"url\(|@import|fetch\(", "".join(found.texts("style") + found.texts("script")))


def corners(text: dict[str, str | None]) -> list[tuple[float, float]]:
    """Where the corners of a line's frame lie in the image, from its element's attributes."""
    a, b, c, d, e, f = (float(number) for number in (text["transform"] or "")[7:-1].split())
    width, height = float(text["textlength"] or 0), float(text["font-size"] or 0)
    frame = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    return [(a * x + c * y + e, b * x + d * y + f) for x, y in frame]


@given(st.floats(-180, 180), st.floats(20, 900), st.floats(5, 80), st.floats(0, 2000), st.floats(0, 2000))
def test_words_cover_their_polygon(angle: float, width: float, height: float, x: float, y: float) -> None:
    """At any angle the selectable words begin, end and stand where the line's polygon does, within half a pixel."""
    height = min(height, width)
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    frame = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    polygon = [[x + c * u - s * v, y + s * u + c * v] for u, v in frame]
    (text,) = Elements(page(recognized(("文字", polygon)), b"")).named("text")
    for found, meant in zip(corners(text), polygon, strict=True):
        assert found == pytest.approx(meant, abs=0.5)


def test_column_is_read_downwards() -> None:
    """Signs that stand beneath each other are selected from top to bottom: their line begins at the top right."""
    polygon = [[10.0, 10.0], [30.0, 10.0], [30.0, 90.0], [10.0, 90.0]]
    (text,) = Elements(page(recognized(("竖排文字", polygon)), b"")).named("text")
    begin, end, *_ = corners(text)
    assert begin == pytest.approx((30, 10))
    assert end == pytest.approx((30, 90))


def test_flat_polygon_does_no_harm() -> None:
    """A polygon without extent gives a frame of a pixel, no division by zero."""
    (text,) = Elements(page(recognized(("x", [[5.0, 5.0]] * 4)), b"")).named("text")
    assert float(text["textlength"] or 0) == 1


def test_overlay_has_the_displayed_size() -> None:
    """The overlay's coordinates are the page's own pixels, so it grows and shrinks with the image."""
    html = page(recognized(("x", UPRIGHT)), encoded("PNG"))
    assert 'viewBox="0 0 200 100"' in html


def test_paragraphs_are_set_apart() -> None:
    """A line that begins a new paragraph is marked as such."""
    document = recognized(("a", UPRIGHT), ("b", UPRIGHT), ("c", UPRIGHT))
    for line, paragraph in zip(document["pages"][0]["lines"], [1, 1, 2], strict=True):
        line["paragraph"] = paragraph
    assert [item.get("class") for item in Elements(page(document, b"")).named("li")] == [None, None, "opens"]


def test_each_page_has_its_lines() -> None:
    """Lines are numbered through all pages; the image stands on the first."""
    document = recognized(("a", UPRIGHT), ("b", UPRIGHT))
    document["pages"].append(document["pages"][0] | {"page": 2, "warnings": ["small text"]})
    found = Elements(page(document, encoded("PNG")))
    assert [item["id"] for item in found.named("li")] == ["line-1", "line-2", "line-3", "line-4"]
    assert len(found.named("img")) == 1
    assert "small text" in found.texts("p")


def test_page_without_text_says_so() -> None:
    """An image in which nothing was read gives a page that says it."""
    assert Elements(page(recognized(), encoded("PNG"))).texts("li") == ["No text was found."]


def test_failed_upload_has_a_page_with_its_reason() -> None:
    """A failed document is shown with its reason, its kind and code, and the image if it is one."""
    found = Elements(page(failed(), encoded("PNG")))
    assert found.texts("h2") == ["This file could not be recognized"]
    assert found.texts("p") == ["Not recognized", "the file is empty", "bad_input · empty"]
    assert len(found.named("img")) == 1
    assert Elements(page(failed(), b"")).named("img") == []


def test_many_lines_are_quick() -> None:
    """A page of 5,000 lines is written in less than two seconds."""
    document = recognized(*[("一行很普通的文字", UPRIGHT)] * 5000)
    begun = time.perf_counter()
    page(document, b"")
    assert time.perf_counter() - begun < 2


def test_a_hundred_megapixels_become_what_a_screen_can_use() -> None:
    """A browser would take seconds and hundreds of megabytes for all of them: the page has a smaller picture."""
    file = BytesIO()
    Image.new("L", (11_000, 9_100), "white").save(file, "JPEG")
    document = recognized(("第一行", UPRIGHT))
    document["pages"][0] |= {"width": 11_000, "height": 9_100}
    begun = time.perf_counter()
    html = page(document, file.getvalue())
    assert time.perf_counter() - begun < 5
    _, image = shown(html)
    with Image.open(BytesIO(image)) as small:
        assert small.width * small.height <= 24_000_000
    assert 'viewBox="0 0 11000 9100"' in html
