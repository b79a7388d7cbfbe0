"""The Lambda function `console`: the page in the browser, behind a password."""

from ocr_console.function import console

handler = console()
