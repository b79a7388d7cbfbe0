"""What the environment says, read once and checked at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

MIB = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """The function's settings; each is an environment variable of the same name in capitals."""

    uploads_bucket: str
    results_bucket: str
    index_table: str
    event_bus: str
    uploads_queue_url: str
    dead_letter_queue_url: str
    ocr_secret_id: str
    ocr_endpoint: str
    egress_ip: str
    max_image_bytes: int
    call_threads: int
    memory_bytes: int
    max_pages: int = 100
    tiles: bool = False
    auth_mode: str = "signature"
    forget_on_delete: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read all settings; raises `ValueError` naming the variable and what was expected."""
        return cls(
            uploads_bucket=_text(environment, "UPLOADS_BUCKET"),
            results_bucket=_text(environment, "RESULTS_BUCKET"),
            index_table=_text(environment, "INDEX_TABLE"),
            event_bus=_text(environment, "EVENT_BUS"),
            uploads_queue_url=_text(environment, "UPLOADS_QUEUE_URL"),
            dead_letter_queue_url=_text(environment, "DEAD_LETTER_QUEUE_URL"),
            ocr_secret_id=_text(environment, "OCR_SECRET_ID"),
            ocr_endpoint=_origin(environment, "OCR_ENDPOINT"),
            egress_ip=environment.get("EGRESS_IP", ""),
            max_image_bytes=_number(environment, "MAX_IMAGE_BYTES", default=750_000, least=10_000, most=MIB),
            call_threads=_number(environment, "CALL_THREADS", default=1, least=1, most=50),
            memory_bytes=MIB
            * _number(environment, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", default=1769, least=128, most=10_240),
            max_pages=_number(environment, "MAX_PAGES", default=100, least=1, most=1000),
            tiles=environment.get("TILES") == "allow",
            auth_mode=environment.get("AUTH_MODE") or "signature",
            forget_on_delete=environment.get("FORGET_ON_DELETE") == "yes",
        )


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise ValueError(f"{name} is not set: the template sets it from its own resources")
    return value


def _number(environment: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    value = environment.get(name) or str(default)
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ValueError(f"{name} is {value!r}: expected a whole number from {least} to {most}")
    return int(value)


def _origin(environment: Mapping[str, str], name: str) -> str:
    value = _text(environment, name).rstrip("/")
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not url.netloc or url.path or url.query:
        raise ValueError(f"{name} is {value!r}: expected scheme, host and port, no path")
    return value
