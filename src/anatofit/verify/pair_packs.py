"""PK-PAIR-1: beside pair.json lie the two packs that it names, one for each side, as they were written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from anatofit.model.finding import Finding
from anatofit.verify.pack_files import read_json, safe_path

PAIR = "pair.json"
SIDES = ("R", "L")


def check_pair(folder: Path) -> Finding:
    """What is wrong with a pair beside what each of its packs shows by itself."""
    try:
        faults = [*_faults(folder)]
    except (OSError, ValueError, LookupError, TypeError) as error:
        faults = [f"{PAIR} cannot be judged: {type(error).__name__}"]
    return Finding(
        id="PK-PAIR-1",
        what="both packs are those that pair.json names, one for each foot",
        measured=float(len(faults)),
        unit="faults",
        limit_high=0.0,
        passed=not faults,
        detail="; ".join(faults)[:2000],
    )


def _faults(folder: Path) -> Iterator[str]:
    feet = read_json(safe_path(folder, PAIR))["feet"]
    for side in SIDES:
        manifest = safe_path(folder, f"{side}/manifest.json")
        if hashlib.sha256(manifest.read_bytes()).hexdigest() != feet[side]["manifest_sha256"]:
            yield f"the manifest in {side} is not the one that {PAIR} names"
        found = read_json(safe_path(folder, f"{side}/plan.json")).get("laterality")
        if found != side:
            yield f"the plan in {side} is of side {found}"
