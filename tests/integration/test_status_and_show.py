"""`ocr-drop status` and `ocr-drop show`: where everything stands, and one upload of it."""

from __future__ import annotations

import pytest

from ocr_drop_cli.main import run
from world import World, failure, picture, success


@pytest.fixture
def busy(desk: World) -> World:
    """One recognized, two failed, one that waits for an operator, a dead letter, two messages in the queue."""
    desk.ocr.replies = [success("甲乙丙"), failure(30500112, "image")]
    desk.handle(desk.message(desk.drop("good.png", picture(1))))
    desk.handle(desk.message(desk.drop("empty.png", b"")))
    desk.handle(desk.message(desk.drop("broken.png", b"no image")))
    desk.put_credentials("nobody", "wrong")
    desk.ocr.replies = [failure(401, "app id", status=401)]
    desk.handle(desk.message(desk.drop("waits.png", picture(2))))
    desk.handle(desk.message(body="garbage"))
    while message := desk.sqs.receive_message(QueueUrl=desk.queue_url, VisibilityTimeout=0).get("Messages"):
        desk.sqs.delete_message(QueueUrl=desk.queue_url, ReceiptHandle=message[0]["ReceiptHandle"])
    for _ in range(2):
        desk.sqs.send_message(QueueUrl=desk.queue_url, MessageBody="{}")
    return desk


def test_status_counts_each_upload_once(busy: World, told) -> None:
    """Recognized, failed and waiting; the queue, the dead letters, and why calls are stopped."""
    found = told("status")
    assert (found["recognized"], found["failed"], found["waiting"]) == (1, 2, 1)
    assert found["queue"]["visible"] == 2
    assert found["deadLetters"] == 1
    assert found["stopped"]["code"] == "credentials"


def test_counts_follow_an_upload(desk: World, told) -> None:
    """A new upload of a key takes the place of the old one in the counts, a double changes nothing."""
    message = desk.message(desk.drop("a.png", picture(1)))
    desk.handle(message)
    desk.handle(desk.again(message))
    desk.handle(desk.message(desk.drop("a.png", b"no image any more")))
    found = told("status")
    assert (found["recognized"], found["failed"], found["waiting"]) == (0, 1, 0)


def test_status_lists_what_failed_and_what_waits(busy: World, told) -> None:
    """Key, kind, code, message and since when, newest first; no more than were asked for."""
    failed = told("status", "--failed")["uploads"]
    assert {(row["key"], row["kind"], row["code"]) for row in failed} == {
        ("empty.png", "bad_input", "empty"),
        ("broken.png", "bad_input", "not_an_image"),
    }
    (waits,) = told("status", "--waiting")["uploads"]
    assert (waits["key"], waits["kind"], waits["code"]) == ("waits.png", "operator", "credentials")
    assert waits["message"]
    assert waits["since"].endswith("Z")
    assert len(told("status", "--failed", "--limit", "1")["uploads"]) == 1


def test_status_reads_well(busy: World, capsys) -> None:
    """A line a figure; a table of what waits."""
    assert run(["status"]) == 0
    assert "see ocr-drop redrive" in capsys.readouterr().out
    assert run(["status", "--waiting"]) == 0
    assert "waits.png" in capsys.readouterr().out


def test_show_gives_record_and_text(busy: World, capsys) -> None:
    """All that is known of an upload, and what was read."""
    capsys.readouterr()
    assert run(["show", "good.png"]) == 0
    out = capsys.readouterr().out
    assert "recognized" in out
    assert out.endswith("甲乙丙\n")


def test_show_gives_each_form_alone(busy: World, capsysbinary) -> None:
    """The document, the text, the answer as it came."""
    assert run(["show", "good.png", "--json"]) == 0
    assert b'"schema": "ocr-drop/document/1"' in capsysbinary.readouterr().out
    assert run(["show", "good.png", "--text"]) == 0
    assert capsysbinary.readouterr().out == "甲乙丙".encode()
    assert run(["show", "good.png", "--raw"]) == 0
    kept = busy.s3.get_object(Bucket=busy.results, Key="good.png.raw.json")["Body"].read()
    assert capsysbinary.readouterr().out == kept


def test_show_says_why_an_upload_waits(busy: World, told, capsys) -> None:
    """A waiting upload has no text: its reason is said instead."""
    assert told("show", "waits.png")["failure"]["code"] == "credentials"
    assert run(["show", "waits.png", "--text"]) == 1
    assert "is waiting" in capsys.readouterr().err


def test_show_never_gives_an_older_uploads_text(busy: World, capsys) -> None:
    """While a newer upload of the key waits, the old text is not shown for its own."""
    busy.finish(*busy.queued())
    busy.handle(busy.message(busy.drop("good.png", picture(9))))
    capsys.readouterr()
    assert run(["show", "good.png"]) == 0
    assert "甲乙丙" not in capsys.readouterr().out


def test_show_of_nothing_is_one_sentence(desk: World, capsys) -> None:
    """A key that nobody uploaded."""
    assert run(["show", "nothing.png"]) == 1
    assert "nothing is known of nothing.png" in capsys.readouterr().err
