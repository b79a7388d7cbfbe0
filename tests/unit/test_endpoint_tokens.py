"""Way 2 of the OCR API, served: tokens that prove themselves and have an end, of which only the last two live."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.fixture
def elsewhere(clock: Clock) -> Gateway:
    """Another process that serves the same app, and has seen nothing yet."""
    return Gateway({APP_ID: App((SECRET,))}, clock)


REFRESH: dict[str, str | None] = {"secret": None, "grantType": "refresh_token"}


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
    refresh = asked(gateway)["data"]["refreshToken"]
    again = asked(gateway, REFRESH_PATH, refreshToken=refresh, **REFRESH)
    assert refused(gateway, again["data"]["token"]) is None
    assert asked(gateway, REFRESH_PATH, refreshToken=refresh, **REFRESH)["code"] == 72000032


def test_a_refresh_token_outlives_its_token_and_ends_after_a_day(gateway: Gateway, clock: Clock) -> None:
    """Who comes too late begins anew with the secret."""
    refresh = asked(gateway)["data"]["refreshToken"]
    clock.now += 86_399
    data = asked(gateway, REFRESH_PATH, refreshToken=refresh, **REFRESH)["data"]
    assert refused(gateway, data["token"]) is None
    clock.now += 86_401
    assert asked(gateway, REFRESH_PATH, refreshToken=data["refreshToken"], **REFRESH)["code"] == 72000032


def test_a_token_and_its_refresh_token_do_not_stand_for_each_other(gateway: Gateway) -> None:
    """Neither lets in where the other belongs."""
    data = asked(gateway)["data"]
    assert refused(gateway, data["refreshToken"]) == "TOKEN错误"
    assert asked(gateway, REFRESH_PATH, refreshToken=data["token"], **REFRESH)["code"] == 72000032


def test_a_token_is_known_wherever_the_app_is(gateway: Gateway, elsewhere: Gateway, clock: Clock) -> None:
    """The next call may land in another environment of the function, or come after a restart."""
    data = asked(gateway)["data"]
    assert refused(elsewhere, data["token"]) is None
    again = asked(elsewhere, REFRESH_PATH, refreshToken=data["refreshToken"], **REFRESH)["data"]
    assert [refused(gateway, each["token"]) for each in (data, again)] == [None, None]
    clock.now += 7201
    assert refused(elsewhere, data["token"]) == refused(gateway, again["token"]) == "TOKEN错误"


def test_who_is_shown_a_newer_token_cuts_the_older_ones_down(
    gateway: Gateway, elsewhere: Gateway, clock: Clock
) -> None:
    """The rule of the last two holds for all that a process was shown, as for what it gave out itself."""
    tokens = []
    for issuer in (gateway, elsewhere, gateway):
        tokens.append(asked(issuer)["data"]["token"])
        clock.now += 1
    first, second, third = tokens
    assert [refused(elsewhere, token) for token in (first, second, third)] == [None] * 3
    assert refused(elsewhere, first) == "TOKEN错误"
    clock.now += 300
    assert [refused(elsewhere, token) for token in (second, third)] == ["TOKEN错误", None]


def test_a_token_ends_with_the_secret_that_it_was_got_by(clock: Clock) -> None:
    """A secret that is taken out of use takes its tokens with it; the other one's stay."""
    both, new = (Gateway({APP_ID: App(secrets)}, clock) for secrets in (("new", "old"), ("new",)))
    old_one, new_one = (asked(both, secret=secret)["data"] for secret in ("old", "new"))
    assert [refused(both, each["token"]) for each in (old_one, new_one)] == [None, None]
    assert [refused(new, each["token"]) for each in (old_one, new_one)] == ["TOKEN错误", None]
    assert asked(new, REFRESH_PATH, refreshToken=old_one["refreshToken"], **REFRESH)["code"] == 72000032


@given(st.integers(0, 63), st.sampled_from("AZaz09-_"))
def test_no_letter_of_a_token_can_be_changed(place: int, letter: str) -> None:
    """Its moment cannot be moved, nor anything else in it; 64 letters hold all of it."""
    gateway = Gateway({APP_ID: App((SECRET,))}, Clock())
    token = asked(gateway)["data"]["token"]
    changed = token[:place] + letter + token[place + 1 :]
    assert len(token) == 64
    assert refused(gateway, changed) == (None if changed == token else "TOKEN错误")


@pytest.mark.parametrize("token", ["a", "a" * 63, "a" * 64, "a" * 65, "签名", "a" * 60_000, "=" * 64, "\ud800"])
def test_what_is_no_token_is_a_wrong_one(gateway: Gateway, token: str) -> None:
    """Whatever stands in the header."""
    assert refused(gateway, token) == "TOKEN错误"


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
