"""What became of a stack whose processes were killed, and which was stopped and started again.

It is killed before the first test of this folder and looked at after the last one: meanwhile the dead hold their
leases.
"""

from __future__ import annotations

import pytest
from samtranslator.yaml_helper import yaml_parse

from killing import KEPT, LINES, Story, sha_of
from ocr_drop_cli.local.translation import TEMPLATE


@pytest.fixture(scope="module")
def story(killed: Story | None) -> Story:
    """All of it, when all uploads have ended and their events came a second time."""
    assert killed is not None
    if killed.failed:
        raise killed.failed
    killed.twice()
    killed.hear()
    return killed


def test_all_uploads_end(story: Story) -> None:
    """Whatever was killed, each upload has its document, of the very version that was dropped."""
    for key, version in story.versions.items():
        document = story.stack.document(key)
        assert (document["status"], document["source"]["versionId"]) == ("recognized", version)


def test_calls_are_contents_and_unknown_outcomes(story: Story) -> None:
    """What the OCR API counted is one call for each content, and one more for each outcome that the ledger marks."""
    rows = story.stack.ledger()
    answered = {row["pk"] for row in rows if row["outcome"] == "answered"}
    unknown = [row for row in rows if row["outcome"] == "unknown"]
    assert len(answered) == len(story.versions)
    assert story.ocr.calls == len(answered) + len(unknown) == len(rows)
    assert unknown


@pytest.mark.parametrize(
    ("key", "outcomes"),
    [
        ("received.png", ["answered"]),
        ("called.png", ["answered", "unknown"]),
        ("unread.png", ["answered", "unknown"]),
        ("kept.png", ["answered"]),
    ],
)
def test_a_second_call_is_made_only_where_the_first_may_be_lost(story: Story, key: str, outcomes: list[str]) -> None:
    """Killed before the call or after its answer was kept: one call. Killed in between: one more, and it is marked."""
    assert sorted(row["outcome"] for row in story.ledger_of(key)) == outcomes


def test_a_kept_answer_is_used(story: Story) -> None:
    """The document of the upload that was killed after its answer was kept holds all of that answer."""
    assert story.ocr.calls_of[sha_of(KEPT)] == 1
    (page,) = story.stack.document("kept.png")["pages"]
    assert len(page["lines"]) == LINES


def test_events_that_come_twice_change_nothing(story: Story) -> None:
    """A second event of each upload leaves its record as it was, and costs no call."""
    for key, record in story.first_records.items():
        assert story.stack.record(key) == record


def test_each_end_is_announced_under_one_id(story: Story) -> None:
    """However often it is announced how an upload ended, it is under one id, and none is left out."""
    assert {key for key, _ in story.announced} == set(story.versions)
    assert len(story.announced) == len(story.versions)


def test_schedules_are_played(story: Story) -> None:
    """What the template schedules has run by now, as a process of its own function."""
    events, logs = story.stack.events, story.stack.logs
    rules = [rule["Name"] for rule in events.list_rules()["Rules"] if "ScheduleExpression" in rule]
    assert len(rules) == scheduled_in_the_template()
    for rule in rules:
        for target in events.list_targets_by_rule(Rule=rule)["Targets"]:
            function = story.stack.client("lambda").get_function_configuration(FunctionName=target["Arn"])
            log = logs.filter_log_events(logGroupName=function["LoggingConfig"]["LogGroup"])["events"]
            assert any(event["message"].startswith("REPORT") for event in log)


def scheduled_in_the_template() -> int:
    """How many schedules the template has."""
    resources = yaml_parse(TEMPLATE.read_text())["Resources"].values()
    events = (event for resource in resources for event in resource.get("Properties", {}).get("Events", {}).values())
    return sum(event["Type"] == "Schedule" for event in events if isinstance(event, dict))


def test_nothing_is_left_behind(story: Story) -> None:
    """No message waits any more, and none was given up."""
    asked = {"QueueUrl": story.stack.told["deadLetterQueueUrl"], "AttributeNames": ["ApproximateNumberOfMessages"]}
    assert story.stack.sqs.get_queue_attributes(**asked)["Attributes"] == {"ApproximateNumberOfMessages": "0"}
    assert story.messages() == (0, 0)
