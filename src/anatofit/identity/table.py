"""The table of what was done to each attribute, for a person (CSV) and for a program (JSON). It bears no value of any."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anatofit.identity.clean import Done

COLUMNS = ("attribute", "keyword", "action", "why", "files")


@dataclass
class Tally:
    """How many files each line holds for."""

    counts: Counter[Done] = field(default_factory=Counter)

    def add(self, lines: Iterable[Done]) -> None:
        """The lines of one file; a line that stands in several items of a sequence counts once."""
        self.counts.update(set(lines))

    def rows(self) -> list[tuple[str, str, str, str, int]]:
        """By place, action and reason."""
        ordered = sorted(self.counts.items(), key=lambda entry: (entry[0].place, entry[0].action, entry[0].why))
        return [(d.place, d.keyword, d.action.value, d.why, n) for d, n in ordered]


def as_csv(tally: Tally) -> bytes:
    """One line an attribute, UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(tally.rows())
    return text.getvalue().encode()


def as_json(tally: Tally, said: Mapping[str, Any], notes: Sequence[str]) -> bytes:
    """The same with what was asked for."""
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in tally.rows()]
    return json.dumps({"schema": 1, **said, "notes": list(notes), "attributes": rows}, indent=1).encode() + b"\n"
