"""`ocr-drop fit`: exactly the bytes that would be sent, and how they came about."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click


@click.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the fitted image is written; nothing is, when it is refused.",
)
@click.option(
    "--max-bytes",
    default=750_000,
    show_default=True,
    type=click.IntRange(min=1),
    help="The largest file that may be sent.",
)
@click.option("--page", default=1, show_default=True, type=click.IntRange(min=1), help="The page of a PDF or TIFF.")
@click.option("--tiles", is_flag=True, help="Only say how the page is cut where Tiles are allowed.")
def fit(image: Path, output: Path | None, max_bytes: int, page: int, *, tiles: bool) -> None:
    """Fit IMAGE to the OCR API's limits and print what was found, what would be sent, and the way back, as JSON."""
    from ocr_drop import images  # Pillow: not needed for the help text

    if tiles:
        areas = images.tiles(image.read_bytes(), page=page, max_bytes=max_bytes)
        print(json.dumps({"calls": len(areas) or 1, "tiles": [asdict(area) for area in areas]}))
        return
    if output is None:
        raise click.UsageError("say where the fitted image goes: -o FILE")
    fitted = images.fit(image.read_bytes(), page=page, max_bytes=max_bytes)
    try:
        output.write_bytes(fitted.data)
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror or error}") from None
    told = {
        "source": asdict(fitted.fit.source),
        "sent": asdict(fitted.fit.sent),
        "transform": list(fitted.fit.transform.coefficients()),
    }
    print(json.dumps(told))
