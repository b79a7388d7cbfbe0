"""What an error of AWS means for an upload, said once for every edge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ocr_drop.errors import NeedsOperator, OcrDropError, TryLater

CONFIG = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=20,
)
"""Short waits and few tries: an outage is waited out in the queue, not in a billed function."""

_OPERATOR = frozenset(
    {
        "403",  # what a HEAD is refused with: it has no body to say more
        "AccessDenied",
        "AccessDeniedException",
        "AllAccessDisabled",
        "AuthorizationHeaderMalformed",
        "InvalidClientTokenId",
        "KMS.DisabledException",
        "KMS.NotFoundException",
        "NoSuchBucket",
        "NotAuthorized",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


def code_of(error: ClientError) -> str:
    """The error's code, such as `NoSuchKey` or `ConditionalCheckFailedException`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """The HTTP status that the error came with, 0 if none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def meaning(error: ClientError | BotoCoreError, doing: str) -> OcrDropError:
    """What to do about an error of AWS that its edge has no better word for.

    The text of the error stays out: AWS repeats names and values of the request in it.
    """
    if isinstance(error, ClientError):
        code = code_of(error)
        if code in _OPERATOR:
            return NeedsOperator(
                "aws_access", f"AWS refused to {doing} ({code}): the role or the resource's policy does not allow it"
            )
        return TryLater("aws_unavailable", f"AWS could not {doing} ({code})")
    return TryLater("aws_unavailable", f"AWS could not be reached to {doing} ({type(error).__name__})")


@contextmanager
def errors(doing: str) -> Iterator[None]:
    """Raise whatever AWS raises inside as the failure that it means; `doing` completes "could not"."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise meaning(error, doing) from None
