"""What the system promises, kept by the very template with the real OCR API beside it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from ocr_drop.notices import event_id
from running import Running, until

SAMPLES = Path(__file__).parents[2] / "samples"
SCREENSHOT = (SAMPLES / "screenshot.png").read_bytes()
WORDS = "invoice-0417.jpg"


def blank(shade: int) -> bytes:
    """A small picture without any text; each shade is another content."""
    out = io.BytesIO()
    Image.new("L", (200, 100), shade).save(out, "PNG")
    return out.getvalue()


def test_an_image_becomes_a_document_a_text_a_record_and_an_event(stack: Running) -> None:
    """An image dropped in the bucket becomes JSON and text, a row, and an event that points to them."""
    event_of = stack.listen()
    version = stack.drop("screenshot.png", SCREENSHOT)
    record = stack.ended("screenshot.png", version)
    document, told = stack.document("screenshot.png"), event_of("screenshot.png")
    assert document["status"] == record["status"] == told["detail"]["status"] == "recognized"
    assert document["source"]["versionId"] == told["detail"]["versionId"] == version
    assert WORDS in document["text"]
    assert stack.result("screenshot.png.txt").decode() == document["text"]
    assert json.loads(stack.result("screenshot.png.raw.json"))["data"]["verifyId"] == document["ocr"]["verifyId"]
    assert (told["source"], told["detail-type"]) == ("ocr-drop", "Document Recognized")
    assert told["detail"]["id"] == event_id(record)
    assert told["detail"]["requestId"] == record["requestId"] == document["ocr"]["requestId"]
    assert WORDS not in json.dumps(told)


def test_a_turned_photo_is_placed_in_the_picture_as_displayed(stack: Running) -> None:
    """Places are those of the picture as a viewer shows it: upright, although it is stored on its side."""
    version = stack.drop("receipt.jpg", (SAMPLES / "receipt.jpg").read_bytes())
    stack.ended("receipt.jpg", version)
    (page,) = stack.document("receipt.jpg")["pages"]
    assert page["height"] > page["width"]
    boxes = [line["box"] for line in page["lines"]]
    assert len(boxes) > 10
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= page["width"] + 1 for box in boxes)
    assert all(box["width"] > box["height"] for box in boxes if box["width"] > 60)


def test_the_same_bytes_under_another_key_are_not_paid_for_again(stack: Running) -> None:
    """The second key gets a document of its own from the first one's answer: one call in the ledger."""
    data = blank(10)
    first = stack.ended("paid once.png", stack.drop("paid once.png", data))
    calls = len(stack.ledger())
    second = stack.ended("again/paid once.png", stack.drop("again/paid once.png", data))
    assert second["status"] == "recognized"
    assert second["requestId"] == first["requestId"]
    assert stack.document("again/paid once.png")["source"]["key"] == "again/paid once.png"
    assert len(stack.ledger()) == calls


def test_bad_input_is_answered_and_spares_the_rest(stack: Running) -> None:
    """What is no picture, or a broken one, fails with one clear reason; the good one among them is recognized."""
    bad = {"notes.jpg": b"no picture at all", "cut.png": SCREENSHOT[:3000], "empty.jpg": b""}
    versions = {key: stack.drop(key, data) for key, data in bad.items()}
    good = stack.drop("good.png", blank(20))
    assert stack.ended("good.png", good)["status"] == "recognized"
    for key, version in versions.items():
        record, failure = stack.ended(key, version), stack.document(key)["failure"]
        assert record["status"] == "failed"
        assert failure["kind"] == "bad_input"
        assert failure["message"] == record["message"]
        assert "\n" not in failure["message"]


def test_the_newest_upload_of_a_key_wins(stack: Running) -> None:
    """A key that is overwritten at once ends with the document of the last version."""
    for shade in (30, 31):
        stack.drop("overwritten.png", blank(shade))
    last = stack.drop("overwritten.png", SCREENSHOT)
    stack.ended("overwritten.png", last)
    document = stack.document("overwritten.png")
    assert document["source"]["versionId"] == last
    assert WORDS in document["text"]


@pytest.mark.parametrize("key", ["a photo+one.png", "扫描/第 1 页 100%.png", "q?x=1&y#z.png"])
def test_any_key_will_do(stack: Running, key: str) -> None:
    """Spaces, signs that URLs use and Chinese are kept as they are, in the document and in its own key."""
    stack.ended(key, stack.drop(key, blank(40)))
    assert stack.document(key)["source"]["key"] == key


def test_folders_made_in_the_console_are_passed_over(stack: Running) -> None:
    """`x/` of 0 bytes is no upload: the one dropped after it is answered, and nothing is said of the folder."""
    stack.drop("x/", b"")
    stack.ended("x/after.png", stack.drop("x/after.png", blank(50)))
    listed = stack.s3.list_objects_v2(Bucket=stack.told["resultsBucket"], Prefix="x/").get("Contents", [])
    assert {thing["Key"] for thing in listed} == {f"x/after.png{kind}" for kind in (".json", ".txt", ".raw.json")}


def test_garbage_ends_in_the_dead_letter_queue(stack: Running) -> None:
    """A message that tells of no upload is kept for somebody to look at."""
    stack.sqs.send_message(QueueUrl=stack.told["uploadsQueueUrl"], MessageBody="garbage")
    place = stack.told["deadLetterQueueUrl"]
    buried = until(lambda: stack.sqs.receive_message(QueueUrl=place).get("Messages"), 10, "the buried message")
    assert [message["Body"] for message in buried] == ["garbage"]


def test_environments_may_be_killed_between_uploads(stack: Running) -> None:
    """A function's process that was killed is replaced: the next upload is recognized as if nothing had been."""
    stack.ended("before.png", stack.drop("before.png", blank(60)))
    assert stack.environments()
    stack.kill_environments()
    assert stack.ended("after.png", stack.drop("after.png", blank(61)))["status"] == "recognized"


def test_no_log_holds_text_or_secrets(stack: Running) -> None:
    """The function's log tells of keys, codes and durations; never of what was read, nor of the app's secret."""
    stack.ended("logged.png", stack.drop("logged.png", SCREENSHOT))
    secrets = stack.client("secretsmanager").get_secret_value(SecretId=stack.told["secretId"])["SecretString"]

    def log() -> str:
        group = "/aws/lambda/ocr-drop-local-recognize"
        events = stack.logs.filter_log_events(logGroupName=group)["events"]
        text = "\n".join(event["message"] for event in events)
        return text if "logged.png" in text else ""

    said = until(log, 10, "the log of the upload")
    assert json.loads(secrets)["secret"] not in said
    assert not [line for line in stack.document("logged.png")["text"].splitlines() if len(line) > 3 and line in said]


def test_one_without_rights_gets_nothing(stack: Running) -> None:
    """The local AWS holds to signatures and policies: a wrong secret is refused, and so is a user without any right."""
    iam = stack.client("iam")
    iam.create_user(UserName="stranger")
    key = iam.create_access_key(UserName="stranger")["AccessKey"]
    for secret, code in ((key["SecretAccessKey"], "AccessDenied"), ("made up", "SignatureDoesNotMatch")):
        stranger = stack.client("s3", (key["AccessKeyId"], secret))
        with pytest.raises(ClientError) as refused:
            stranger.list_objects_v2(Bucket=stack.told["uploadsBucket"])
        assert refused.value.response["Error"]["Code"] == code
