"""A ledger holds only where every line follows from the one before."""

from __future__ import annotations

import pytest
from small_pack import ledger

from anatofit.verify.ledger_chain import broken_lines, pack_line

WHOLE = ledger({"plan.json": "0" * 64})


def test_a_whole_ledger_holds_and_names_the_files() -> None:
    assert broken_lines(WHOLE) == []
    assert pack_line(WHOLE)["outputs"] == {"plan.json": "0" * 64}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        WHOLE[:-1],
        WHOLE[WHOLE.index(b"\n") + 1 :],
        WHOLE.replace(b'"sequence": 2', b'"sequence": 9'),
        WHOLE.replace(b'"ingest"', b'"insert"'),
        WHOLE + b"\n",
        WHOLE + b"[]\n",
        b"{}\n" + WHOLE,
        b"\xff" + WHOLE,
    ],
)
def test_a_changed_ledger_is_found(data: bytes) -> None:
    assert broken_lines(data)


def test_a_changed_line_is_named() -> None:
    assert any("line 2" in fault for fault in broken_lines(WHOLE.replace(b'"ingest"', b'"insert"')))
