"""Mutants: the code with one promise taken out of it, in memory only, to see that the simulation notices."""

from __future__ import annotations
import __future__

import importlib
import inspect
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Edit:
    """In the source of a function (`module:name` or `module:Class.name`), `old` becomes `new`."""

    function: str
    old: str
    new: str

    def apply(self, patch: pytest.MonkeyPatch) -> None:
        """Put the edited function wherever the real one is; an edit whose text is gone fails loudly."""
        module_name, _, path = self.function.partition(":")
        module = importlib.import_module(f"ocr_drop.{module_name}")
        owner_name, _, name = path.rpartition(".")
        owner: Any = getattr(module, owner_name) if owner_name else module
        real = getattr(owner, name)
        made = self._edited(module, real)
        if owner_name:
            patch.setattr(owner, name, made)
            return
        for loaded in [one for key, one in sys.modules.items() if key.startswith("ocr_drop")]:
            if getattr(loaded, name, None) is real:
                patch.setattr(loaded, name, made)

    def _edited(self, module: Any, real: Callable[..., Any]) -> Any:
        source = textwrap.dedent(inspect.getsource(real))
        assert source.count(self.old) == 1, f"{self.function} has changed, so must its mutant: {self.old}"
        made: dict[str, Any] = {}
        code = compile(
            source.replace(self.old, self.new), "<mutant>", "exec", __future__.annotations.compiler_flag, True
        )
        exec(code, module.__dict__, made)
        return made[real.__name__]


MUTANTS: dict[str, tuple[Edit, ...]] = {
    "no_calling_state_before_the_call": (
        Edit("claims:Claims.calling", '"state": "calling", "calls"', '"state": "claimed", "calls"'),
    ),
    "the_lease_of_a_claim_is_ignored": (
        Edit("claims:Claims._check_rest", 'if not ours and found["leaseUntil"] > now:', "if False:"),
    ),
    "the_ledger_is_written_after_the_call": (
        Edit("claims:Claims.calling", ", self._table.putting(row))", ")"),
        Edit("claims:Claims._outcome", '"attribute_exists(pk)"', '"attribute_exists(pk) OR attribute_not_exists(pk)"'),
    ),
    "a_call_whose_owner_died_counts_as_not_sent": (
        Edit("claims:Claims._claim_again", 'lapsed = found["state"] == "calling"', "lapsed = False"),
    ),
    "a_lost_connection_counts_as_not_sent": (
        Edit("esign.client:_transport_failure", "return OutcomeUnknown(", "return NotSent("),
    ),
    "a_kept_answer_of_a_dead_owner_is_not_looked_up": (Edit("answering:Answering.kept", " or claim.lapsed):", "):"),),
    "answered_is_written_before_the_answer_is_kept": (
        Edit(
            "answering:Answering._call",
            """    if reply.status < 300:
        self._keep(claim, request_id, reply.body)
    answer = self._concluded(claim, reply)
""",
            """    answer = self._concluded(claim, reply)
    self._keep(claim, request_id, reply.body)
""",
        ),
    ),
    "the_call_is_sent_again_at_once": (
        Edit(
            "answering:Answering._call",
            "raise self._ended(claim, error) from None",
            "reply = services.ocr.send(fitted.data, request_id, auth, timeout=timeout)",
        ),
    ),
    "unknown_outcomes_do_not_rest": (
        Edit("claims:Claims._check_rest", 'if found.get("notBefore", 0) > now:', "if False:"),
    ),
    "unknown_outcomes_have_no_end": (Edit("claims:Claims._unknown", "if unknown >= MOST_UNKNOWN:", "if False:"),),
    "a_failure_overwrites_a_success": (
        Edit("index:Index.end", 'if change["status"] == "failed":', "if False:"),
        Edit("objects:_is_success_of", '== (order, e_tag, "recognized")', "== ()"),
    ),
    "an_older_upload_takes_the_record": (
        Edit(
            "index:Index.begin",
            "condition=_CURRENT if is_current else _NEWER",
            'condition="attribute_not_exists(pk) OR #order <> :order"',
        ),
    ),
    "an_older_upload_ends_the_record_of_a_newer": (
        Edit("index:Index.end", "change, this, values)", 'change, "attribute_exists(pk)", {})'),
    ),
    "results_are_put_without_a_condition": (Edit("objects:Objects._put", ", **match", ""),),
    "an_older_result_overwrites_a_newer": (
        Edit("objects:Objects._match_older", 'if mark["order"] and order > mark["order"]:', "if False:"),
    ),
    "the_record_ends_before_the_result_is_stored": (
        Edit(
            "pipeline:_stored",
            "services.objects.store(",
            "services.index.end(upload, told)\n    services.objects.store(",
        ),
    ),
    "the_end_is_announced_before_it_is_recorded": (
        Edit(
            "pipeline:recognize",
            "record = services.index.end(upload, told)",
            'services.notices.announce({**record, "status": told["status"]})\n'
            "        record = services.index.end(upload, told)",
        ),
    ),
    "what_has_ended_is_worked_on_again": (Edit("pipeline:recognize", 'if record["status"] == "waiting":', "if True:"),),
    "an_event_has_another_id_each_time": (
        Edit("notices:event_id", "uuid.uuid5(_NAMESPACE, json.dumps(parts))", "uuid.uuid4()"),
    ),
    "an_event_that_was_not_taken_is_forgotten": (
        Edit("notices:Notices.announce", "answer = self._client.put_events(Entries=[entry])", "return"),
    ),
    "crashes_are_not_counted": (Edit("pipeline:_bound_crashes", "if beginnings > MOST_CRASHES:", "if False:"),),
    "a_waiting_message_is_deleted": (Edit("waiting:wait", "return None if parked else pause", "return None"),),
    "the_breaker_never_opens": (
        Edit("answering:Answering._tell_breaker", "self.services.breaker.open(error)", "pass"),
    ),
    "parked_uploads_are_not_marked": (Edit("waiting:wait", "parked=parked)", "parked=False)"),),
    "the_breaker_lets_no_probe_through": (Edit("breaker:Breaker._take_probe", "return True", "return False"),),
    "a_release_overwrites_what_was_parked_again": (Edit("index:Index.released", " AND #at = :seen", ""),),
    "the_sweep_finds_nothing": (Edit("sweeping:_is_known", "return record", "return True or record"),),
}
