"""`ocr-drop local run` and `ocr-drop local up`."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import click

from ocr_drop_cli.local.packaging import ROOT
from ocr_drop_cli.local.stack import LocalStack, OcrAccount, running

DEFAULT_PORT = 4566
SAMPLES = ROOT / "samples"
_IMAGES = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"}


@click.group()
def local() -> None:
    """The deployed system on this machine: no cloud, no account, no Docker."""


def _ocr_options(command: Callable[..., None]) -> Callable[..., None]:
    """The three options that name another OCR API than the local one."""
    for option in (
        click.option("--secret", help="Its secret, with --ocr-url."),
        click.option("--app-id", help="The app id, with --ocr-url."),
        click.option("--ocr-url", callback=_origin, help="Another OCR API: scheme, host and port, no path."),
    ):
        command = option(command)
    return command


def _origin(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    url = urlsplit(value.rstrip("/"))
    if url.scheme not in ("http", "https") or not url.netloc or url.path or url.query or url.fragment:
        raise click.BadParameter(f"{value!r} is not scheme, host and port, such as https://smlopenapi.esign.cn")
    return value.rstrip("/")


def _account(ocr_url: str | None, app_id: str | None, secret: str | None) -> OcrAccount | None:
    if ocr_url and app_id and secret:
        return OcrAccount(ocr_url, app_id, secret)
    if ocr_url or app_id or secret:
        raise click.UsageError("--ocr-url, --app-id and --secret go together")
    return None


@local.command()
@click.option("--out", default="out", show_default=True, type=click.Path(file_okay=False, path_type=Path))
@_ocr_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.argument("images", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def run(
    out: Path, ocr_url: str | None, app_id: str | None, secret: str | None, as_json: bool, images: tuple[Path, ...]
) -> None:
    """Recognize IMAGES (without any: the project's samples) and write text, places and a page of each into --out.

    Exit code 0: all recognized; 1: some failed, each with its reason; 2: bad usage.
    """
    from rich.console import Console

    from ocr_drop_cli.local import drops, report

    account = _account(ocr_url, app_id, secret)
    chosen = drops.named(images or sorted(path for path in SAMPLES.iterdir() if path.suffix in _IMAGES))
    _end_on_sigterm()
    outcomes = []
    with running(ocr=account) as stack:
        for outcome in report.shown(drops.recognized(stack, chosen), len(chosen)):
            report.write(outcome, out)
            outcomes.append(outcome)
    outcomes.sort(key=lambda outcome: chosen.index(outcome.drop))
    if as_json:
        print(json.dumps([report.as_json(outcome, out) for outcome in outcomes], ensure_ascii=False))
    else:
        Console().print(report.table(outcomes))
    sys.exit(0 if all(outcome.recognized for outcome in outcomes) else 1)


@local.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help=f"Where AWS answers. Default: {DEFAULT_PORT} if it is free."
)
@_ocr_options
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
def up(port: int | None, ocr_url: str | None, app_id: str | None, secret: str | None, as_json: bool) -> None:
    """Keep the local stack running, for the AWS CLI, boto3 and SAM, until Ctrl-C or SIGTERM."""
    from ocr_drop_cli.local.processes import is_free

    account = _account(ocr_url, app_id, secret)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    if port is None and is_free(DEFAULT_PORT):
        port = DEFAULT_PORT
    with running(port, account) as stack:
        print(json.dumps(stack.description()) if as_json else _what_to_type(stack), flush=True)
        stopped.wait()


def _what_to_type(stack: LocalStack) -> str:
    told = stack.description()
    return f"""ocr-drop is up. In another terminal:

  export AWS_ENDPOINT_URL={told["endpointUrl"]} AWS_DEFAULT_REGION={told["region"]}
  export AWS_ACCESS_KEY_ID={told["accessKeyId"]} AWS_SECRET_ACCESS_KEY={told["secretAccessKey"]}
  aws s3 cp photo.jpg s3://{told["uploadsBucket"]}/
  aws s3 cp s3://{told["resultsBucket"]}/photo.jpg.txt -

OCR API {told["ocrUrl"]}, table {told["indexTable"]}, event bus {told["eventBus"]}. Ctrl-C stops it all."""


def _end_on_sigterm() -> None:
    def end(_number: int, _frame: FrameType | None) -> Any:
        sys.exit(143)

    signal.signal(signal.SIGTERM, end)
