"""The run's record: one JSON line a step, each with the hash of the line before, so that none can be changed unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from anatofit.app.codec import as_json
from anatofit.model.provenance import StepRecord

# What the first line names in the place of a line before it.
NO_LINE = "0" * 64


class Ledger:
    """Grows line by line; `data` is the whole file."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self.records: list[StepRecord] = []

    def add(
        self,
        step: str,
        *,
        parameters: Mapping[str, Any],
        inputs: Mapping[str, str],
        outputs: Mapping[str, str],
        seconds: float,
        sentence: str = "",
    ) -> StepRecord:
        """Appends the record of a step, chained to the line before."""
        record = StepRecord(
            sequence=len(self._lines) + 1,
            step=step,
            parameters=dict(parameters),
            inputs=dict(inputs),
            outputs=dict(outputs),
            seconds=round(seconds, 3),
            sentence=sentence,
            previous_sha256=hashlib.sha256(self._lines[-1]).hexdigest() if self._lines else NO_LINE,
        )
        self.records.append(record)
        self._lines.append(as_json(record.model_dump(mode="json")).encode("ascii"))
        return record

    @property
    def data(self) -> bytes:
        """The file: the lines, each ended by a line feed that is not part of its hash."""
        return b"".join(line + b"\n" for line in self._lines)
