"""A file is read part by part: each page is a content of its own, claimed, fitted and paid for by itself.

What was answered before costs nothing, so a file too long for one turn goes on in the next where this one ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ocr_drop import images
from ocr_drop.answering import Answering, released_on_failure
from ocr_drop.errors import OcrDropError, Unreadable
from ocr_drop.model import Claim, Failure, Fitted, Part, ReadPart, Recognition, Source, Upload
from ocr_drop.services import Services
from ocr_drop.turns import Turn

AT_ONCE = 4
"""Parts that are fitted before they are called: the file is not held meanwhile, and fetched again for the next."""


def parts(data: bytes, services: Services) -> list[Part]:
    """The parts of a file, in reading order; raises `Unreadable` for one with more pages than are allowed."""
    limits = services.settings
    pages = images.pages(data, memory_bytes=limits.memory_bytes)
    if pages > limits.max_pages:
        told = f"the file has {pages} pages; at most {limits.max_pages} are read: split it, or raise MaxPages"
        raise Unreadable("too_many_pages", told)
    return [part for page in range(1, pages + 1) for part in _parts_of_page(data, page, services)]


def _parts_of_page(data: bytes, page: int, services: Services) -> list[Part]:
    limits = services.settings
    if not limits.tiles:
        return [Part(page)]
    areas = images.tiles(data, page=page, max_bytes=limits.max_image_bytes, memory_bytes=limits.memory_bytes)
    return [Part(page, area) for area in areas] or [Part(page)]


@dataclass(frozen=True)
class _Prepared:
    """A claimed part with its answer from before, the bytes to send, or the failure that it ends with."""

    part: Part
    claim: Claim
    ready: Recognition | Fitted | OcrDropError


@dataclass
class Reading:
    """The reading of one upload's file within one turn; `source` tells of the file once it was fetched."""

    upload: Upload
    services: Services
    turn: Turn
    source: Source | None = field(default=None, init=False)

    def read(self) -> tuple[Source, list[ReadPart]]:
        """The file, without its bytes, and what came of each part.

        Raises what the upload has to wait for, and the failure if no part was recognized.
        """
        answering = Answering(self.upload, self.services, self.turn)
        source, todo, prepared = self._prepared(None, answering)
        ended = self._answered(prepared, answering)
        while todo:
            answering.time_for_a_call()
            source, todo, prepared = self._prepared(todo, answering)
            ended += self._answered(prepared, answering)
        errors = [found for _, found in ended if isinstance(found, OcrDropError)]
        if len(errors) == len(ended):
            raise errors[0]
        return source, [ReadPart(part, _as_found(found)) for part, found in ended]

    def _prepared(self, todo: list[Part] | None, answering: Answering) -> tuple[Source, list[Part], list[_Prepared]]:
        """The file, the parts that are left, and those before them ready to be answered. One file is open at a time."""
        with self.services.one_at_a_time:
            with self.services.telemetry.timed("FetchTime"):
                source = self.services.objects.fetch(self.upload)
            self.source = told = source.without_data()
            if todo is None:
                todo = parts(source.data, self.services)
            prepared: list[_Prepared] = []
            try:
                prepared.extend(self._ready(part, source, answering) for part in todo[:AT_ONCE])
            except OcrDropError:
                self._release(prepared)
                raise
        return told, todo[AT_ONCE:], prepared

    def _ready(self, part: Part, source: Source, answering: Answering) -> _Prepared:
        content = self.services.content(source.sha256, part)
        claim = self.services.claims.claim(content, self.turn.owner, self.turn.ends_at)
        try:
            return _Prepared(part, claim, answering.kept(claim) or self._fit(part, source, claim))
        except OcrDropError as error:
            return _Prepared(part, claim, _final(error))

    def _fit(self, part: Part, source: Source, claim: Claim) -> Fitted:
        limits = self.services.settings
        with released_on_failure(claim, self.services), self.services.telemetry.timed("FitTime"):
            return images.fit(
                source.data,
                page=part.page,
                area=part.area,
                max_bytes=limits.max_image_bytes,
                memory_bytes=limits.memory_bytes,
            )

    def _answered(
        self, prepared: Sequence[_Prepared], answering: Answering
    ) -> list[tuple[Part, Recognition | OcrDropError]]:
        """Call for those parts that have no answer yet; one that has to wait lets the rest go."""
        ended: list[tuple[Part, Recognition | OcrDropError]] = []
        for number, one in enumerate(prepared):
            found = one.ready
            if isinstance(found, Fitted):
                try:
                    found = answering.called(one.claim, found)
                except OcrDropError as error:
                    if not error.final:
                        self._release(prepared[number + 1 :])
                    found = _final(error)
            ended.append((one.part, found))
        return ended

    def _release(self, prepared: Sequence[_Prepared]) -> None:
        for one in prepared:
            if isinstance(one.ready, Fitted):
                self.services.claims.release(one.claim)


def _final(error: OcrDropError) -> OcrDropError:
    """The failure that a part ends with; raises what has to be waited for."""
    if not error.final:
        raise error
    return error


def _as_found(found: Recognition | OcrDropError) -> Recognition | Failure:
    return Failure(found.kind, found.code, found.message) if isinstance(found, OcrDropError) else found
