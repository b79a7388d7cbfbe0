"""The pieces of a drill: the door before the OCR API, the sums, what is dropped and what is shown."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from ocr_drop import images, uploads
from ocr_drop.errors import BadInput
from ocr_drop.index import as_upload
from ocr_drop_cli.drill import commands
from ocr_drop_cli.drill.account import Account, Promise, of_ledger, total
from ocr_drop_cli.drill.commands import drill
from ocr_drop_cli.drill.door import Door
from ocr_drop_cli.drill.faults import FAULTS
from ocr_drop_cli.drill.pictures import damaged, picture
from ocr_drop_cli.drill.show import Show, Silence
from ocr_drop_cli.main import run
from world import OcrApiStandIn, failure

CALL = {"image": "", "requestId": "1"}
figures = st.integers(0, 50)
accounts = st.builds(Account, uploads=figures, ended=figures, calls=figures, contents=figures, unknown=figures)


@pytest.fixture
def door(ocr: OcrApiStandIn) -> Iterator[Door]:
    """A door before an OCR API."""
    door = Door()
    door.behind = ocr.url
    yield door
    door.close()


def call(door: Door) -> requests.Response:
    """A call through the door."""
    return requests.post(f"{door.url}/a?b=c", json=CALL, headers={"X-Tsign-Open-App-Id": "7438000001"}, timeout=10)


def test_a_door_changes_nothing(door: Door, ocr: OcrApiStandIn) -> None:
    """What goes through arrives as it was sent, and the answer comes back as it was given."""
    reply = failure(30500116, "图片类型不支持", status=422, **{"Retry-After": "7", "Content-Type": "application/json"})
    ocr.replies = [reply]
    answer = call(door)
    assert (answer.status_code, answer.content, answer.headers["Retry-After"]) == (422, reply[2], "7")
    assert (ocr.bodies, ocr.app_ids) == ([CALL], ["7438000001"])


def test_only_results_are_counted_as_paid(door: Door, ocr: OcrApiStandIn) -> None:
    """A result is a paid call; a refusal, in its status or in its code, is not."""
    ocr.replies = [failure(401, status=401), failure(30500116), (200, {}, b"no JSON")]
    for _ in range(5):
        call(door)
    assert (door.answered, door.refused) == (2, 3)


def test_in_a_storm_one_of_many_goes_through(door: Door, ocr: OcrApiStandIn) -> None:
    """While it lasts, nine of ten are told to slow down and reach nobody; afterwards all go through."""
    with door.storm(through=10):
        statuses = [call(door).status_code for _ in range(20)]
    assert sorted(statuses) == [200] * 2 + [429] * 18
    assert ocr.calls == 2
    assert call(door).status_code == 200


def test_a_door_that_is_gone_comes_back_where_it_was(door: Door) -> None:
    """While it is gone, connections are refused, so that nothing was sent; then it is at the same place again."""
    url = door.url
    with door.gone(), pytest.raises(requests.ConnectionError):
        call(door)
    assert (call(door).status_code, door.url) == (200, url)


def test_one_answer_is_held(door: Door, ocr: OcrApiStandIn) -> None:
    """The next answer is there and waits, whatever else goes through meanwhile; it counts as paid from the first."""
    there, release = door.hold_next()
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(call, door)
        assert there.wait(10)
        assert door.answered == 1
        assert call(door).status_code == 200
        assert not held.done()
        release.set()
        assert held.result(10).status_code == 200
    assert door.most_at_a_time == 2


def test_a_caller_who_dies_harms_nobody(door: Door, capfd: pytest.CaptureFixture[str]) -> None:
    """An answer that nobody takes any more is no error: the next caller is served, and nothing is said of it."""
    there, release = door.hold_next()
    place = ("127.0.0.1", int(door.url.rsplit(":", 1)[1]))
    body = json.dumps(CALL).encode()
    head = f"POST / HTTP/1.1\r\nX-Tsign-Open-App-Id: a\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection(place) as dying:
        dying.sendall(head + body)
        assert there.wait(10)
    release.set()
    assert call(door).status_code == 200
    assert capfd.readouterr() == ("", "")


@given(st.lists(accounts, max_size=6))
def test_all_together_is_the_sum(found: list[Account]) -> None:
    """The last row is the sum of the others, and holds if its figures do and each promise does."""
    sums = total(found)
    for name in ("uploads", "ended", "waiting", "calls", "contents", "unknown"):
        assert getattr(sums, name) == sum(getattr(account, name) for account in found)


@given(accounts, st.lists(st.booleans(), max_size=3))
def test_a_fault_held_if_everything_did(figures: Account, promises: list[bool]) -> None:
    """One broken promise, one upload that waits, or one call too many is enough."""
    account = Account(**{**figures.__dict__, "promises": tuple(Promise("it holds", held) for held in promises)})
    sums_up = figures.calls == figures.contents + figures.unknown
    assert account.held == (sums_up and figures.uploads == figures.ended and all(promises))
    assert account.as_json()["held"] == account.held


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["answered", "unknown", "refused", "not_sent", "calling"])))
)
def test_a_content_counts_once_however_often_it_was_answered(rows: list[tuple[int, str]]) -> None:
    """A second answer to one content is no second content: so a call too many shows."""
    ledger = [{"pk": pk, "key": f"storm/{number}", "outcome": outcome} for number, (pk, outcome) in enumerate(rows)]
    ledger += [{"pk": 9, "key": "stormy weather", "outcome": "answered"}]
    contents, unknown = of_ledger(ledger, "storm/")
    assert contents == len({pk for pk, outcome in rows if outcome == "answered"})
    assert unknown == sum(outcome == "unknown" for _, outcome in rows)


def test_pictures_are_read_and_damaged_files_are_not() -> None:
    """What is dropped as a picture is one, each another content; what is dropped as damaged is refused."""
    assert len({picture(f"number {number}") for number in range(5)}) == 5
    assert images.fit(picture("hello"), max_bytes=750_000).fit.sent.format == "PNG"
    for data in damaged().values():
        with pytest.raises(BadInput):
            images.fit(data, max_bytes=750_000)


def test_an_event_that_comes_again_is_the_same(world_record: Mapping[str, Any]) -> None:
    """What is sent a second time names the same key, version and place in the order of the key."""
    (record,) = json.loads(uploads.write(as_upload(world_record)))["Records"]
    assert record["s3"]["object"]["key"] == "a+b%2Fc.png"
    assert {name: record["s3"]["object"][name] for name in ("versionId", "sequencer", "eTag", "size")} == {
        "versionId": "v",
        "sequencer": "0A",
        "eTag": "e",
        "size": 7,
    }


@pytest.fixture
def world_record() -> Mapping[str, Any]:
    """A record as the table holds it."""
    return {"bucket": "uploads", "key": "a b/c.png", "versionId": "v", "sequencer": "0A", "eTag": "e", "size": 7}


def test_what_is_shown_says_what_held_and_what_broke() -> None:
    """The log names each promise, the table each fault, and the last line adds all up and says whether it held."""
    out = io.StringIO()
    show = Show(Console(file=out, width=120))
    good = Account(uploads=3, ended=3, calls=2, contents=2, promises=(Promise("one call each", True),))
    bad = Account(uploads=2, ended=1, calls=3, contents=1, unknown=1, promises=(Promise("all end", False),))
    for account in (good, bad):
        show.begin("storm", "It storms.")
        show.say("it rains")
        show.watch("1 in")
        show.end(account)
    show.verdict({"duplicates": good, "storm": bad})
    said = out.getvalue()
    assert "✓  one call each" in said
    assert "✗  all end" in said
    assert said.rstrip().endswith(
        "A promise was broken: 5 uploads in, 4 ended, 1 waiting; "
        "5 calls at the OCR API ≠ 3 contents + 1 unknown outcomes."
    )


def test_programs_get_one_object_and_no_word_before(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json all that is printed is one object: the sums, and each fault with its promises."""
    show = Silence(Console(file=io.StringIO()))
    account = Account(uploads=1, ended=1, calls=1, contents=1, seconds=1.25, promises=(Promise("one call", True),))
    show.begin("storm", "It storms.")
    show.say("it rains")
    show.end(account)
    show.verdict({"storm": account})
    told = json.loads(capsys.readouterr().out)
    assert (told["held"], told["calls"], told["contents"], told["waiting"]) == (True, 1, 1, 0)
    (fault,) = told["faults"]
    assert (fault["fault"], fault["promises"]) == ("storm", [{"promise": "one call", "held": True}])


def test_the_list_names_every_fault() -> None:
    """--list says of each fault what it does, and which are thrown only when named; nothing is started."""
    listed = CliRunner().invoke(drill, ["--list"])
    assert listed.exit_code == 0
    lines = listed.output.splitlines()
    assert [line.split()[0] for line in lines] == [fault.name for fault in FAULTS]
    assert [line.endswith("Only when named, or with --all.") for line in lines] == [
        not fault.by_default for fault in FAULTS
    ]


@pytest.mark.parametrize(("calls", "code"), [(1, 0), (2, 1)])
def test_the_exit_code_says_whether_all_held(calls: int, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """0 when every promise held; 1 when one did not, a call too many included."""
    account = Account(uploads=1, ended=1, calls=calls, contents=1)
    monkeypatch.setattr(commands, "_played", lambda *_: {"storm": account})
    monkeypatch.setattr(commands, "end_on_signals", lambda: None)
    assert run(["drill", "--json", "storm"]) == code


def test_faults_are_thrown_in_the_order_given_and_once() -> None:
    """Named ones come as they were named, each once; without a name all but the longest, with --all all of them."""
    named = commands._chosen(everything=False, names=("storm", "garbage", "storm"))
    assert [fault.name for fault in named] == ["storm", "garbage"]
    assert [fault.name for fault in commands._chosen(everything=True, names=())] == commands.NAMES
    assert [fault.name for fault in commands._chosen(everything=False, names=())] == [
        name for name in commands.NAMES if name != "kill"
    ]


@pytest.mark.parametrize("arguments", [["earthquake"], ["--all", "storm"], ["--nonsense"]])
def test_bad_usage_is_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A fault that there is not, or two wishes at a time, is exit code 2 and one sentence."""
    assert run(["drill", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_door_serves_many_at_a_time(door: Door, ocr: OcrApiStandIn) -> None:
    """Calls overlap at the door as they do behind it, and the most there were at a time is known."""
    together = threading.Barrier(3)
    ocr.before_answer = lambda: together.wait(10) and None
    with ThreadPoolExecutor(3) as pool:
        statuses = [future.result().status_code for future in [pool.submit(call, door) for _ in range(3)]]
    assert statuses == [200] * 3
    assert door.most_at_a_time == 3
