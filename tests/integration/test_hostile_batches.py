"""Hostile files among good ones: each bad one ends with its sentence, and nothing else in its batch notices."""

from __future__ import annotations

import itertools
import json

import pytest

from hostile.corpus import corpus
from hostile.judging import Outcome, outcome_of
from hostile.specimen import Specimen
from world import World, picture

BATCH = 10
SAMPLE = [
    *itertools.islice((one for one in corpus() if "fits" not in one.outcomes), 0, None, 10),
    *itertools.islice((one for one in corpus() if one.kind in ("png", "tiff") and "fits" in one.outcomes), 0, None, 40),
]
BATCHES = [SAMPLE[start : start + BATCH - 3] for start in range(0, len(SAMPLE), BATCH - 3)]


def _mixed(world: World, specimens: list[Specimen]) -> dict[str, Outcome]:
    """Hand the specimens and three good pictures to one invocation; gives what is expected of each key."""
    files = {f"bad/{number:02}.png": specimen.data for number, specimen in enumerate(specimens)}
    files |= {f"bad/{place:02}-good.png": picture(place) for place in (0, len(specimens) // 2, len(specimens))}
    expected = {key: outcome_of(data) if data else Outcome("empty", "the file is empty") for key, data in files.items()}
    messages = [world.message(world.drop(key, files[key])) for key in sorted(files)]
    assert world.handle(*messages) == [], "no retry"
    return expected


@pytest.mark.parametrize("specimens", BATCHES, ids=range(len(BATCHES)))
def test_bad_files_do_not_touch_their_batch(world: World, specimens: list[Specimen]) -> None:
    """In document, record and event each bad one is failed with the same sentence; what is good is recognized."""
    expected = _mixed(world, specimens)
    events = {event["detail"]["key"]: event for event in world.heard()}
    assert events.keys() == expected.keys()
    for key, outcome in expected.items():
        document, record, event = world.document(key), world.record(key), events[key]
        if outcome.code == "fits":
            assert (document["status"], record["status"]) == ("recognized", "recognized")
            assert event["detail-type"] == "Document Recognized"
            continue
        failure = {"kind": "bad_input", "code": outcome.code, "message": outcome.sentence}
        assert (document["status"], document["failure"], document["pages"]) == ("failed", failure, [])
        assert {name: record[name] for name in failure} == failure
        assert record["status"] == "failed"
        assert event["detail-type"] == "Document Failed"
        assert {name: event["detail"][name] for name in failure} == failure
    assert world.ocr.calls == len({json.dumps(body["image"]) for body in world.ocr.bodies})
    assert world.dead_letters() == []


def test_a_batch_of_nothing_but_bad_files_costs_nothing(world: World) -> None:
    """Ten bad files end in one invocation without a call, and each is told as failed."""
    bad = [specimen for specimen in SAMPLE if "fits" not in specimen.outcomes and specimen.data][:BATCH]
    messages = [world.message(world.drop(f"{number}.jpg", one.data)) for number, one in enumerate(bad)]
    assert world.handle(*messages) == []
    assert world.ocr.calls == 0
    assert {event["detail-type"] for event in world.heard()} == {"Document Failed"}
