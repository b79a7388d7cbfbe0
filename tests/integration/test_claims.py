"""Claims as a protocol: any number of owners, crashing at any step, in any order."""

from __future__ import annotations

import boto3
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from moto import mock_aws

from ocr_drop.claims import MOST_UNKNOWN, Claims
from ocr_drop.errors import Busy, NotSent, OcrDropError, OutcomeUnknown, Refused, Throttled, TryLater
from ocr_drop.geometry import Transform
from ocr_drop.model import Claim, Content, Fit, Part, SentImage, SourceImage, Upload
from ocr_drop.table import Table

FIT = Fit(SourceImage("PNG", 2, 1, 9, 1), SentImage("PNG", 2, 1, 9, None), Transform())
CONTENT = Content("ab" * 32, Part(), "ocr.example")
LEASE = 90.0
ENDINGS = [
    NotSent("unreachable", "x"),
    Throttled("throttled", "x"),
    OutcomeUnknown("server_error", "x"),
    OutcomeUnknown("server_error", "x", after=1.0),
]


class OwnersOfOneContent(RuleBasedStateMachine):
    """Owners claim, call, end, or die; the vendor counts what really arrived at its door."""

    @initialize()
    def begin(self) -> None:
        self.mock = mock_aws()
        self.mock.start()
        client = boto3.client("dynamodb", region_name="eu-west-1")
        key = [{"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))]
        client.create_table(
            TableName="index",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=key,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        )
        self.client = client
        self.now = 1_000_000.0
        self.claims = Claims(Table(client, "index"), lambda: self.now)
        self.claimed: list[tuple[Claim, float]] = []
        self.calling: list[tuple[Claim, float]] = []
        self.owners = 0
        self.paid = 0
        self.unpaid: set[str | None] = set()
        self.marked: set[str] = set()
        self.settled: Claim | None = None

    def teardown(self) -> None:
        if hasattr(self, "mock"):
            self.mock.stop()

    @rule()
    def somebody_claims(self) -> None:
        self.owners += 1
        try:
            claim = self.claims.claim(CONTENT, f"owner-{self.owners}", self.now + LEASE)
        except TryLater:
            return
        if claim.state == "claimed":
            assert self.settled is None, "a content that is settled is never claimed again"
            self.claimed.append((claim, self.now + LEASE))
        else:
            self.settled = claim

    @precondition(lambda self: self.claimed)
    @rule(data=st.data())
    def a_living_owner_calls(self, data: st.DataObject) -> None:
        claim, lease = self.claimed.pop(data.draw(st.integers(0, len(self.claimed) - 1)))
        if self.now > lease:
            return  # its invocation has ended
        try:
            self.calling.append((self.claims.calling(claim, FIT, Upload("uploads", "a.png")), lease))
        except Busy:
            return
        self.paid += 1

    @precondition(lambda self: self.calling)
    @rule(data=st.data(), ending=st.sampled_from(ENDINGS))
    def a_call_ends_without_an_answer(self, data: st.DataObject, ending: OcrDropError) -> None:
        claim, _ = self.calling.pop(data.draw(st.integers(0, len(self.calling) - 1)))
        self.claims.ended_without_answer(claim, ending)
        if not isinstance(ending, OutcomeUnknown):
            self.unpaid.add(claim.request_id)

    @precondition(lambda self: self.calling)
    @rule(data=st.data(), answered=st.booleans())
    def a_call_ends_for_good(self, data: st.DataObject, answered: bool) -> None:
        claim, _ = self.calling.pop(data.draw(st.integers(0, len(self.calling) - 1)))
        if answered:
            self.claims.answered(claim, f"verify-{claim.request_id}")
        else:
            self.claims.ended_without_answer(claim, Refused("parameter", "x"))

    @precondition(lambda self: self.claimed or self.calling)
    @rule(data=st.data())
    def an_owner_dies(self, data: st.DataObject) -> None:
        owners = self.calling or self.claimed
        owners.pop(data.draw(st.integers(0, len(owners) - 1)))

    @precondition(lambda self: self.claimed)
    @rule(data=st.data())
    def an_owner_gives_back(self, data: st.DataObject) -> None:
        claim, _ = self.claimed.pop(data.draw(st.integers(0, len(self.claimed) - 1)))
        self.claims.release(claim)

    @rule(seconds=st.sampled_from([1.0, 25.0, 91.0, 400.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def every_call_stands_in_the_ledger_and_all_but_one_are_accounted_for(self) -> None:
        if not hasattr(self, "client"):
            return
        rows = {
            item["requestId"]["S"]: item["outcome"]["S"]
            for item in self.client.scan(TableName="index")["Items"]
            if item["sk"]["S"].startswith("call#")
        }
        assert len(rows) == self.paid
        self.marked |= {request_id for request_id, outcome in rows.items() if outcome == "unknown"}
        assert len(set(rows) - self.unpaid - self.marked) <= 1, "one call, and one more for each unknown outcome"
        assert len(self.marked) <= MOST_UNKNOWN


TestOwnersOfOneContent = OwnersOfOneContent.TestCase
TestOwnersOfOneContent.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
