"""`ocr-drop local run` and `ocr-drop local up`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import urlsplit

import click

from ocr_drop_cli.local import aws, stack, state
from ocr_drop_cli.local.data import opened
from ocr_drop_cli.local.description import Description
from ocr_drop_cli.local.processes import Processes
from ocr_drop_cli.local.signals import end_on_signals
from ocr_drop_cli.local.stack import OcrAccount
from ocr_drop_cli.local.translation import ROOT

SAMPLES = ROOT / "samples"
_IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")


@click.group()
def local() -> None:
    """The deployed system on this machine: no cloud, no account, no Docker."""


def _origin(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        url = urlsplit(value.rstrip("/"))
        good = url.scheme in ("http", "https") and url.hostname and not (url.path or url.query or url.fragment)
        good = good and url.username is None and (url.port is None or url.port > 0)
    except ValueError:
        good = False
    if not good:
        raise click.BadParameter("expected scheme, host and port, no path, such as https://smlopenapi.esign.cn")
    return value.rstrip("/")


def _ocr_options(command: Callable[..., None]) -> Callable[..., None]:
    """The three options that put another OCR API in the place of the local one."""
    for option in (
        click.option("--secret", help="Its secret, with --ocr-url."),
        click.option("--app-id", help="The app id, with --ocr-url."),
        click.option("--ocr-url", callback=_origin, help="Another OCR API: scheme, host and port, no path."),
    ):
        command = option(command)
    return command


def _account(ocr_url: str | None, app_id: str | None, secret: str | None) -> OcrAccount | None:
    if ocr_url and app_id and secret:
        return OcrAccount(ocr_url, app_id, secret)
    if ocr_url or app_id or secret:
        raise click.UsageError("--ocr-url, --app-id and --secret go together: give all three or none")
    return None


@local.command()
@click.option(
    "--out",
    default="out",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that results are written to.",
)
@_ocr_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.argument("images", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def run(
    context: click.Context,
    *,
    out: Path,
    ocr_url: str | None,
    app_id: str | None,
    secret: str | None,
    as_json: bool,
    images: tuple[Path, ...],
) -> None:
    """Recognize IMAGES (without any: the project's samples) and write JSON, text and a page of each into --out.

    Exit code 0: all recognized; 1: some failed, each with its reason; 2: bad usage.
    """
    from ocr_drop_cli.local import drops, report  # rich takes its time: `local up` does without it

    account = _account(ocr_url, app_id, secret)
    chosen = drops.named(images or _samples())
    end_on_signals()
    outcomes = []
    with Processes() as processes, _files_told():
        out.mkdir(parents=True, exist_ok=True)
        with report.starting():
            started = stack.start(processes, account=account)
        for outcome in report.shown(drops.recognized(started, chosen, processes.check), len(chosen)):
            report.write(outcome, out)
            outcomes.append(outcome)
    outcomes.sort(key=lambda outcome: chosen.index(outcome.drop))
    report.tell(outcomes, out, as_json=as_json)
    context.exit(0 if all(outcome.recognized for outcome in outcomes) else 1)


@contextmanager
def _files_told() -> Iterator[None]:
    """A folder that cannot be written, a full disk, a file that went away: the user's own, told in a sentence."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'a file'}: {error.strerror}") from error


def _samples() -> list[Path]:
    found = sorted(path for path in SAMPLES.glob("*") if path.suffix in _IMAGES)
    if not found:
        raise click.UsageError(f"no IMAGE given, and {SAMPLES} has no samples")
    return found


@local.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"The port that AWS answers at; 0 takes any that is free.  [default: {aws.PORT} if it is free]",
)
@click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder in which all of it lasts: stopped and started again, the stack goes on.  [default: nothing lasts]",
)
@_ocr_options
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
def up(
    *,
    port: int | None,
    folder: Path | None,
    ocr_url: str | None,
    app_id: str | None,
    secret: str | None,
    as_json: bool,
) -> None:
    """Keep the local stack running, for the AWS CLI, boto3 and SAM, until Ctrl-C or SIGTERM."""
    account = _account(ocr_url, app_id, secret)
    end_on_signals()
    try:
        with opened(folder) if folder else nullcontext() as data, Processes() as processes:
            description = stack.start(processes, port=port, account=account, data=data, watched=True).description
            state.write(description)
            print(json.dumps(description.as_json()) if as_json else _what_to_type(description, folder), flush=True)
            while True:
                processes.check()
                time.sleep(0.5)
    except KeyboardInterrupt:
        return


def _what_to_type(told: Description, folder: Path | None) -> str:
    kept = f"all is kept in {folder}" if folder else "nothing is kept"
    return f"""The local stack is up. In another terminal:

  export AWS_ENDPOINT_URL={told.endpoint_url} AWS_DEFAULT_REGION={told.region}
  export AWS_ACCESS_KEY_ID={told.access_key_id} AWS_SECRET_ACCESS_KEY={told.secret_access_key}
  aws s3 cp photo.jpg s3://{told.uploads_bucket}/photo.jpg
  aws s3 cp s3://{told.results_bucket}/photo.jpg.txt -
  aws logs tail /aws/lambda/{stack.NAME}-recognize --follow

page in the browser {told.viewer_url}
table {told.index_table}
event bus {told.event_bus}
queue {told.uploads_queue_url}
OCR API {told.ocr_url}

Ctrl-C stops all of it; {kept}."""
