"""`ocr-drop sign`: what a request's signature is made of, for finding out why a gateway says no."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import click

from ocr_drop.esign.signing import ACCEPT, CONTENT_TYPE, content_md5, path_and_parameters, signature, string_to_sign


@click.command()
@click.option("--secret", required=True, help="The app's secret. It is never printed.")
@click.option("--method", default="POST", show_default=True, help="The HTTP method.")
@click.option("--path", required=True, help="Path with its parameters as in the URL, without the host.")
@click.option("--content-type", default=CONTENT_TYPE, show_default=True, help="The Content-Type header as sent.")
@click.option("--accept", default=ACCEPT, show_default=True, help="The Accept header as sent.")
@click.option("--date", default="", help="The Date header, if one is sent.")
@click.option(
    "--body",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the body, byte for byte as sent.",
)
def sign(secret: str, method: str, path: str, content_type: str, accept: str, date: str, body: Path | None) -> None:
    """Print Content-MD5, string to sign and signature of a request as JSON."""
    url = urlsplit(path)
    md5 = content_md5(body.read_bytes() if body else b"")
    text = string_to_sign(
        method,
        path_and_parameters(url.path, url.query),
        accept=accept,
        md5=md5,
        content_type=content_type,
        date=date,
    )
    print(json.dumps({"content_md5": md5, "string_to_sign": text, "signature": signature(secret, text)}))
