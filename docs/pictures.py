"""The screenshots of the README, taken from a local stack of its own: `make pictures`. Needs Chromium."""

from __future__ import annotations

import io
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SAMPLES = sorted(str(path) for path in (ROOT / "samples").glob("*.[jp]*g"))


def main() -> None:
    """Start a stack, drop the samples and a file that is none, and take the pictures."""
    command = [sys.executable, "-m", "ocr_drop_cli", "local", "up", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stack, sync_playwright() as playwright:
        url = json.loads(next(iter(stack.stdout or [])))["viewerUrl"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1080, "height": 720})
        _console(page, url)
        _take(page, "console")
        page.goto(f"{url}/view/receipt.jpg#find=牛肉")
        page.wait_for_selector("li.hit")
        _take(page, "result")
        phone = browser.new_page(viewport={"width": 390, "height": 720}, color_scheme="dark", is_mobile=True)
        phone.goto(f"{url}/view/receipt.jpg")
        _take(phone, "phone")
        browser.close()
        stack.send_signal(signal.SIGTERM)


def _take(page: Page, name: str) -> None:
    """A screenshot in 256 colours: a third of the bytes, and nobody sees it."""
    shot = Image.open(io.BytesIO(page.screenshot()))
    shot.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(DOCS / f"{name}.png", optimize=True)


def _console(page: Page, url: str) -> None:
    page.goto(url)
    page.set_input_files("#drop input", [*SAMPLES, str(ROOT / "Makefile")])
    expect(page.locator(".uploads > .recognized")).to_have_count(len(SAMPLES), timeout=120_000)
    expect(page.locator(".uploads > .failed")).to_have_count(1)
    expect(page.locator("#sending li")).to_have_count(0)
    page.fill("[name=q]", "文字")
    page.wait_for_selector(".hits a", timeout=60_000)


if __name__ == "__main__":
    main()
