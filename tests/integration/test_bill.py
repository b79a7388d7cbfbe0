"""`ocr-drop bill`: the ledger by day, and beside the vendor's statement."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ocr_drop_cli.main import run
from world import World, failure, picture


@pytest.fixture
def called(desk: World) -> World:
    """Three answered, one lost on its way and then answered, one refused for the image."""
    for number in range(3):
        desk.handle(desk.message(desk.drop(f"{number}.png", picture(number))))
    desk.ocr.replies = [ConnectionError()]
    message = desk.message(desk.drop("lost.png", picture(3)))
    desk.handle(message)
    desk.clock.pass_by(200)
    desk.handle(desk.again(message))
    desk.ocr.replies = [failure(30500116, "image")]
    desk.handle(desk.message(desk.drop("refused.png", picture(4))))
    return desk


def test_the_bill_counts_calls_by_day_and_outcome(called: World, told) -> None:
    """As many as came to the API's door; those of unknown outcome apart; what they cost at least and at most."""
    found = told("bill", "--price", "0.1")
    assert found["calls"] == called.ocr.calls == 6
    assert (found["answered"], found["unknown"], found["refused"]) == (4, 1, 1)
    assert [day["calls"] for day in found["days"]] == [6]
    assert found["cost"] == {"atLeast": 0.4, "atMost": 0.6}


def test_other_days_are_other_bills(called: World, told) -> None:
    """From and to bound it; a from after its to is bad usage."""
    assert told("bill", "--from", "2020-01-01", "--to", "2020-01-31")["calls"] == 0
    assert run(["bill", "--from", "2020-02-01", "--to", "2020-01-01"]) == 2


def test_a_call_whose_owner_died_is_unknown_once_its_lease_is_over(desk: World, told) -> None:
    """While it may still be answered it is under way."""
    came, release = desk.ocr.hold_the_first_call()
    message = desk.message(desk.drop("a.png", picture(1)))
    thread = threading.Thread(target=desk.handle, args=[message])
    thread.start()
    try:
        assert came.wait(10)
        found = told("bill")
        assert (found["calls"], found["unknown"], found["underWay"]) == (1, 0, 1)
        desk.clock.pass_by(1000)
        found = told("bill")
        assert (found["calls"], found["unknown"], found["underWay"]) == (1, 1, 0)
    finally:
        release.set()
        thread.join(20)


def _statement(world: World, file: Path, encoding: str, header: str) -> None:
    """All calls but the first, the unknown one too; the second answered one twice; one that nobody made."""
    rows = {row["key"]: row for row in world.ledger() if row["outcome"] == "answered"}
    (unknown,) = [row for row in world.ledger() if row["outcome"] == "unknown"]
    ids = [rows["1.png"], rows["1.png"], rows["2.png"], rows["lost.png"], unknown]
    lines = [f"2026-11-24,{row['requestId']},1" for row in ids] + ["2026-11-24,nobody-made-it,1"]
    file.write_text("\n".join(["账单,,", header, *lines]) + "\n", encoding=encoding)


@pytest.mark.parametrize(
    ("encoding", "header"),
    [("utf-8-sig", "date,requestId,amount"), ("utf-8", "日期,请求ID,次数"), ("gb18030", "日期,业务流水号,次数")],
)
def test_a_statement_is_laid_beside_the_ledger(called: World, tmp_path: Path, told, encoding: str, header: str) -> None:
    """Paid and unknown, paid twice, billed but not in the ledger, in the ledger but not billed: each by name."""
    _statement(called, tmp_path / "s.csv", encoding, header)
    found = told("bill", "--statement", str(tmp_path / "s.csv"))["statement"]
    assert found["billed"] == 6
    assert [row["key"] for row in found["paidAndUnknown"]] == ["lost.png"]
    assert sorted(group[0]["key"] for group in found["paidTwice"]) == ["1.png", "lost.png"]
    assert [row["requestId"] for row in found["notInLedger"]] == ["nobody-made-it"]
    assert [row["key"] for row in found["notBilled"]] == ["0.png"]


def test_a_statement_by_verify_id_is_read_too(called: World, tmp_path: Path, told) -> None:
    """The id that the vendor itself gave, semicolons between, and a call of another month is found by a query."""
    rows = [row for row in called.ledger() if row["outcome"] == "answered"]
    text = "\n".join(["Verify Id;n", *(f"{row['verifyId']};1" for row in rows)])
    (tmp_path / "s.csv").write_text(text)
    arguments = ("bill", "--statement", str(tmp_path / "s.csv"))
    found = told(*arguments)["statement"]
    assert (found["notInLedger"], found["paidTwice"]) == ([], [])
    found = told(*arguments, "--from", "2020-01-01", "--to", "2020-01-31")["statement"]
    assert (found["billed"], found["notInLedger"]) == (4, [])


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", b"", b"\xff\xff\xff"])
def test_what_is_no_statement_is_one_sentence(desk: World, tmp_path: Path, capsys, data: bytes) -> None:
    """No column that names a call, nothing at all, no text."""
    (tmp_path / "s.csv").write_bytes(data)
    assert run(["bill", "--statement", str(tmp_path / "s.csv")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_bill_reads_well(called: World, tmp_path: Path, capsys) -> None:
    """A table of days, and each disagreement with its meaning."""
    _statement(called, tmp_path / "s.csv", "utf-8", "date,requestId,amount")
    assert run(["bill", "--price", "1", "--statement", str(tmp_path / "s.csv")]) == 0
    out = capsys.readouterr().out
    assert "1 paid for, though nobody knows how the call ended" in out
    assert "nobody-made-it" in out
