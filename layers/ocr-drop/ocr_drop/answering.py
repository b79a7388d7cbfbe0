"""How a claimed content gets its answer: kept from before, or by one call, written down on both sides of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from requests.auth import AuthBase

from ocr_drop.errors import (
    BadInput,
    Busy,
    CredentialsRefused,
    GivenUp,
    NeedsOperator,
    OcrDropError,
    OutcomeUnknown,
    Refused,
    TryLater,
    Unforeseen,
)
from ocr_drop.esign.answers import interpret
from ocr_drop.esign.client import READ_TIMEOUT
from ocr_drop.model import Answer, Claim, Failure, Fitted, Recognition, Reply, Upload
from ocr_drop.services import Services
from ocr_drop.turns import Turn

SHORTEST_CALL = 10.0
"""Seconds: with less time than this left for the call, the upload is given back instead."""

RESERVE = 8.0
"""Seconds kept for what comes after the call: keep, store, announce."""


@dataclass(frozen=True)
class Answering:
    """The answer to one upload's content, within one turn."""

    upload: Upload
    services: Services
    turn: Turn

    def kept(self, claim: Claim) -> Recognition | None:
        """The answer that was paid for before, None if there is none; raises the failure that it was, if it was one.

        A call whose owner died may have been answered and kept all the same: that is looked up as well.
        """
        if claim.failure:
            raise _as_error(claim.failure)
        if claim.request_id is None or claim.fit is None or not (claim.state == "answered" or claim.lapsed):
            return None
        raw = self.services.objects.kept(claim.content, claim.request_id)
        if raw is None and claim.state == "answered":
            raise Unforeseen("answer_missing", "this content was paid for, but its kept answer was deleted")
        if raw is None:
            self._note_unknown(claim)
            self.services.claims.give_up_if_spent(claim)
            return None
        reply = Reply(200, {}, raw)
        answer = self._concluded(claim, reply) if claim.lapsed else self._interpreted(reply)
        self.services.telemetry.count("AnswerReused")
        return Recognition(answer, claim.fit, claim.request_id)

    def _note_unknown(self, claim: Claim) -> None:
        self.services.telemetry.count("CallOutcomeUnknown")
        self.services.telemetry.warning("call outcome unknown", request_id=claim.request_id, code="owner_died")

    def called(self, claim: Claim, fitted: Fitted) -> Recognition:
        """Call the OCR API once; a second time only when it was not let in and there is something else to show."""
        with released_on_failure(claim, self.services):
            self.services.breaker.let_through()
        try:
            found = self._called(claim, fitted)
        except OcrDropError as error:
            self._tell_breaker(error)
            raise
        self._tell_breaker(None)
        return found

    def _tell_breaker(self, error: OcrDropError | None) -> None:
        """Served is who got an answer or had the image refused; what the breaker misses, the next call tells it."""
        with suppress(OcrDropError):
            if error is None or isinstance(error, BadInput):
                self.services.breaker.close()
            elif isinstance(error, NeedsOperator) and not error.final:
                self.services.breaker.open(error)

    def _called(self, claim: Claim, fitted: Fitted) -> Recognition:
        auth = self._auth(claim)
        try:
            return self._call(claim, fitted, auth)
        except CredentialsRefused:
            if not self.services.access.renewed(auth):
                raise
        claim = self.services.claims.claim(claim.content, self.turn.owner, self.turn.ends_at)
        return self._call(claim, fitted, self._auth(claim))

    def _auth(self, claim: Claim) -> AuthBase:
        with released_on_failure(claim, self.services):
            return self.services.access.auth()

    def _call(self, claim: Claim, fitted: Fitted, auth: AuthBase) -> Recognition:
        services = self.services
        with released_on_failure(claim, services):
            timeout = self.time_for_a_call()
        claim = self._calling(claim, fitted)
        request_id = str(claim.request_id)
        try:
            with services.telemetry.timed("CallTime"):
                reply = services.ocr.send(fitted.data, request_id, auth, timeout=timeout)
        except OcrDropError as error:
            raise self._ended(claim, error) from None
        if reply.status < 300:
            self._keep(claim, request_id, reply.body)
        answer = self._concluded(claim, reply)
        services.telemetry.count("CallAnswered")
        return Recognition(answer, fitted.fit, request_id)

    def _calling(self, claim: Claim, fitted: Fitted) -> Claim:
        try:
            return self.services.claims.calling(claim, fitted.fit, self.upload)
        except Busy:
            raise
        except OcrDropError:
            with suppress(OcrDropError):
                self.services.claims.withdraw(claim)
            raise

    def _concluded(self, claim: Claim, reply: Reply) -> Answer:
        """What a call brought, written down as its claim's end; raises the failure that it brought instead."""
        try:
            answer = self._interpreted(reply)
        except OcrDropError as error:
            raise self._ended(claim, error) from None
        self.services.claims.answered(claim, answer.verify_id)
        return answer

    def _interpreted(self, reply: Reply) -> Answer:
        return interpret(reply, self.services.clock(), self.services.settings.egress_ip)

    def _ended(self, claim: Claim, error: OcrDropError) -> OcrDropError:
        if isinstance(error, OutcomeUnknown):
            self.services.telemetry.count("CallOutcomeUnknown")
        return self.services.claims.ended_without_answer(claim, error)

    def time_for_a_call(self) -> float:
        """Seconds that a call may take; raises `TryLater` when too few are left."""
        timeout = min(READ_TIMEOUT, self.turn.remaining() - RESERVE)
        if timeout < SHORTEST_CALL:
            raise TryLater("out_of_time", "too little time was left for the call", after=0)
        return timeout

    def _keep(self, claim: Claim, request_id: str, raw: bytes) -> None:
        """Keep what was just paid for, however long S3 takes within this turn: losing it would mean paying again."""
        while True:
            try:
                return self.services.objects.keep(claim.content, request_id, raw)
            except (TryLater, NeedsOperator):
                if self.turn.remaining() < 2:
                    raise
                self.services.sleep(1)


@contextmanager
def released_on_failure(claim: Claim, services: Services) -> Iterator[None]:
    """Give the claim back when something fails before anything was sent."""
    try:
        yield
    except OcrDropError:
        services.claims.release(claim)
        raise


def _as_error(failure: Failure) -> OcrDropError:
    if failure.kind == "bad_input":
        return Refused(failure.code, failure.message)
    if failure.kind == "try_later":
        return GivenUp(failure.code, failure.message)
    return Unforeseen(failure.code, failure.message)
