"""The Lambda function `reconcile`: runs each minute, lets waiting uploads go on and finds those without an event."""

from typing import Any

from ocr_drop.reconciler import reconcile
from ocr_drop.services import Services

services = Services.from_environment()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001 - a schedule tells nothing
    """One run; gives how many uploads were released, compared and found missing."""
    return reconcile(context, services)
