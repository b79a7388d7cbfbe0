"""What there is to know of a running local stack."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Description:
    """Where a local stack is reached, with what credentials, and what its resources are called."""

    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    uploads_bucket: str
    results_bucket: str
    index_table: str
    event_bus: str
    uploads_queue_url: str
    dead_letter_queue_url: str
    secret_id: str
    ocr_url: str
    viewer_url: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """The same for machines: the keys as `ocr-drop local up --json` prints them."""
        return {_camel(name): value for name, value in asdict(self).items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
