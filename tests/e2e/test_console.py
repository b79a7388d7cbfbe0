"""The console of a running local stack, in a real browser: drop, watch, look, find."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from running import Running

ROOT = Path(__file__).parents[2]
PATIENCE = 60_000


@pytest.fixture(scope="module")
def page(chromium: Browser, stack: Running) -> Iterator[Page]:
    """The console; anything that the browser complains about fails the test."""
    complaints: list[str] = []
    page = chromium.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert complaints == []


def test_a_dropped_image_becomes_text_over_the_image(page: Page, stack: Running) -> None:
    """Straight to the bucket, through the steps as they are taken, and its page has the text on its place."""
    page.goto(stack.told["viewerUrl"])
    page.set_input_files("#drop input", str(ROOT / "samples" / "receipt.jpg"))
    row = page.locator("[data-key='receipt.jpg'].recognized")
    expect(row).to_contain_text("27 lines", timeout=PATIENCE)
    row.locator("a").click()
    expect(page.locator("figure img")).to_be_visible()
    expect(page.locator("svg text", has_text="街角面馆")).to_have_count(1)
    expect(page.locator("ol li").first).to_have_text("街角面馆")


def test_a_chinese_word_leads_to_its_line(page: Page, stack: Running) -> None:
    """Search over all texts, and the page opens with the word marked."""
    page.goto(stack.told["viewerUrl"])
    page.fill("[name=q]", "牛肉")
    page.locator(".hits a", has_text="红烧牛肉面").click(timeout=PATIENCE)
    expect(page.locator("li.hit")).to_have_text("红烧牛肉面")
    expect(page.locator("g.hit")).to_have_count(1)


def test_a_failed_upload_says_why(page: Page, stack: Running) -> None:
    """In the list and on its own page; what is dropped with a name of any kind is text there."""
    page.goto(stack.told["viewerUrl"])
    name = "<img src=x onerror=alert(1)> 说明.md"
    page.set_input_files("#drop input", {"name": name, "mimeType": "text/markdown", "buffer": b"# no image"})
    row = page.locator(".uploads > .failed")
    expect(row).to_contain_text("no image", timeout=PATIENCE)
    expect(row.locator(".key")).to_have_text(name)
    row.locator("a").click()
    expect(page.locator(".failure")).to_contain_text("bad_input · not_an_image")


def test_a_key_without_a_result_says_so(page: Page, stack: Running) -> None:
    """With what to do, and 404 for programs."""
    answer = page.request.get(f"{stack.told['viewerUrl']}/view/none.png")
    assert answer.status == 404
    assert "look again in a few seconds" in answer.text()


def test_a_page_of_another_site_does_not_get_in(page: Page, stack: Running) -> None:
    """A name that was pointed at this machine is refused: its scripts could read everything."""
    answer = page.request.get(stack.told["viewerUrl"], headers={"Host": "evil.example"})
    assert answer.status == 400
