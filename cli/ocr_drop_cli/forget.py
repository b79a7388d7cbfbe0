"""`ocr-drop forget`: everything of an upload deleted, with a receipt to be kept."""

from __future__ import annotations

import json
import re
from typing import Any

import click

from ocr_drop.forgetting import Forgetting, Plan, Receipt
from ocr_drop_cli import stacks


@click.command()
@click.argument("key", required=False)
@click.option("--sha256", metavar="HASH", help="Forget a content, under whatever keys it was uploaded.")
@click.option("--content", is_flag=True, help="Forget the kept answer and claim also where other keys share them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@stacks.options
@click.option("--json", "as_json", is_flag=True, help="Print the receipt as JSON.")
def forget(*, key: str | None, sha256: str | None, content: bool, yes: bool, as_json: bool, **where: Any) -> None:
    """Delete all that is held of the upload KEY: every version of the source, its results, kept answer, claim, record.

    It prints a receipt. Of its calls, requestId, verifyId, moment and outcome stay in the ledger: they were or may be
    billed. A content that other keys share keeps its answer and claim, unless --content is given.
    """
    if (key is None) == (sha256 is None):
        raise click.UsageError("give KEY or --sha256, one of them")
    stack = stacks.opened(**where)
    forgetting = Forgetting(stack.services)
    plan = forgetting.of_key(key) if key is not None else forgetting.of_content(_hash(sha256 or ""))
    whole = content or not plan.shared
    if not yes:
        _ask(plan, whole=whole)
    receipt = forgetting.do(plan, content=whole)
    if as_json:
        print(json.dumps(receipt.as_json(), ensure_ascii=False))
    else:
        _tell(receipt)


def _hash(given: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", given.lower()):
        raise click.UsageError("--sha256 takes 64 hexadecimal digits, such as sha256sum prints")
    return given.lower()


def _ask(plan: Plan, *, whole: bool) -> None:
    what = ", ".join(plan.keys) or f"the content {plan.sha256}"
    if plan.shared:
        kept = "are deleted as well" if whole else "stay; --content deletes them as well"
        click.echo(f"{len(plan.shared)} other keys have the same content: its answer and claim {kept}.", err=True)
    try:
        agreed = click.confirm(f"Delete all that is held of {what}, for good?", err=True)
    except click.Abort:
        raise click.UsageError("nobody answered, so nothing was deleted: give --yes to be asked nothing") from None
    if not agreed:
        raise click.ClickException("nothing was deleted")


def _tell(receipt: Receipt) -> None:
    from ocr_drop_cli import tables  # rich takes its time: what goes to programs does without it

    print("Receipt: this was deleted for good.")
    told = receipt.as_json()
    tables.facts(
        {
            "at": receipt.at,
            "bucket": receipt.bucket,
            "keys": ", ".join(receipt.keys) or None,
            "content": ", ".join(receipt.contents) or "kept",
            "versions of the source": told["sourceVersions"],
            "versions of results": told["resultVersions"],
            "versions of kept answers": told["keptAnswers"],
            "claims": told["claims"],
            "records": told["records"],
            "calls that keep only their ids": told["ledgerRowsStripped"],
            "same content, not deleted": ", ".join(receipt.shared_with) or None,
        }
    )
