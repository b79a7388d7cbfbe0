"""App id and secret in the form that ocr-drop keeps them in everywhere, and how a change of them is noticed."""

from __future__ import annotations

import pytest

from ocr_endpoint.apps import App, Apps
from ocr_endpoint.credentials import RENEWED_SECONDS, RenewedApps, UnusableCredentials, read_credentials


class Store:
    """A secret that can be changed, or be out of reach."""

    def __init__(self) -> None:
        self.text = '{"appId": "app", "secret": "first"}'
        self.reads = 0
        self.now = 0.0

    def read(self) -> Apps:
        self.reads += 1
        if not self.text:
            raise ConnectionError
        return read_credentials(self.text)


def test_the_form_is_that_of_the_systems_own_secret() -> None:
    """`{"appId", "secret"}`, blanks around either left out."""
    assert read_credentials('{"appId": " app ", "secret": "s\\n", "note": 1}') == {"app": App(("s",))}


def test_a_secret_may_be_changed_without_a_gap() -> None:
    """A `previousSecret` is valid beside the new one."""
    text = '{"appId": "app", "secret": "new", "previousSecret": "old"}'
    assert read_credentials(text) == {"app": App(("new", "old"))}


@pytest.mark.parametrize(
    "text", ["", "s3cret", "[]", "null", '{"appId": "s3cret"}', '{"appId": "", "secret": "s3cret"}', '{"appId": 1}']
)
def test_anything_else_is_refused_and_not_shown(text: str) -> None:
    """The refusal says what to put there, and nothing of what was found."""
    with pytest.raises(UnusableCredentials, match="appId") as refused:
        read_credentials(text)
    assert "s3cret" not in str(refused.value)


def test_a_changed_secret_is_in_force_within_five_minutes() -> None:
    """It is read when an environment starts, and once each five minutes of use."""
    store = Store()
    apps = RenewedApps(store.read, lambda: store.now)
    store.text = '{"appId": "app", "secret": "second"}'
    store.now = RENEWED_SECONDS - 1
    assert (apps.get("app"), store.reads) == (App(("first",)), 1)
    store.now = RENEWED_SECONDS
    assert (apps.get("app"), apps.get("app"), apps.get("other")) == (App(("second",)), App(("second",)), None)
    assert (dict(apps), len(apps), store.reads) == ({"app": App(("second",))}, 1, 2)


@pytest.mark.parametrize("text", ["", "no credentials"])
def test_a_store_in_trouble_does_not_stop_the_service(text: str, caplog: pytest.LogCaptureFixture) -> None:
    """What was read last stays in force while the store does not answer, or holds nothing usable; the log says so."""
    store = Store()
    apps = RenewedApps(store.read, lambda: store.now)
    store.text, store.now = text, RENEWED_SECONDS
    assert apps["app"] == App(("first",))
    assert "those of before stay in force" in caplog.text
    assert "first" not in caplog.text


def test_nothing_starts_without_credentials() -> None:
    """A store that holds none at the start is an error, not an endpoint that refuses everybody."""
    store = Store()
    store.text = "{}"
    with pytest.raises(UnusableCredentials):
        RenewedApps(store.read)
