"""What each app may do: its balance and its calls a second; and calls that were served and come again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from caller import APP_ID, OCR_PATH, SECRET, lower, signed_headers
from ocr_endpoint.app import OcrApi
from ocr_endpoint.apps import App, Bounds
from ocr_endpoint.calls import Call, Rejected
from ocr_endpoint.gateway import Gateway
from ocr_endpoint.page import Page
from ocr_endpoint.replays import Mark, Replays
from ocr_endpoint.shared import MOST_TRIES, SharedUsage
from ocr_endpoint.usage import OwnUsage, Usage

NOW = 1_750_000_000.0
UNBOUNDED = Bounds()


class Clock:
    """Moved by tests."""

    now = NOW

    def __call__(self) -> float:
        return self.now


Keeps = Callable[[Clock], Usage]


@pytest.fixture(params=["in this process", "in a table"])
def keeps(request: pytest.FixtureRequest) -> Iterator[Keeps]:
    """What keeps the usage of apps; two of them that are made of one table are one."""
    if request.param == "in this process":
        yield OwnUsage
        return
    with mock_aws():
        client = boto3.client("dynamodb", "us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
        client.create_table(
            TableName="usage",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield lambda clock: SharedUsage(client, "usage", clock)


def api_of(clock: Clock, keeps: Keeps, bounds: Bounds = UNBOUNDED) -> OcrApi:
    """The API for one app, with an engine that finds nothing."""
    gateway = Gateway({APP_ID: App((SECRET,), bounds)}, clock)
    return OcrApi(gateway, lambda _: Page(1, 1, 0.0, ()), keeps(clock))


def call(clock: Clock, request_id: str | None = "7", *, image: bytes = b"a", **how: object) -> Call:
    """A signed call."""
    parameters = {"image": base64.b64encode(image).decode(), "requestId": request_id}
    body = json.dumps(parameters).encode()
    headers = signed_headers(body, at=clock.now, **how)  # type: ignore[arg-type]
    return Call("POST", OCR_PATH, "", lower(headers), body)


def said(api: OcrApi, call: Call) -> object:
    """The code that a call is answered with, or the gateway's message."""
    body = api.serve(call).body
    return body["message"] if body["code"] == 401 else body["code"]


def test_a_recorded_call_is_not_served_again(keeps: Keeps) -> None:
    """The same signed call with its requestId and its timestamp is refused for as long as it could pass."""
    clock = Clock()
    api, recorded = api_of(clock, keeps), call(clock)
    assert said(api, recorded) == 0
    for seconds in (0, 1, 898):
        clock.now = NOW + seconds
        assert said(api, recorded) == "INVALID_TIMESTAMP"
    clock.now = NOW + 901
    assert said(api, recorded) == "INVALID_TIMESTAMP"


@pytest.mark.parametrize("early", [-899, 0, 899])
def test_a_recorded_call_is_refused_until_its_timestamp_is_stale(early: int, keeps: Keeps) -> None:
    """However far the caller's clock goes wrong within the window, there is no moment for a second time."""
    clock = Clock()
    api = api_of(clock, keeps)
    clock.now = NOW + early
    recorded = call(clock)
    clock.now = NOW
    assert said(api, recorded) == 0
    for seconds in range(0, 1900, 50):
        clock.now = NOW + seconds
        assert said(api, recorded) == "INVALID_TIMESTAMP"


def test_an_honest_retry_is_served(keeps: Keeps) -> None:
    """The same body signed again carries a new timestamp, and is the caller's right: its answer may have been lost."""
    clock = Clock()
    api, first = api_of(clock, keeps), call(clock)
    clock.now += 0.001
    again = call(clock)
    assert again.headers["x-tsign-open-ca-signature"] == first.headers["x-tsign-open-ca-signature"]
    assert [said(api, first), said(api, again)] == [0, 0]


def test_without_a_request_id_nothing_is_remembered(keeps: Keeps) -> None:
    """A caller who does not name requests may send the same one as often as it likes."""
    clock = Clock()
    api = api_of(clock, keeps)
    assert [said(api, call(clock, name)) for name in (None, None, "", "")] == [0] * 4


def test_what_was_not_served_may_come_again(keeps: Keeps) -> None:
    """A refusal uses nothing up: the same call passes once its reason is gone."""
    clock = Clock()
    api, same = api_of(clock, keeps, Bounds(quota=0)), call(clock)
    assert [said(api, same), said(api, same)] == [30503107, 30503107]


def test_a_signed_timestamp_cannot_be_altered(keeps: Keeps) -> None:
    """Who names the timestamp among the signed headers is safe from a thief who would give the call another."""
    clock = Clock()
    stamp = str(round(clock.now * 1000))
    recorded = call(clock, extra={"X-Tsign-Open-Ca-Timestamp": stamp})
    later = {**recorded.headers, "x-tsign-open-ca-timestamp": str(int(stamp) + 1)}
    api = api_of(clock, keeps)
    assert said(api, recorded) == 0
    assert said(api, replace(recorded, headers=later)) == "INVALID_SIGNATURE"


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=60))
def test_marks_are_kept_until_their_end_and_no_longer(steps: list[tuple[int, int]]) -> None:
    """Each mark is there until its moment, whatever order they come in, and memory holds none beyond it."""
    clock, kept = Clock(), list[Mark]()
    replays = Replays(clock)
    for number, (pause, life) in enumerate(steps):
        clock.now += pause
        kept.append(Mark(clock.now + life, "app", number, "signature"))
        replays.keep(kept[-1])
        assert all((one in replays) == (one.until >= clock.now) for one in kept)
        assert len(replays._marks) == len(replays._ends) == sum(one.until >= clock.now for one in kept)


def test_a_balance_is_used_up_by_calls_that_reach_the_engine(keeps: Keeps) -> None:
    """A call is paid for when it is recognized; refused ones cost nothing; then the answer is 30503107."""
    clock = Clock()
    api = api_of(clock, keeps, Bounds(quota=2))
    assert said(api, call(clock, image=b"")) == 30500100
    assert [said(api, call(clock, str(number))) for number in range(4)] == [0, 0, 30503107, 30503107]


def test_a_rate_lets_a_seconds_calls_through_and_says_when_to_come_again(keeps: Keeps) -> None:
    """So many calls at once, the next ones 429 with a Retry-After after which one passes."""
    clock = Clock()
    usage, bounds = keeps(clock), Bounds(rate=4)

    def passes() -> int | None:
        try:
            usage.pace("app", bounds)
        except Rejected as rejected:
            refused = rejected.reply
        else:
            return None
        assert (refused.status, refused.body["code"]) == (429, 429)
        return int(refused.headers["Retry-After"])

    assert [passes() for _ in range(6)] == [None] * 4 + [1, 1]
    clock.now += 0.5
    assert [passes() for _ in range(3)] == [None, None, 1]
    usage.pace("other", bounds)


@given(st.floats(0.01, 200), st.lists(st.floats(0, 3), min_size=1, max_size=80))
def test_no_more_calls_pass_than_the_rate_allows(rate: float, pauses: list[float]) -> None:
    """Over any time, a second's calls (at least one) and what the rate gives; and Retry-After keeps its word."""
    clock = Clock()
    usage, bounds = OwnUsage(clock), Bounds(rate=rate)
    for passed, pause in enumerate(pauses, start=1):
        clock.now += pause
        try:
            usage.pace("app", bounds)
        except Rejected as rejected:
            clock.now += int(rejected.reply.headers["Retry-After"])
            usage.pace("app", bounds)
        assert passed <= max(1.0, rate) + (clock.now - NOW) * rate + 1e-2


@pytest.mark.parametrize("keeps", ["in a table"], indirect=True)
def test_what_one_environment_has_served_another_knows(keeps: Keeps) -> None:
    """A recorded call is refused wherever it lands, and the balance is one for all."""
    clock = Clock()
    one, other = (api_of(clock, keeps, Bounds(quota=2)) for _ in range(2))
    recorded = call(clock)
    assert [said(one, recorded), said(other, recorded)] == [0, "INVALID_TIMESTAMP"]
    assert [said(api, call(clock, name)) for api, name in ((other, "8"), (one, "9"))] == [0, 30503107]


@pytest.mark.parametrize("keeps", ["in a table"], indirect=True)
def test_a_rate_is_one_for_all_environments(keeps: Keeps) -> None:
    """Calls count together, wherever they land."""
    clock = Clock()
    one, other = (api_of(clock, keeps, Bounds(rate=2)) for _ in range(2))
    assert [said(api, call(clock, None)) for api in (one, other, one, other)] == [0, 0, 429, 429]
    clock.now += 0.5
    assert [said(api, call(clock, None)) for api in (other, one)] == [0, 429]


def test_who_is_always_overtaken_is_asked_to_come_again() -> None:
    """Where others set the pace each time between reading and writing it, the answer is 429 after some tries."""

    class Overtaken:
        class exceptions:  # noqa: N801 - as boto3 writes it
            class ConditionalCheckFailedException(Exception):
                """A condition did not hold."""

        tries = 0

        def get_item(self, **_: object) -> dict[str, object]:
            return {}

        def put_item(self, **_: object) -> None:
            self.tries += 1
            raise self.exceptions.ConditionalCheckFailedException

    client = Overtaken()
    with pytest.raises(Rejected) as refused:
        SharedUsage(client, "usage", Clock()).pace("app", Bounds(rate=1))
    assert (refused.value.reply.status, client.tries) == (429, MOST_TRIES)


def test_no_signature_is_kept_in_the_table() -> None:
    """What stands there could not be sent again; and each item says when it may go."""
    written = []

    class Client:
        def put_item(self, **what: object) -> None:
            written.append(what)

    clock = Clock()
    gateway, one = Gateway({APP_ID: App((SECRET,))}, clock), call(clock)
    SharedUsage(Client(), "usage", clock).charge(APP_ID, UNBOUNDED, gateway.mark(one))
    assert one.headers["x-tsign-open-ca-signature"] not in str(written)
    assert written[0]["Item"]["ends"] == {"N": str(int(NOW) + 901)}  # type: ignore[index]


def test_zeros_before_a_timestamp_make_no_other_call_of_it(keeps: Keeps) -> None:
    """The same moment written otherwise is the same moment."""
    clock = Clock()
    api, recorded = api_of(clock, keeps), call(clock)
    padded = {**recorded.headers, "x-tsign-open-ca-timestamp": "0" + recorded.headers["x-tsign-open-ca-timestamp"]}
    assert [said(api, recorded), said(api, replace(recorded, headers=padded))] == [0, "INVALID_TIMESTAMP"]
