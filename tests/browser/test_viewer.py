"""The page of a result in a real browser: lines on their ink, text to find, select and copy, and nothing that runs."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page

from pages import document, line

View = Callable[..., Page]

TEXTS = ["第一行文字", "second line", "叁：发票 ＡＢＣ", "مرحبا بالعالم", "笑脸😀与旗帜🇨🇳"]


COPIED = """(selector) => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector(selector));
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  const clipboardData = new DataTransfer();
  document.dispatchEvent(new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true }));
  return clipboardData.getData("text/plain") || selection.toString();
}"""
"""What a person gets who selects all of an element and copies it."""

COLOURS = """() => {
  const of = (selector, name) => getComputedStyle(document.querySelector(selector))[name].match(/[0-9.]+/g).map(Number);
  return [of("li", "color").slice(0, 3), of(".reading", "backgroundColor").slice(0, 3)];
}"""


def _stacked(texts: Sequence[str], width: int = 400, step: int = 40) -> list[dict[str, Any]]:
    return [line(text, 20, 20 + step * row, width, 24) for row, text in enumerate(texts)]


def _paper(size: tuple[int, int] = (600, 400)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, "PNG")
    return out.getvalue()


def _box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found is not None
    return dict(found)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_lines_lie_on_their_ink_in_a_turned_photo(view: View, orientation: int) -> None:
    """Whatever EXIF says of a photo, the polygon of the black bar lies over the black bar on the screen."""
    shown = Image.new("RGB", (600, 400), "white")
    ImageDraw.Draw(shown).rectangle((100, 50, 299, 89), fill="black")
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    stored = shown.transpose(back[orientation]) if orientation in back else shown
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    stored.save(file, "JPEG", quality=95, exif=exif)
    page = view(document([line("x", 100, 50, 200, 40)], 600, 400), file.getvalue())
    page.evaluate("document.querySelector('svg').style.opacity = 0")
    place = _box(page, "#place-1 polygon")
    inner = {"x": place["x"] + 8, "y": place["y"] + 8, "width": place["width"] - 16, "height": place["height"] - 16}
    seen = Image.open(io.BytesIO(page.screenshot(clip=inner))).convert("L")  # type: ignore[arg-type]
    assert (seen.getextrema()[1] or 0) < 60
    above = {**inner, "y": place["y"] - 8, "height": 4}
    paper = Image.open(io.BytesIO(page.screenshot(clip=above))).convert("L")  # type: ignore[arg-type]
    assert paper.getextrema()[0] > 200


def test_a_skewed_line_keeps_its_slant(view: View) -> None:
    """The polygon on the screen has the angle of the text in the picture, and the words lie along it."""
    turn = math.radians(12)
    c, s = math.cos(turn), math.sin(turn)
    corners = [[100 + x * c - y * s, 60 + x * s + y * c] for x, y in [(0, 0), (300, 0), (300, 30), (0, 30)]]
    page = view(document([{**line("斜着的一行", 0, 0, 1, 1), "polygon": corners}], 600, 400), _paper())
    across = page.evaluate(
        "(() => { const m = document.querySelector('svg text').getScreenCTM(); return Math.atan2(m.b, m.a); })()"
    )
    assert math.degrees(across) == pytest.approx(12, abs=0.2)


def test_pointing_at_a_line_marks_its_place_and_the_other_way_round(view: View) -> None:
    """Text and place belong together."""
    page = view(document(_stacked(TEXTS), 600, 400), _paper())
    page.hover("#line-3")
    assert "marked" in (page.get_attribute("#place-3", "class") or "")
    page.hover("#place-2 text")
    assert "marked" in (page.get_attribute("#line-2", "class") or "")
    assert "marked" not in (page.get_attribute("#line-3", "class") or "")


@pytest.mark.parametrize(
    ("typed", "lines"),
    [("发票", [3]), ("abc", [3]), ("LINE", [2]), ("行", [1]), ("😀", [5]), ("بالعالم", [4]), ("不在", [])],
)
def test_text_is_found_in_any_width_and_case(view: View, typed: str, lines: list[int]) -> None:
    """Hits are marked in the text and over the picture, and counted."""
    page = view(document(_stacked(TEXTS), 600, 400), _paper())
    page.keyboard.press("/")
    page.keyboard.insert_text(typed)
    marked = page.eval_on_selector_all("li.hit", "found => found.map(each => each.id)")
    assert marked == [f"line-{number}" for number in lines]
    assert page.locator("g.hit").count() == len(lines)
    assert page.inner_text("#found") == (f"1 / {len(lines)}" if lines else "none")


def test_enter_walks_through_the_hits(view: View) -> None:
    """Enter goes on, Shift+Enter back, round and round, and each hit comes into view."""
    page = view(document(_stacked(["same"] * 60, step=60), 600, 3700), _paper((600, 3700)))
    page.fill("#find", "same")
    page.press("#find", "Shift+Enter")
    assert page.inner_text("#found") == "60 / 60"
    page.wait_for_function(
        "() => { const box = document.getElementById('line-60').getBoundingClientRect();"
        " return box.top >= 0 && box.bottom <= innerHeight; }"
    )
    page.press("#find", "Enter")
    assert page.inner_text("#found") == "1 / 60"


def test_what_is_copied_is_a_line_a_line_in_reading_order(view: View) -> None:
    """From the text and from the picture alike; line numbers are not copied."""
    page = view(document(_stacked(TEXTS), 600, 400), _paper())
    for selector in ("svg", "ol"):
        assert [part for part in page.evaluate(COPIED, selector).split("\n") if part] == TEXTS


def test_zoom_and_fit_by_keys_and_buttons(view: View) -> None:
    """+ enlarges the picture in its frame, 0 fits it again; lines stay on their places."""
    page = view(document(_stacked(TEXTS), 600, 400), _paper())
    before = _box(page, "figure")["width"]
    page.keyboard.press("+")
    page.click("button[data-zoom='1']")
    assert _box(page, "figure")["width"] == pytest.approx(before * 1.5**2, rel=0.02)
    image, overlay = _box(page, "figure img"), _box(page, "figure svg")
    assert all(abs(image[side] - overlay[side]) < 1 for side in image)
    page.keyboard.press("0")
    assert _box(page, "figure")["width"] == pytest.approx(before, abs=1)


def test_a_drag_moves_a_picture_that_is_larger_than_its_frame(view: View) -> None:
    """Panning is pulling."""
    page = view(document([line("x", 500, 300, 50, 20)], 600, 400), _paper())
    for _ in range(4):
        page.keyboard.press("+")
    frame = _box(page, ".stage")
    page.evaluate("document.querySelector('.stage').scrollTo({left: 300, top: 300, behavior: 'instant'})")
    page.mouse.move(frame["x"] + 300, frame["y"] + 200)
    page.mouse.down()
    page.mouse.move(frame["x"] + 200, frame["y"] + 150)
    page.mouse.up()
    assert page.evaluate(
        "(() => { const s = document.querySelector('.stage'); return [s.scrollLeft, s.scrollTop]; })()"
    ) == [
        400,
        350,
    ]


def test_arrow_keys_walk_through_the_lines(view: View) -> None:
    """With the text focused, each press marks the next line and its place."""
    page = view(document(_stacked(TEXTS), 600, 400), _paper())
    page.focus(".reading")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert "marked" in (page.get_attribute("#place-2", "class") or "")


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "</text></svg><script>alert(3)</script>",
]


def test_text_of_an_image_never_runs(view: View) -> None:
    """It stands there as it was read, and the browser runs nothing of it: no dialog, no element, no error."""
    page = view(document(_stacked(HOSTILE), 600, 400), _paper())
    assert page.locator("li").all_text_contents() == HOSTILE
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_can_be_read(view: View, scheme: str) -> None:
    """Text stands out from its ground by at least 7 to 1."""
    page = view(document(_stacked(TEXTS), 600, 400), _paper(), color_scheme=scheme)
    colours = page.evaluate(COLOURS)
    high, low = sorted((_luminance(colour) for colour in colours), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 7


def _luminance(colour: Sequence[float]) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_phone_shows_picture_and_text_without_scrolling_sideways(view: View) -> None:
    """At 360 pixels they stand below each other."""
    page = view(document(_stacked(TEXTS), 600, 400), _paper(), is_mobile=True, has_touch=True)
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert _box(page, ".reading")["y"] >= _box(page, "figure")["y"] + _box(page, "figure")["height"]


def test_it_prints_the_picture_and_all_of_the_text(view: View) -> None:
    """On paper there are no tools, and no line is cut off by a scrolling frame."""
    page = view(document(_stacked(["一行文字"] * 120, step=10), 600, 1300), _paper((600, 1300)))
    page.emulate_media(media="print")
    assert not page.locator(".tools").is_visible()
    frame, last = _box(page, ".reading"), _box(page, "#line-120")
    assert last["y"] + last["height"] <= frame["y"] + frame["height"]
    assert page.evaluate("getComputedStyle(document.querySelector('.reading')).overflow") == "visible"
    assert page.pdf().startswith(b"%PDF")


def test_an_empty_page_says_so(view: View) -> None:
    """A picture without text is shown, with one sentence in the place of lines."""
    page = view(document([], 600, 400), _paper())
    assert (page.text_content("ol") or "").strip() == "No text was found."
    page.fill("#find", "x")
    assert page.inner_text("#found") == "none"


def test_five_thousand_lines_are_painted_within_a_second(view: View) -> None:
    """From the start of the navigation to the first contentful paint, in the browser's own figures."""
    lines = [line("第一页有很多行文字在这里排着", 20 + 700 * (n % 2), 10 + 8 * (n // 2), 600, 7) for n in range(5000)]
    page = view(document(lines, 1400, 20_100), _paper((1400, 2010)))
    painted = page.evaluate(
        "new Promise(done => new PerformanceObserver(list => {"
        " const found = list.getEntriesByName('first-contentful-paint'); if (found.length) done(found[0].startTime);"
        " }).observe({ type: 'paint', buffered: true }))"
    )
    assert painted < 1000
    page.fill("#find", "文字")
    assert page.inner_text("#found") == "1 / 5000"
