"""The Lambda function `recognize`: a batch of uploads in, the messages to try again out."""

import gc

gc.disable()  # a cold start makes 100,000 objects that all stay: looking for garbage among them costs 25 ms

from typing import Any

from ocr_drop.batches import answer
from ocr_drop.services import Services

services = Services.from_environment()

gc.freeze()
gc.enable()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Recognize each upload of an event of SQS, S3 or EventBridge."""
    return answer(event, context, services)
