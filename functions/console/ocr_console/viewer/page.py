"""A document as one self-contained HTML file: the image, its lines over it, and the text beside it.

Nothing in the file is fetched from anywhere. What was recognized is foreign text: it is escaped, and the page's
policy lets nothing run or style but what stands here, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import resources
from string import Template
from typing import Any

from ocr_console.viewer.pictures import picture
from ocr_drop.geometry import along_text

_BASELINE = 0.86
"""How far down a line its letters stand, for fonts with Chinese."""

_KINDS = {
    "bad_input": "This file could not be recognized",
    "try_later": "This file waits to be tried again",
    "operator": "This file waits for something to be set right",
}

Place = Sequence[Sequence[float]]


def page(document: Mapping[str, Any], image: bytes, *, home: str | None = None) -> str:
    """The HTML of one document (schema `ocr-drop/document/1`) and the image that was uploaded.

    `home` is the address of the list that the page belongs to, where there is one.
    """
    style, script = _file("static/theme.css") + _file("viewer/page.css"), _file("viewer/page.js")
    recognized = document["status"] == "recognized"
    return Template(_file("viewer/page.html")).substitute(
        title=escape(document["source"]["key"]),
        home=f'<a class="home" href="{escape(home)}">All uploads</a>' if home else "",
        facts=escape(_facts(document["pages"]) if recognized else "Not recognized"),
        tools=_file("viewer/tools.html") if recognized else "",
        content=_pages(document["pages"], image) if recognized else _failure(document["failure"], picture(image)),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
    )


def _file(name: str) -> str:
    return resources.files("ocr_console").joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _facts(pages: Sequence[dict[str, Any]]) -> str:
    lines = sum(len(page["lines"]) for page in pages)
    sizes = ", ".join(f"{page['width']} × {page['height']} pixels" for page in pages)
    return f"{lines} {'line' if lines == 1 else 'lines'} · {sizes}"


def _failure(failure: dict[str, Any], shown: str | None = None) -> str:
    heading = _KINDS.get(failure["kind"], "This file was not recognized")
    sign = f"{failure['kind']} · {failure['code']}"
    told = f"<h2>{escape(heading)}</h2><p>{escape(failure['message'])}</p><p>{escape(sign)}</p>"
    figure = f'<figure class="alone">{_img(shown)}</figure>' if shown else ""
    return f'<section class="failure">{told}</section>{figure}'


def _pages(pages: Sequence[dict[str, Any]], image: bytes) -> str:
    sections, first = [], 1
    for page in pages:
        sections.append(_section(page, picture(image, page["page"]), first))
        first += len(page["lines"])
    return "\n".join(sections)


def _section(page: dict[str, Any], shown: str | None, first: int) -> str:
    notes = "".join(f'<p class="note">{escape(str(warning))}</p>' for warning in page["warnings"])
    lines = "\n".join(_reading(page["lines"], first)) or '<li class="none">No text was found.</li>'
    places = "\n".join(_place(line, number) for number, line in enumerate(page["lines"], first))
    name = f"Page {page['page']}"
    return f"""<section class="page" aria-label="{name}">
<div class="stage"><figure>{_img(shown) if shown else ""}<svg viewBox="0 0 {page["width"]} {page["height"]}" \
class="{"over" if shown else "bare"}" aria-hidden="true">
{places}
</svg></figure></div>
<div class="reading" tabindex="0" role="region" aria-label="Text of page {page["page"]}">\
<h2>{name}</h2>{notes}
<ol role="list" lang="zh">
{lines}
</ol></div>
</section>"""


def _img(shown: str) -> str:
    return f'<img src="{shown}" alt="The uploaded image">'


def _reading(lines: Iterable[dict[str, Any]], first: int) -> Iterable[str]:
    before = None
    for number, line in enumerate(lines, first):
        opens = ' class="opens"' if number > first and line["paragraph"] != before else ""
        before = line["paragraph"]
        yield f'<li id="line-{number}"{opens} dir="auto">{escape(line["text"])}</li>'


def _place(line: dict[str, Any], number: int) -> str:
    polygon: Place = line["polygon"]
    width, height, matrix = _frame(polygon, line["text"])
    points = " ".join(f"{x:g},{y:g}" for x, y in polygon)
    laid = f'transform="matrix({matrix})" y="{height * _BASELINE:.1f}" font-size="{height:.1f}"'
    stretched = f'textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs"'
    words = f"<text {laid} {stretched}>{escape(line['text'])}</text>"
    return f'<g id="place-{number}"><polygon points="{points}"/>{words}</g>'


def _frame(polygon: Place, text: str) -> tuple[float, float, str]:
    """Width and height of a line's upright frame, and the matrix that lays it over the polygon."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = along_text(polygon, text)
    along = ((bx - ax + cx - dx) / 2, (by - ay + cy - dy) / 2)
    down = ((dx - ax + cx - bx) / 2, (dy - ay + cy - by) / 2)
    width, height = max(math.hypot(*along), 1.0), max(math.hypot(*down), 1.0)
    x = (ax + bx + cx + dx) / 4 - (along[0] + down[0]) / 2
    y = (ay + by + cy + dy) / 4 - (along[1] + down[1]) / 2
    turn = [along[0] / width, along[1] / width, down[0] / height, down[1] / height]
    return width, height, " ".join([*(f"{number:.4f}" for number in turn), f"{x:.1f}", f"{y:.1f}"])
