"""The vendor's statement beside the ledger: whatever the file looks like, each line is found or named."""

from __future__ import annotations

import csv
import io

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_drop_cli.statement import Billed, read, reconciled

IDS = st.text("abcdef0123456789-", min_size=1, max_size=30).filter(lambda text: text.strip("-") == text)


@given(
    ids=st.lists(IDS, max_size=20),
    header=st.sampled_from(["requestId", "Request ID", "request_id", "请求ID", "业务流水号"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    delimiter=st.sampled_from(",;\t"),
    above=st.integers(0, 3),
)
def test_a_statement_is_read_whatever_it_looks_like(
    ids: list[str], header: str, encoding: str, delimiter: str, above: int
) -> None:
    """Encoding, delimiter, lines above the header, spelling of the column: the same ids come out."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([["账单", ""]] * above)
    writer.writerows([["时间", header, "产品"], *(["2026-11-24", one, "身份证OCR"] for one in ids)])
    assert [line.request_id for line in read(out.getvalue().encode(encoding))] == ids


def test_spreadsheet_guards_are_no_part_of_an_id() -> None:
    """An apostrophe, or ="…", keeps a spreadsheet from rounding a long number."""
    found = read(b'requestId\n\'123\n"=""456"""\n\t789\n')
    assert [line.request_id for line in found] == ["123", "456", "789"]


def test_without_a_column_that_names_calls_it_says_so() -> None:
    """One sentence with the two names."""
    with pytest.raises(click.ClickException, match="requestId or verifyId"):
        read(b"date,amount\n2026,1\n")


def _call(content: int, number: int, outcome: str) -> dict[str, str]:
    return {"pk": f"content#{content}", "requestId": f"{content}-{number}", "outcome": outcome}


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["answered", "unknown", "refused", "not_sent"])), max_size=12
    ),
    st.data(),
)
def test_every_line_and_every_call_has_its_place(calls: list[tuple[int, str]], data: st.DataObject) -> None:
    """No line is lost: it is of a call or named; each call that may have been billed is on it or named."""
    rows = [_call(content, number, outcome) for number, (content, outcome) in enumerate(calls)]
    ids = [row["requestId"] for row in rows] + ["nobody's"]
    billed = [
        Billed(line, one, None) for line, one in enumerate(data.draw(st.lists(st.sampled_from(ids), max_size=15)))
    ]
    told = reconciled(billed, rows, lambda _: None)
    on_it = {line.request_id for line in billed}
    assert len(told.not_in_ledger) == sum(line.request_id == "nobody's" for line in billed)
    due = {row["requestId"] for row in rows if row["outcome"] in ("answered", "unknown")}
    assert {row["requestId"] for row in told.not_billed} == due - on_it
    unknown = {row["requestId"] for row in rows if row["outcome"] == "unknown"}
    assert {row["requestId"] for row in told.paid_and_unknown} == unknown & on_it
    assert all(len({row["pk"] for row in group}) == 1 and len(group) > 1 for group in told.paid_twice)
