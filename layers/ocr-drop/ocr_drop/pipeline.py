"""The way of one upload, from its event to its announcement. Read `recognize` from top to bottom.

The steps know nothing of each other; this module hands what one gives to the next, and says what becomes
of an upload when a step fails: what is final ends as a failed document, everything else is raised and waits.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ocr_drop import documents, images
from ocr_drop.clock import iso
from ocr_drop.errors import (
    CredentialsRefused,
    GivenUp,
    OcrDropError,
    Refused,
    TryLater,
    Unforeseen,
    Unreadable,
)
from ocr_drop.esign.answers import interpret
from ocr_drop.esign.client import READ_TIMEOUT
from ocr_drop.model import Claim, Content, Document, Failure, Fitted, Recognition, Source, Upload
from ocr_drop.notices import event_id
from ocr_drop.services import Services
from ocr_drop.turns import Turn

MOST_CRASHES = 3
"""How often an upload may end its process without a word before it is given up."""

SHORTEST_CALL = 10.0
"""Seconds: with less time than this left for the call, the upload is given back instead."""

RESERVE = 8.0
"""Seconds kept for what comes after the call: keep, store, announce."""


def recognize(upload: Upload, services: Services, turn: Turn) -> Document:
    """Make an upload a document, its record and its event; gives the document, recognized or failed.

    Raises `TryLater` or `NeedsOperator` when it has to wait, `Superseded` when a newer upload is known.
    """
    record = services.index.begin(upload)
    at = iso(services.clock()) if record["status"] == "waiting" else str(record["at"])
    source, raw = None, None
    try:
        _bound_crashes(record.get("unfinished", 0))
        with services.one_at_a_time:
            source = services.objects.fetch(upload)
            claim = services.claims.claim(_content(source, services), turn.owner, turn.ends_at)
            ready = _kept(claim, services) or _fitted(claim, source, services)
        source = source.without_data()
        found = ready if isinstance(ready, Recognition) else _called(claim, ready, upload, services, turn)
        raw = found.answer.raw
        document = documents.build(upload, source, [found], endpoint=services.ocr.endpoint, at=at)
    except OcrDropError as error:
        if not error.final:
            raise
        document = documents.fail(upload, source, error, endpoint=services.ocr.endpoint, at=at)
        raw = error.raw if isinstance(error, Unforeseen) else None
    services.objects.store(upload, documents.as_json(document), document.text, raw)
    services.index.end(document, event_id(document))
    services.notices.announce(document)
    return document


def _bound_crashes(beginnings: int) -> None:
    if beginnings > MOST_CRASHES:
        raise Unreadable(
            "crashes", f"working on this file ended the process {MOST_CRASHES} times: it is not tried again"
        )


def _content(source: Source, services: Services) -> Content:
    """What shapes an answer besides the bytes is who gives it: a sandbox's answers do not serve production."""
    return Content(source.sha256, page=1, shape=urlsplit(services.ocr.endpoint).netloc)


def _kept(claim: Claim, services: Services) -> Recognition | None:
    """The answer that was paid for before, if there is one; raises the failure that it was, if it was one."""
    if claim.failure:
        raise _as_error(claim.failure)
    if claim.request_id is None or claim.fit is None or not (claim.state == "answered" or claim.lapsed):
        return None
    raw = services.objects.kept(claim.content, claim.request_id)
    if raw is None and claim.state == "answered":
        raise Unforeseen("answer_missing", "this content was paid for, but its kept answer was deleted")
    if raw is None:
        services.telemetry.count("CallOutcomeUnknown")
        services.telemetry.warning("call outcome unknown", request_id=claim.request_id, code="owner_died")
        return None
    answer = interpret(200, {}, raw, services.clock())
    if claim.lapsed:
        services.claims.answered(claim, answer.verify_id)
    services.telemetry.count("AnswerReused")
    return Recognition(answer, claim.fit, claim.request_id)


def _as_error(failure: Failure) -> OcrDropError:
    if failure.kind == "bad_input":
        return Refused(failure.code, failure.message)
    if failure.kind == "try_later":
        return GivenUp(failure.code, failure.message)
    return Unforeseen(failure.code, failure.message)


def _fitted(claim: Claim, source: Source, services: Services) -> Fitted:
    try:
        return images.fit(
            source.data,
            max_bytes=services.settings.max_image_bytes,
            memory_bytes=services.settings.memory_bytes,
        )
    except OcrDropError:
        services.claims.release(claim)
        raise


def _called(claim: Claim, fitted: Fitted, upload: Upload, services: Services, turn: Turn) -> Recognition:
    """Call the OCR API, once; a second time only when the credentials were refused and others are there now."""
    credentials = services.secrets.credentials()
    try:
        return _call(claim, fitted, upload, services, turn)
    except CredentialsRefused:
        if not services.secrets.renewed(credentials):
            raise
    claim = services.claims.claim(claim.content, turn.owner, turn.ends_at)
    return _call(claim, fitted, upload, services, turn)


def _call(claim: Claim, fitted: Fitted, upload: Upload, services: Services, turn: Turn) -> Recognition:
    timeout = min(READ_TIMEOUT, turn.remaining() - RESERVE)
    if timeout < SHORTEST_CALL:
        services.claims.release(claim)
        raise TryLater("out_of_time", "too little time was left for the call", after=0)
    credentials = services.secrets.credentials()
    claim = services.claims.calling(claim, fitted.fit, upload)
    request_id = str(claim.request_id)
    try:
        answer = services.ocr.recognize(fitted.data, request_id, credentials, timeout=timeout)
    except OcrDropError as error:
        if isinstance(error, Unforeseen):
            services.objects.keep(claim.content, request_id, error.raw)
        raise services.claims.ended_without_answer(claim, error) from None
    _keep(claim, request_id, answer.raw, services, turn)
    services.claims.answered(claim, answer.verify_id)
    services.telemetry.count("CallAnswered")
    return Recognition(answer, fitted.fit, request_id)


def _keep(claim: Claim, request_id: str, raw: bytes, services: Services, turn: Turn) -> None:
    """Keep what was just paid for, however long S3 takes within this turn: losing it would mean paying again."""
    while True:
        try:
            return services.objects.keep(claim.content, request_id, raw)
        except TryLater:
            if turn.remaining() < 2:
                raise
            services.sleep(1)
