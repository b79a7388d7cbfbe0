"""Way 2 of the OCR API, served: tokens with an end, of which only the last two are known."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from caller import APP_ID, OCR_PATH, SECRET
from ocr_endpoint.apps import App
from ocr_endpoint.calls import Call, Rejected
from ocr_endpoint.gateway import Gateway
from ocr_endpoint.tokens import ACCESS_PATH, REFRESH_PATH


class Clock:
    """Moved by tests."""

    now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """At rest."""
    return Clock()


@pytest.fixture
def gateway(clock: Clock) -> Gateway:
    """A gateway that has given out no token yet."""
    return Gateway({APP_ID: App((SECRET,))}, clock)


def asked(gateway: Gateway, path: str = ACCESS_PATH, **changes: str | None) -> Any:
    """What an application answers who asks for a token as the protocol says, with changes."""
    query: dict[str, str | None] = {"appId": APP_ID, "secret": SECRET, "grantType": "client_credentials", **changes}
    given = urlencode({name: value for name, value in query.items() if value is not None})
    reply = gateway.tokens.answer(Call("GET", path, given, {}, b""))
    assert reply.status == 200
    return reply.body


def refused(gateway: Gateway, token: str, app_id: str = APP_ID) -> str | None:
    """With which message a call with a token is refused, None if it is let in."""
    headers = {"x-tsign-open-app-id": app_id, "x-tsign-open-token": token}
    try:
        gateway.admit(Call("POST", OCR_PATH, "", headers, b"{}"))
    except Rejected as rejected:
        return str(rejected.reply.body["message"])
    return None


def test_a_token_lets_in_for_two_hours(gateway: Gateway, clock: Clock) -> None:
    """And says so: the moment in milliseconds, as a string."""
    data = asked(gateway)["data"]
    assert data["expiresIn"] == str(round((clock.now + 7200) * 1000))
    assert refused(gateway, data["token"]) is None
    clock.now += 7199
    assert refused(gateway, data["token"]) is None
    clock.now += 2
    assert refused(gateway, data["token"]) == "TOKEN错误"


def test_a_new_token_leaves_the_one_before_five_minutes(gateway: Gateway, clock: Clock) -> None:
    """Environments that have it still can change over."""
    first, second = asked(gateway)["data"]["token"], asked(gateway)["data"]["token"]
    clock.now += 299
    assert refused(gateway, first) is None
    clock.now += 2
    assert refused(gateway, first) == "TOKEN错误"
    assert refused(gateway, second) is None


def test_only_the_last_two_tokens_are_known(gateway: Gateway) -> None:
    """Who fetches too often throws others out."""
    first, second, third = (asked(gateway)["data"]["token"] for _ in range(3))
    assert refused(gateway, first) == "TOKEN错误"
    assert [refused(gateway, token) for token in (second, third)] == [None, None]


def test_a_refresh_token_gives_the_next_token_once(gateway: Gateway) -> None:
    """It goes with the newest token, and serves no second time."""
    given = {"secret": None, "grantType": "refresh_token"}
    refresh = asked(gateway)["data"]["refreshToken"]
    again = asked(gateway, REFRESH_PATH, refreshToken=refresh, **given)
    assert refused(gateway, again["data"]["token"]) is None
    assert asked(gateway, REFRESH_PATH, refreshToken=refresh, **given)["code"] == 72000032


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "wrong"},
        {"secret": None},
        {"appId": "7438000009"},
        {"appId": None},
        {"grantType": "password"},
        {"grantType": None},
    ],
)
def test_who_is_not_known_gets_no_token(gateway: Gateway, changes: dict[str, str | None]) -> None:
    """HTTP 200 and code 72000032, as the vendor answers."""
    assert asked(gateway, **changes) == {"code": 72000032, "message": "应用停用或应用不存在", "data": None}


def test_a_token_is_its_apps_own(clock: Clock) -> None:
    """Another app does not get in by it, and no token is shown by a repr."""
    gateway = Gateway({APP_ID: App((SECRET,)), "7438000002": App(("other",))}, clock)
    token = asked(gateway)["data"]["token"]
    assert refused(gateway, token, "7438000002") == "TOKEN错误"
    assert refused(gateway, "") == "TOKEN_CANT_BE_NULL"
    assert token not in repr(gateway)
    assert SECRET not in repr(gateway)


def test_either_secret_of_an_app_gives_a_token(clock: Clock) -> None:
    """While a secret is changed for another, both are known."""
    gateway = Gateway({APP_ID: App(("new", "old"))}, clock)
    assert [asked(gateway, secret=secret)["code"] for secret in ("new", "old", SECRET)] == [0, 0, 72000032]
