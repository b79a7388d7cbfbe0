"""Settings are read once and judged at the start."""

from __future__ import annotations

import pytest

from ocr_drop.settings import Settings

ENVIRONMENT = {
    "UPLOADS_BUCKET": "uploads",
    "RESULTS_BUCKET": "results",
    "INDEX_TABLE": "index",
    "EVENT_BUS": "bus",
    "UPLOADS_QUEUE_URL": "https://queue",
    "DEAD_LETTER_QUEUE_URL": "https://dead",
    "OCR_SECRET_ID": "secret",
    "OCR_ENDPOINT": "https://ocr.example",
}


def test_defaults_stand_for_what_is_not_set() -> None:
    """Limits have defaults; the trailing slash of an endpoint does not matter."""
    settings = Settings.from_environment({**ENVIRONMENT, "OCR_ENDPOINT": "https://ocr.example/"})
    assert (settings.ocr_endpoint, settings.max_image_bytes, settings.call_threads) == (
        "https://ocr.example",
        750000,
        1,
    )


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_missing_variable_is_named(name: str) -> None:
    """Whoever starts the function without one of the names learns which."""
    with pytest.raises(ValueError, match=name):
        Settings.from_environment({**ENVIRONMENT, name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_IMAGE_BYTES", "1048577"),
        ("MAX_IMAGE_BYTES", "many"),
        ("CALL_THREADS", "0"),
        ("OCR_ENDPOINT", "ocr.example"),
        ("OCR_ENDPOINT", "https://ocr.example/path"),
    ],
)
def test_a_senseless_value_is_named_with_what_was_expected(name: str, value: str) -> None:
    """The start stops with the variable's name, its value and what would do."""
    with pytest.raises(ValueError, match=f"{name} is .*expected"):
        Settings.from_environment({**ENVIRONMENT, name: value})
