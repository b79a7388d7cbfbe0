"""`ocr-drop backfill`: queue what the bucket holds and the index does not know; or say first what that would cost."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

import click

from ocr_drop.errors import BadInput, Gone, Superseded, TryLater
from ocr_drop.model import Content, Upload
from ocr_drop.services import Services
from ocr_drop.sweeping import queue_missing, sweep
from ocr_drop_cli import stacks

SECONDS_A_CALL = 2.0
"""What a call takes, about: only the hours are reckoned with it."""


@dataclass
class Estimate:
    """What a backfill would do. `hours` at the ceiling of calls in flight, `cost` in the currency of the price."""

    objects: int = 0
    missing: int = 0
    known: int = 0
    unreadable: int = 0
    calls: int = 0
    hours: float = 0.0
    cost: float | None = None
    contents: set[Content] = field(default_factory=set, repr=False)

    def as_json(self) -> dict[str, int | float | None]:
        """The figures."""
        return {name: value for name, value in asdict(self).items() if name != "contents"}


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what it would do and cost: nothing is queued or called.")
@click.option("--price", type=click.FloatRange(min=0), help="What one call costs you, for --dry-run.")
@click.option("--prefix", default="", help="Only keys that begin so.")
@stacks.options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def backfill(
    *,
    dry_run: bool,
    price: float | None,
    prefix: str,
    stack: str | None,
    region: str | None,
    profile: str | None,
    local: bool,
    as_json: bool,
) -> None:
    """Recognize what lies in the uploads bucket and is not known: from before the stack, or its event got lost.

    --dry-run reads each such object, to see whether its content was recognized before, and spends nothing else.
    """
    services, ceiling = stacks.services(stack=stack, region=region, profile=profile, local=local)
    if dry_run:
        _tell(_estimated(services, prefix, ceiling, price), as_json=as_json)
        return
    objects = queued = 0
    for page in sweep(services, prefix=prefix, also_new=True):
        objects += page.seen
        queued += queue_missing(services, page.missing)
    print(json.dumps({"objects": objects, "queued": queued}) if as_json else f"{queued} of {objects} objects queued")


def _estimated(services: Services, prefix: str, ceiling: int, price: float | None) -> Estimate:
    estimate = Estimate()
    for page in sweep(services, prefix=prefix, also_new=True):
        estimate.objects += page.seen
        for upload in page.missing:
            _weigh(estimate, upload, services)
    estimate.hours = round(estimate.calls * SECONDS_A_CALL / ceiling / 3600, 2)
    estimate.cost = None if price is None else round(estimate.calls * price, 2)
    return estimate


def _weigh(estimate: Estimate, upload: Upload, services: Services) -> None:
    """Add one missing upload: known content, unreadable, or a call for each of its parts that is not known."""
    from ocr_drop import images, reading  # Pillow: only a dry run looks into files

    try:
        source = services.objects.fetch(upload)
    except (Gone, Superseded):
        return
    except (BadInput, TryLater):
        estimate.missing += 1
        estimate.unreadable += 1
        return
    estimate.missing += 1
    try:
        images.check_header(source.data, memory_bytes=services.settings.memory_bytes)
        parts = reading.parts(source.data, services)
    except BadInput:
        estimate.unreadable += 1
        return
    contents = {services.content(source.sha256, part) for part in parts} - estimate.contents
    unknown = {content for content in contents if not services.claims.is_known(content)}
    estimate.contents |= unknown
    estimate.calls += len(unknown)
    estimate.known += not unknown


def _tell(estimate: Estimate, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(estimate.as_json()))
        return
    rows = {
        "objects in the bucket": estimate.objects,
        "not in the index": estimate.missing,
        "of known content, no call": estimate.known,
        "unreadable, no call": estimate.unreadable,
        "calls, at most": estimate.calls,
        f"hours, at {SECONDS_A_CALL:g} s a call": estimate.hours,
        "cost": "give --price" if estimate.cost is None else estimate.cost,
    }
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:<{width}}  {value}")
    print("Nothing was queued. Without --dry-run, all of this is.")
