"""Documents in other forms: whatever was recognized comes back, and stands where it stood."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ocr_drop_cli.exports import FORMATS
from ocr_drop_cli.exports.model import Document, read
from pages import document, line
from pictures import encoded

ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"
XHTML = "{http://www.w3.org/1999/xhtml}"
ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
SIDES = (1000, 1000)
PAPER = encoded(Image.new("RGB", (600, 400), "white"), "PNG")


def recognized(*texts: str, key: str = "a b.png", turn: float = 0.0) -> Document:
    """A document of these lines, turned together by so many degrees."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    lines = []
    left, top, middle = (350, 400, 500) if turn else (100, 60, 0)  # turned, all of it has to stay on the page
    for number, text in enumerate(texts):
        made = line(text, left, top + 40 * number, 300, 24, paragraph=number // 2 + 1)
        around = [(x - middle, y - middle) for x, y in made["polygon"]]
        made["polygon"] = [[middle + u * c - v * s, middle + u * s + v * c] for u, v in around]
        lines.append(made)
    return read({**document(lines, *(SIDES if turn else (600, 400)), key), "recognizedAt": "2026-11-24T08:00:00.000Z"})


def failed() -> Document:
    """A document without pages, with its reason."""
    why = {"kind": "bad_input", "code": "empty", "message": "the file is empty"}
    return Document("a.png", "2026-11-24T08:00:00.000Z", (), why)


def rows(data: bytes) -> list[dict[str, str]]:
    """A CSV file as a spreadsheet reads it."""
    whole = (FORMATS["csv"].head + data).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(whole, newline="")))


@settings(deadline=None)
@given(st.lists(ANY, min_size=1, max_size=4))
def test_csv_gives_every_text_back(texts: list[str]) -> None:
    """But for the quote that stands before what a spreadsheet would run."""
    found = [row["text"] for row in rows(FORMATS["csv"].write(recognized(*texts), b""))]
    for text, given_back in zip(texts, found, strict=True):
        assert given_back in (text, f"'{text}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('=HYPERLINK("x")', '\'=HYPERLINK("x")'),
        ("@x", "'@x"),
        ("+cmd|x", "'+cmd|x"),
        ("-5.00", "-5.00"),
        ("+12%", "+12%"),
    ],
)
def test_no_spreadsheet_runs_what_stood_on_a_picture(text: str, shown: str) -> None:
    """Formulas become text, numbers stay numbers."""
    assert rows(FORMATS["csv"].write(recognized(text), b""))[0]["text"] == shown


@settings(deadline=None)
@given(st.lists(ANY, min_size=1, max_size=4))
def test_json_lines_are_objects_of_their_own(texts: list[str]) -> None:
    """One a line, with text and polygon."""
    written = FORMATS["jsonl"].write(recognized(*texts), b"").decode()
    found = [json.loads(each) for each in written.split("\n")[:-1]]
    assert [each["text"] for each in found] == texts
    assert found[0]["polygon"] == [[100, 60], [400, 60], [400, 84], [100, 84]]


def test_a_failed_document_has_a_row_with_its_reason() -> None:
    """In the forms that hold all documents in one file."""
    assert rows(FORMATS["csv"].write(failed(), b""))[0]["message"] == "the file is empty"
    assert json.loads(FORMATS["jsonl"].write(failed(), b""))["failure"]["code"] == "empty"


@settings(deadline=None)
@given(st.lists(ANY, min_size=1, max_size=4), ANY)
def test_hocr_is_xhtml_with_every_word(texts: list[str], key: str) -> None:
    """Whatever was recognized and whatever the file is called; lines bear their boxes."""
    root = ET.fromstring(FORMATS["hocr"].write(recognized(*texts, key=key), b""))
    lines = [each for each in root.iter(f"{XHTML}span") if each.get("class") == "ocr_line"]
    assert len(lines) == len(texts)
    assert lines[0].get("title", "").startswith("bbox 100 60 400 84; poly 100 60 400 60 400 84 100 84")
    words = [each.text for each in lines[0] if each.get("class") == "ocrx_word"]
    assert len(words) == len(texts[0].split())
    assert "ppageno 0" in next(each for each in root.iter(f"{XHTML}div")).get("title", "")


@settings(deadline=None)
@given(st.lists(ANY, min_size=1, max_size=4), ANY)
def test_alto_is_xml_with_every_word(texts: list[str], key: str) -> None:
    """Blocks for paragraphs, lines with their polygons, words with their places, ids that are there once."""
    root = ET.fromstring(FORMATS["alto"].write(recognized(*texts, key=key), b""))
    lines = list(root.iter(f"{ALTO}TextLine"))
    assert len(lines) == len(texts)
    assert len(list(root.iter(f"{ALTO}TextBlock"))) == (len(texts) + 1) // 2
    first = lines[0].find(f"{ALTO}Shape/{ALTO}Polygon")
    assert first is not None
    assert first.get("POINTS") == "100,60 400,60 400,84 100,84"
    names = [each.get("ID") for each in root.iter() if each.get("ID")]
    assert len(names) == len(set(names))


def shown(written: bytes) -> Any:
    """The first page of a PDF, as pdfium opens it."""
    return pypdfium2.PdfDocument(written)[0]


TEXTS = ["第一行文字", "Second line 2", "мир", "日本語テキスト", "笑脸😀", "مرحبا"]


@pytest.mark.parametrize("turn", [0, 12, 90, 180, 270])
def test_a_pdf_holds_every_text_at_any_angle(turn: float) -> None:
    """Any script can be copied, by a font of one letter."""
    page = shown(FORMATS["pdf"].write(recognized(*TEXTS, turn=turn), PAPER))
    seen = unicodedata.normalize("NFKC", page.get_textpage().get_text_range())
    for text in TEXTS[:-1]:
        assert text.replace(" ", "") in seen.replace(" ", ""), text
    assert sorted(TEXTS[-1]) == sorted(set(seen) & set(TEXTS[-1])) or TEXTS[-1] in seen or TEXTS[-1][::-1] in seen


@pytest.mark.parametrize("turn", [0, 10, 90, 200])
def test_letters_of_a_pdf_lie_on_their_line(turn: float) -> None:
    """Each letter's middle lies inside of the line's polygon, and the first and last at its ends."""
    written = recognized("甲乙丙丁戊己庚辛", turn=turn)
    page = shown(FORMATS["pdf"].write(written, PAPER))
    text, scale = page.get_textpage(), 72 / 200
    frame = written.pages[0].lines[0].frame
    ux, uy = frame.along[0] / frame.width, frame.along[1] / frame.width
    for number in range(8):
        left, bottom, right, top = text.get_charbox(number, loose=True)
        x, y = (
            (left + right) / 2 / scale - frame.corner[0],
            written.pages[0].height - (bottom + top) / 2 / scale - frame.corner[1],
        )
        along, across = x * ux + y * uy, y * ux - x * uy
        assert along == pytest.approx(300 * (number + 0.5) / 8, abs=6)
        assert -4 <= across <= 28


def test_letters_of_a_column_lie_one_below_the_other_in_a_pdf() -> None:
    """Text that runs from top to bottom is laid along its polygon, not squeezed across it."""
    column = read({**document([line("竖排文字", 100, 60, 24, 240)], 600, 400), "recognizedAt": "2026"})
    text = shown(FORMATS["pdf"].write(column, PAPER)).get_textpage()
    boxes = [text.get_charbox(number, loose=True) for number in range(4)]
    middles = [400 - (bottom + top) / 2 * 200 / 72 for _, bottom, _, top in boxes]
    assert middles == pytest.approx([90, 150, 210, 270], abs=6)


def test_the_text_of_a_pdf_is_never_drawn() -> None:
    """The page looks as the picture does."""
    page = shown(FORMATS["pdf"].write(recognized("看不见的文字"), PAPER))
    picture = page.render(scale=1).to_pil().convert("L")
    assert picture.getextrema() == (255, 255)


def test_a_jpeg_goes_into_the_pdf_as_it_is() -> None:
    """No quality is lost, and the file is little larger than the picture."""
    photo = encoded(Image.effect_noise((600, 400), 60).convert("RGB"), "JPEG", quality=90)
    written = FORMATS["pdf"].write(recognized("x"), photo)
    assert photo in written
    assert len(written) < len(photo) + 4000


def _export(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ocr_drop_cli", "export", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        content = {**document([line("甲", 10, 10, 50, 20)], 600, 400, f"../x/{name}"), "recognizedAt": "2026"}
        (folder / f"{name}.json").write_text(json.dumps(content))
        (folder / name).write_bytes(PAPER)
    (folder / "other.json").write_text("{}")
    return folder


@pytest.mark.parametrize("name", FORMATS)
def test_the_command_writes_what_local_run_left(tmp_path: Path, name: str) -> None:
    """All documents of a folder; a key leads nowhere but into the folder that was given."""
    place = tmp_path / "exported"
    result = _export("--format", name, "-o", str(place), "--from", str(_folder(tmp_path)), "--json")
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {"written": 2, "leftOut": 0, "output": str(place)}
    if not FORMATS[name].in_one_file:
        files = sorted(str(each.relative_to(place)) for each in place.rglob("*") if each.is_file())
        assert files == [f"x/a.png{FORMATS[name].ending}", f"x/b.png{FORMATS[name].ending}"]


def test_what_cannot_be_exported_is_told_and_fails(tmp_path: Path) -> None:
    """An image that is gone leaves its PDF out, with a sentence and exit code 1; a wrong folder is told too."""
    folder = _folder(tmp_path)
    (folder / "a.png").unlink()
    result = _export("--format", "pdf", "-o", str(tmp_path / "p"), "--from", str(folder))
    assert result.returncode == 1
    assert "its image is needed" in result.stderr
    (tmp_path / "file").write_text("")
    result = _export("--format", "csv", "-o", str(tmp_path / "file" / "x.csv"), "--from", str(folder))
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
