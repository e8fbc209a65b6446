"""What becomes of a random order: drawn from an envelope, carried out as a run does, and counted by its outcome.

Passed; failed, with the findings' names; refused by name; stopped by an error of the tree; boolean, an operation on solids that
failed; or crash, an error that nobody meant.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from anatofit.errors import AnatofitError, GeometryError, PrescriptionError, RequestError
from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Make
from anatofit.model.finding import NOT_MEASURED, Finding
from anatofit.model.frame import FRAME
from validation import record

END_SHARE = 1 / 3
MOST_DRAWS = 500


def draw(rows: Mapping[str, Any], random: np.random.Generator, *, share: float = 1.0) -> dict[str, Any]:
    """A value for every settable row of an envelope, from its whole range and a third of the time from one of its ends; or for
    a share of the rows."""
    return {
        name: _value(row, random) for name, row in rows.items() if row.settable and (share >= 1.0 or random.random() < share)
    }  # fmt: skip


def _value(row: Any, random: np.random.Generator) -> Any:
    if row.kind == "choice":
        return str(random.choice(list(row.choices)))
    low, high = float(row.min), float(row.max)
    value = (
        float(random.choice([low, high]))
        if random.random() < END_SHARE
        else low + (high - low) * float(random.random())
    )
    return round(value) if row.kind == "count" else round(value, 3)


def draw_accepted(
    rows: Mapping[str, Any],
    random: np.random.Generator,
    spec_of: Callable[[dict[str, Any]], Any],
    *,
    share: float = 1.0,
) -> tuple[dict[str, Any], list[str]]:
    """Draws until the envelope accepts a design; with it, the names of the rules that refused the ones before."""
    refused: list[str] = []
    for _ in range(MOST_DRAWS):
        design = draw(rows, random, share=share)
        try:
            spec_of(design)
        except PrescriptionError as error:
            refused += sorted(r.rule for r in error.reasons)
            continue
        return design, refused
    raise RuntimeError(f"{MOST_DRAWS} designs in a row were refused: {', '.join(sorted(set(refused)))}")


def findings_of(device: Any, anatomy: Anatomy, spec: Any, *, case: str, make: Make) -> list[Finding]:
    """Planned, built, exported and verified as a run does, but for the processes: the files are measured in this one."""
    from anatofit.app import stages
    from anatofit.app.apart import written
    from anatofit.app.bones import with_models
    from anatofit.app.settings import load_settings
    from anatofit.devices.base import made_of
    from anatofit.verify.apart import measure

    material, printer = load_settings().choose(make)
    spec = made_of(device, spec, material)
    job: Any = SimpleNamespace(device=device, spec=spec, material=material, printer=printer)
    plan = device.plan(anatomy, spec, case=case).model_dump(mode="json")
    parts = device.build(anatomy, device.read_plan(plan))
    files = stages.export(job, parts, with_models(anatomy, job, plan), plan, axes=FRAME)
    wanted = device.requirements(spec, device.read_plan(plan), material=material, printer=printer)
    with written(files) as folder:
        return measure(folder, wanted)


def outcome_of(measured: Callable[[], Sequence[Finding]]) -> dict[str, Any]:
    """What became of one order: the outcome's name, the rules or findings that it bears, and the seconds."""
    start = time.perf_counter()
    try:
        found = _told(measured())
    except RequestError as error:
        found = {"outcome": "refused", "names": sorted({r.rule for r in error.reasons}), "message": str(error)}
    except GeometryError as error:
        found = {"outcome": "boolean", "names": sorted(r.rule for r in error.reasons), "message": str(error)}
    except AnatofitError as error:
        found = {"outcome": "stopped", "names": sorted(r.rule for r in error.reasons), "message": str(error)}
    except Exception as error:  # noqa: BLE001 - the study counts crashes of any kind
        found = {"outcome": "crash", "names": [type(error).__name__], "message": str(error)[:300]}
    return {**found, "seconds": time.perf_counter() - start}


def _told(findings: Sequence[Finding]) -> dict[str, Any]:
    failed = [f for f in findings if not f.passed]
    unmeasured = sorted(f"{f.id}: {f.detail}" for f in failed if f.measured == NOT_MEASURED)
    return {
        "outcome": "failed" if failed else "passed",
        "names": sorted(f.id for f in failed),
        "unmeasured": unmeasured,
        "message": "; ".join(f"{f.id} {f.measured:.3g} {f.unit}" for f in failed),
    }


def say_row(row: Mapping[str, Any], who: str) -> None:
    """A row of the study, to the person who runs it."""
    why = "; ".join([row.get("message", ""), *row.get("unmeasured", [])])[:240]
    names = ", ".join(row["names"])
    record.say(f"{row['number']:4d} {who:28} {row['outcome']:8} {row['seconds']:5.1f} s  {names}  {why}")


def summarise(rows: Sequence[Mapping[str, Any]], *, each: str) -> dict[str, float]:
    """Counts by outcome; `each` names what the orders were for ("skull", "bone"), which is counted as well."""

    def count(*names: str) -> float:
        return float(sum(row["outcome"] in names for row in rows))

    unnamed = sum(row["outcome"] in ("failed", "refused", "stopped") and not row["names"] for row in rows)
    return {
        "count": float(len(rows)), f"{each}s": float(len({row[each] for row in rows})),
        "passed": count("passed"), "failed": count("failed"), "refused": count("refused"), "stopped": count("stopped"),
        "crashes": count("crash"), "boolean_failures": count("boolean"), "unnamed_failures": float(unnamed),
        "unmeasured": float(sum(len(row.get("unmeasured", [])) for row in rows)),
        "seconds": float(sum(row["seconds"] for row in rows)),
    }  # fmt: skip
