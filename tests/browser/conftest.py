"""Pages of results, opened in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ocr_console.viewer.page import page as written


@pytest.fixture
def view(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens the page of a document; anything that the browser complains about fails the test."""
    complaints: list[str] = []
    contexts = []

    def opened(document: dict[str, Any], image: bytes = b"", **options: Any) -> Page:
        file = tmp_path / f"{len(contexts)}.html"
        file.write_text(written(document, image), "utf-8", newline="")
        context = chromium.new_context(viewport={"width": 1200, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
