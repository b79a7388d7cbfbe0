"""How many uploads have each status: exact, whatever happens to the writes."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ocr_drop.errors import InProgress, Superseded, TryLater, Unreadable
from ocr_drop.index import Index
from ocr_drop.model import Upload
from ocr_drop.table import Table
from ocr_drop.tallies import SHARDS, STATUSES
from simulation.fakes.dynamodb import DynamoDb
from world import World, picture


def _index(client: Any) -> Index:
    return Index(Table(client, "index"), lambda: 1_764_000_000.0)


def _true_counts(fake: DynamoDb) -> dict[str, int]:
    found = Counter(item["status"]["S"] for item in fake.items.values() if item["sk"]["S"] == "record")
    return {status: found[status] for status in STATUSES}


def _document(upload: Upload, status: str) -> dict[str, Any]:
    source = {"versionId": None, "sha256": None, "size": 1, "eTag": upload.e_tag}
    failure = {"failure": {"kind": "bad_input", "code": "x", "message": "x"}} if status == "failed" else {}
    ocr = {"requestId": None, "verifyId": None}
    at = "2026-11-24T00:00:00.000Z"
    return {"status": status, "source": source, "ocr": ocr, "pages": [], "recognizedAt": at, **failure}


class _Lossy:
    """A table of which one answer is lost: the write was done, and nobody hears of it."""

    def __init__(self, fake: DynamoDb, lost: int) -> None:
        self._fake, self._left = fake, lost

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._fake, name)

        def called(**asked: Any) -> Any:
            answer = operation(**asked)
            self._left -= 1
            if self._left == 0:
                raise ClientError({"Error": {"Code": "InternalServerError"}}, name)
            return answer

        return called


class _OneAtATime:
    """A table whose operations are whole, whoever calls them."""

    def __init__(self, fake: DynamoDb) -> None:
        self._fake, self._lock = fake, Lock()

    def __getattr__(self, name: str) -> Any:
        def called(**asked: Any) -> Any:
            with self._lock:
                return getattr(self._fake, name)(**asked)

        return called


def _story(client: Any, *, tries: int) -> None:
    """Uploads that begin, wait, end well and badly, are replaced, doubled and forgotten; each step tried again."""
    index = _index(client)
    first, second = Upload("b", "k", e_tag="1", sequencer="01"), Upload("b", "k", e_tag="2", sequencer="02")
    other = Upload("b", "other", e_tag="3", sequencer="01")
    for step in (
        lambda: index.begin(first, 0),
        lambda: index.wait(first, Unreadable("x", "x"), None),
        lambda: index.end(first, _document(first, "recognized")),
        lambda: index.end(first, _document(first, "recognized")),
        lambda: index.begin(second, 0),
        lambda: index.end(first, _document(first, "failed")),
        lambda: index.end(second, _document(second, "failed")),
        lambda: index.begin(other, 0),
        lambda: index.end(other, _document(other, "failed")),
        lambda: index.end(other, _document(other, "recognized")),
        lambda: index.forget("b", "k"),
    ):
        for _ in range(tries):
            with suppress(TryLater):  # the lost answer: the step is tried again
                with suppress(Superseded):
                    step()
                break


@pytest.mark.parametrize("lost", range(40))
def test_a_lost_answer_leaves_the_tallies_exact(lost: int) -> None:
    """Whichever answer is lost, the step that is tried again counts once."""
    fake = DynamoDb(lambda: 0.0)
    _story(_Lossy(fake, lost), tries=2)
    assert _index(fake).counts() == _true_counts(fake)


def test_many_at_once_are_counted_once_each() -> None:
    """Whatever order writers come in, each end counts once; the records of many keys are spread over the shards."""
    fake = DynamoDb(lambda: 0.0)
    index = _index(_OneAtATime(fake))
    uploads = [Upload("b", f"{number}.png", e_tag="e", sequencer="01") for number in range(60)]

    def end(upload: Upload) -> None:
        with suppress(InProgress):
            index.begin(upload, 0)
        index.end(upload, _document(upload, "failed"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(end, [upload for upload in uploads for _ in range(3)]))
    assert index.counts() == _true_counts(fake) == {"recognized": 0, "failed": 60, "waiting": 0}
    assert sum(pk.startswith("tally#") for pk, _ in fake.items) > SHARDS / 2


def test_writers_that_meet_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that DynamoDB cancels because another one is at the same item is no failure."""
    monkeypatch.setattr("ocr_drop.table.time.sleep", lambda _: None)
    fake = DynamoDb(lambda: 0.0)
    write, met = fake.transact_write_items, [3]

    def collide(**asked: Any) -> Any:
        if met[0]:
            met[0] -= 1
            reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
            error = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(error, "TransactWriteItems")  # type: ignore[arg-type]  # as botocore makes it
        return write(**asked)

    fake.transact_write_items = collide  # type: ignore[method-assign]
    _index(fake).begin(Upload("b", "k", e_tag="1"), 0)
    assert _index(fake).counts()["waiting"] == 1


def test_the_counts_are_of_the_whole_way(desk: World) -> None:
    """An upload that ended is no longer among those that wait."""
    desk.handle(desk.message(desk.drop("a.png", picture(1))))
    assert desk.services().index.counts() == {"recognized": 1, "failed": 0, "waiting": 0}
