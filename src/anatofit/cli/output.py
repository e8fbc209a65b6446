"""How the program speaks: results on stdout, everything else on stderr, one JSON object where it was asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from anatofit.errors import AnatofitError, Reason

# Messages name files by the beginning of their hash: a name may be the patient's.
FIND_BY_HASH = "To find a file by the beginning of its sha256: find SCAN -type f -exec sha256sum {} + | grep ^BEGINNING (an archive: unpack it first)"


def by_hash(messages: Iterable[str]) -> Iterator[str]:
    """How the files are found that messages name by their hashes; nothing where none does so."""
    if any("sha256 beginning" in message for message in messages):
        yield FIND_BY_HASH


def to_waive(reasons: Iterable[Reason]) -> Iterator[str]:
    """How a waiver is written, for the first reason whose message offers one; nothing where none does."""
    offered = (
        r.rule for r in reasons if f"waive {r.rule}" in r.message and "the most that can be waived" not in r.message
    )
    if rule := next(offered, None):
        yield f'To waive it, write at the end of the prescription, one to a line: [[waiver]]  rule = "{rule}"  reason = "why this will do"  by = "who says so"'


def plain(text: str) -> str:
    """The text without what could steer a terminal or forge a line: such characters appear as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def say(line: str = "") -> None:
    """One line of the result."""
    print(plain(line))


def say_error(line: str) -> None:
    """One line beside the result."""
    print(plain(line), file=sys.stderr)


def say_json(result: Mapping[str, Any]) -> None:
    """The result as one JSON object."""
    print(json.dumps(result, indent=1, ensure_ascii=True, default=str))


def refuse(error: AnatofitError, *, as_json: bool, place: Callable[[str], str] = lambda _rule: "") -> int:
    """Says every reason, to a person with the path that its rule is about and the notes that follow; the exit code of the error."""
    if as_json:
        reasons = [{"code": r.code, "rule": r.rule, "message": r.message} for r in error.reasons]
        say_json({"exit": error.exit_code, "error": type(error).__name__, "reasons": reasons})
    else:
        for reason in error.reasons:
            given = place(reason.rule)
            say_error(f"{reason.code} {reason.rule}: {reason.message}" + (f" [{given}]" if given else ""))
        for note in (
            *by_hash(r.message for r in error.reasons),
            *to_waive(error.reasons),
            *getattr(error, "__notes__", ()),
        ):
            say_error(note)
    return error.exit_code


def table(rows: Iterable[Sequence[str]], *, head: Sequence[str]) -> None:
    """Columns as wide as their widest entry; the last one runs free."""
    lines = [[plain(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(head) - 1)]
    for line in lines:
        print("  ".join([*(cell.ljust(w) for cell, w in zip(line, widths, strict=False)), line[-1]]).rstrip())


def number(value: float | int | str | None) -> str:
    """A value for a table: short, and a dash where there is none."""
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
