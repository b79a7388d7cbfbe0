"""A page of a file is a content of its own: claimed, called and paid for by itself."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from ocr_drop.model import Part
from ocr_drop.reading import AT_ONCE
from world import World, failure, success


def tiff(*shades: int) -> bytes:
    """A TIFF whose pages have these shades of grey."""
    first, *rest = [Image.new("L", (120, 90), shade) for shade in shades]
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=rest)
    return out.getvalue()


def test_each_page_is_one_call_and_one_page_of_the_document(world: World) -> None:
    """Three pages: three calls with requestIds of their own, text in order, pages parted by a form feed."""
    world.ocr.replies = [success("甲"), success("乙"), success("丙")]
    assert world.handle(world.message(world.drop("a.tif", tiff(10, 20, 30)))) == []
    document = world.document("a.tif")
    assert [page["page"] for page in document["pages"]] == [1, 2, 3]
    assert document["text"] == "甲\f乙\f丙"
    assert [row["page"] for row in world.ledger()] == [1, 2, 3]
    calls = [call for page in document["pages"] for call in page["calls"]]
    assert [call["requestId"] for call in calls] == [body["requestId"] for body in world.ocr.bodies]
    assert world.record("a.tif")["pages"] == 3


def test_the_raw_answers_are_kept_verbatim_in_page_order(world: World) -> None:
    """Of a file of several pages `.raw.json` is the list of their answers."""
    replies = [success("甲"), success("乙")]
    world.ocr.replies = list(replies)
    world.handle(world.message(world.drop("a.tif", tiff(10, 20))))
    raw = world.s3.get_object(Bucket=world.results, Key="a.tif.raw.json")["Body"].read()
    assert raw == b"[" + b",\n".join(body for _, _, body in replies) + b"]"
    assert len(json.loads(raw)) == 2


def test_the_same_file_under_another_key_costs_nothing(world: World) -> None:
    """All its pages are known."""
    world.handle(world.message(world.drop("a.tif", tiff(10, 20, 30))))
    world.handle(world.message(world.drop("b.tif", tiff(10, 20, 30))))
    assert world.ocr.calls == 3
    assert world.document("a.tif")["pages"] == world.document("b.tif")["pages"]


def test_a_file_too_long_for_one_turn_goes_on_where_it_ended(world: World) -> None:
    """What was paid for in the first turn is not paid for in the second, and no page is left out."""
    world.ocr.before_answer = lambda: world.clock.pass_by(30)
    message = world.message(world.drop("a.tif", tiff(*range(10, 80, 10))))
    turns = 1
    while world.handle(message):
        turns += 1
        message = world.again(message, turns)
        assert turns < 7
    assert turns > 1
    assert world.ocr.calls == 7
    assert len(world.document("a.tif")["pages"]) == 7


def test_what_waits_in_the_middle_lets_the_pages_behind_it_go(world: World) -> None:
    """A refused call leaves no page claimed: the next turn, of whomever, goes on at once, and nothing is paid twice."""
    world.ocr.replies = [success(), (429, {"Retry-After": "1"}, b"")]
    message = world.message(world.drop("a.tif", tiff(10, 20, 30)))
    assert world.handle(message)
    world.clock.pass_by(5)
    assert world.handle(world.message(world.drop("b.tif", tiff(10, 20, 30)))) == []
    assert world.handle(world.again(message)) == []
    assert world.outcomes() == ["answered", "refused", "answered", "answered"]


def test_a_page_that_cannot_be_read_spares_the_others(world: World) -> None:
    """The document is recognized; that page says why it is empty."""
    world.ocr.replies = [success("甲"), failure(30503127, "OCR识别失败"), success("丙")]
    world.handle(world.message(world.drop("a.tif", tiff(10, 20, 30))))
    document = world.document("a.tif")
    assert (document["status"], document["text"]) == ("recognized", "甲\f\f丙")
    assert document["pages"][1]["failure"]["code"] == "unrecognizable"
    assert document["pages"][1]["warnings"]
    assert "failure" not in document["pages"][0]


def test_a_file_of_which_no_page_can_be_read_has_failed(world: World) -> None:
    """With the first page's reason, after each page was tried once."""
    world.ocr.replies = [failure(30503127, "OCR识别失败")] * 2
    world.handle(world.message(world.drop("a.tif", tiff(10, 20))))
    assert world.document("a.tif")["failure"]["code"] == "unrecognizable"
    assert world.ocr.calls == 2


def test_more_pages_than_allowed_are_refused_before_any_is_paid_for(world: World) -> None:
    """The reason says how many there are and what to do."""
    message = world.message(world.drop("a.tif", tiff(10, 20, 30)))
    assert world.handle(message, services=world.services(max_pages=2)) == []
    failed = world.document("a.tif")["failure"]
    assert failed["code"] == "too_many_pages"
    assert "3 pages" in failed["message"]
    assert "MaxPages" in failed["message"]
    assert world.ocr.calls == 0


def test_the_file_is_not_held_while_its_pages_are_called_for(world: World) -> None:
    """It is fetched once for every few pages, so memory does not grow with files times calls."""
    fetches = 0
    services = world.services()
    fetch = services.objects.fetch

    def counting(upload: object) -> object:
        nonlocal fetches
        fetches += 1
        return fetch(upload)  # type: ignore[arg-type]

    services.objects.fetch = counting  # type: ignore[method-assign,assignment]
    world.handle(world.message(world.drop("a.tif", tiff(*range(AT_ONCE + 1)))), services=services, seconds=600)
    assert fetches == 2


def test_a_large_page_is_cut_only_where_that_is_allowed(world: World) -> None:
    """Each tile is a paid call of its own in the ledger; lines at the seams come once."""
    strip = Image.new("L", (600, 12_000), "white")
    out = io.BytesIO()
    strip.save(out, "PNG")
    world.handle(world.message(world.drop("whole.png", out.getvalue())))
    assert world.ocr.calls == 1
    world.handle(world.message(world.drop("cut.png", out.getvalue())), services=world.services(tiles=True), seconds=600)
    page = world.document("cut.png")["pages"][0]
    assert len(page["calls"]) == world.ocr.calls - 1 > 1
    assert all(call["area"]["width"] == 600 for call in page["calls"])
    assert (page["width"], page["height"]) == (600, 12_000)
    assert len({row["part"] for row in world.ledger()}) == world.ocr.calls
    assert len(page["lines"]) == len(page["calls"])


@pytest.mark.parametrize("page", [1, 2])
def test_a_page_recognized_before_is_found_by_its_content(world: World, page: int) -> None:
    """The claim of a page is keyed by the file's hash and the page."""
    world.handle(world.message(world.drop("a.tif", tiff(10, 20))))
    services = world.services()
    sha256 = world.document("a.tif")["source"]["sha256"]
    assert services.claims.is_known(services.content(sha256, Part(page)))
