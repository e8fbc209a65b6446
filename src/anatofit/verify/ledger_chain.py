"""ledger.jsonl: every line whole, in order, and chained to the line before by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# What the first line names in the place of a line before it.
NO_LINE = "0" * 64
MOST_BYTES = 20_000_000  # a ledger has a line a step; more is none of ours
_WANTED = {"sequence": int, "step": str, "inputs": dict, "outputs": dict, "previous_sha256": str}


def broken_lines(data: bytes) -> list[str]:
    """What is wrong with the file's bytes, a sentence for each; empty where the chain holds."""
    if len(data) > MOST_BYTES:
        return [f"the ledger has {len(data)} bytes; at most {MOST_BYTES} are read"]
    if not data.endswith(b"\n"):
        return ["the ledger does not end with a whole line"]
    faults: list[str] = []
    previous = NO_LINE
    for number, line in enumerate(data[:-1].split(b"\n"), start=1):
        faults += [f"line {number}: {fault}" for fault in _line_faults(line, number, previous)]
        previous = hashlib.sha256(line).hexdigest()
    return faults


def pack_line(data: bytes) -> Mapping[str, Any]:
    """The last line, which names every file of the pack. Raises ValueError where it is none."""
    record = json.loads(data[:-1].split(b"\n")[-1])
    if not isinstance(record, dict) or record.get("step") != "pack" or not isinstance(record.get("outputs"), dict):
        raise ValueError("the last line of the ledger does not name the files of the pack")
    return record


def _line_faults(line: bytes, number: int, previous: str) -> list[str]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return ["it is not JSON"]
    if not isinstance(record, dict):
        return ["it is no record"]
    bad = [k for k, kind in _WANTED.items() if not isinstance(record.get(k), kind)]
    if bad:
        return [f"{', '.join(bad)} missing or of the wrong kind"]
    faults = []
    if record["sequence"] != number:
        faults.append(f"its number is {record['sequence']}; {number} is wanted")
    if record["previous_sha256"] != previous:
        faults.append("it does not follow from the line before: one of the two was changed")
    return faults
