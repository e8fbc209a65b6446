"""Random designs over the envelope on three skulls: each must pass, or fail with a named finding; none may crash.

Every design draws each parameter from its whole range (a third of the time from one of its ends), with a seed, so that a
design can be made again by its number. What the envelope refuses by a rule between parameters is drawn again.
"""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from anatofit.errors import AnatofitError, GeometryError, PrescriptionError
from anatofit.model.anatomy import Anatomy
from anatofit.model.volume import Volume
from validation import record

DEVICE = "cranial-plate"
NIGHTLY, QUICK = 200, 20
CASE = "STUDY-1"
END_SHARE = 1 / 3
MOST_DRAWS = 200
NOT_MEASURED = -1.0  # what a finding says where the measurement itself went wrong


def draw(rows: dict[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """One value for every settable row of an envelope."""
    return {name: _value(row, random) for name, row in rows.items() if row.settable}


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


def skulls(scan: Path | None) -> list[tuple[str, Volume]]:
    """Two phantoms of other people and a scan, or three phantoms; holes left, right and across the midline."""
    from anatofit.samples.head import head_grid
    from anatofit.samples.hole import Hole
    from anatofit.samples.phantom import HeadPhantom
    from anatofit.samples.render import scan_phantom
    from validation.studies.cut_defects import read_scan

    holes = {
        0: Hole(),
        11: Hole(towards=(0.55, 0.35, 0.75), diameter_mm=85.0),
        23: Hole(towards=(0.1, -0.55, 0.83), diameter_mm=45.0),
    }
    out = []
    for seed, hole in list(holes.items())[: 2 if scan else 3]:
        phantom = HeadPhantom(shape_seed=seed, hole=hole)
        out.append((f"phantom {seed}", scan_phantom(phantom, head_grid(phantom))))
    return [*out, ("scan", read_scan(scan))] if scan else out


def anatomy_of(volume: Volume) -> Anatomy:
    """The product's own way from a scan to the anatomy, the skull made whole in it."""
    from anatofit.app.stages import with_skull
    from anatofit.locate.cranium import locate_cranium
    from anatofit.model.case import Locate
    from anatofit.model.frame import Laterality
    from anatofit.restore.cranium import restore_cranium
    from anatofit.segment.bone import segment_bone
    from anatofit.surface.cranium import surface_cranium
    from anatofit.surface.skull import skull_surface, whole_skull

    bone = segment_bone(volume)
    located = locate_cranium(bone, ordered=Laterality.UNPAIRED, overrides=Locate())
    restored = restore_cranium(bone, located)
    return with_skull(surface_cranium(bone, located, restored), skull_surface(whole_skull(bone, restored)))


def run_design(anatomy: Anatomy, design: dict[str, Any], *, case: str = CASE) -> dict[str, Any]:
    """What became of one design: passed, failed (with the findings' names), refused, or crashed."""
    start = time.perf_counter()
    try:
        outcome = _measure(anatomy, design, case)
    except PrescriptionError as error:
        outcome = {"outcome": "refused", "names": sorted(r.rule for r in error.reasons)}
    except GeometryError as error:
        outcome = {"outcome": "boolean", "names": sorted(r.rule for r in error.reasons), "message": str(error)}
    except AnatofitError as error:
        outcome = {"outcome": "stopped", "names": sorted(r.rule for r in error.reasons), "message": str(error)}
    except Exception as error:  # noqa: BLE001 - the study counts crashes of any kind
        outcome = {"outcome": "crash", "names": [type(error).__name__], "message": str(error)[:300]}
    return {**outcome, "seconds": time.perf_counter() - start}


def _measure(anatomy: Anatomy, design: dict[str, Any], case: str) -> dict[str, Any]:
    """Plan, build, export and verify as a run does."""
    from anatofit.app import stages
    from anatofit.app.settings import load_settings
    from anatofit.devices.registry import get_device
    from anatofit.model.case import Make

    device = get_device(DEVICE)
    spec = device.spec(design)
    material, printer = load_settings().choose(Make())
    job: Any = SimpleNamespace(device=device, spec=spec, material=material, printer=printer)
    plan = device.plan(anatomy, spec, case=case).model_dump(mode="json")
    parts = device.build(anatomy, device.read_plan(plan))
    _, findings = stages.verify(job, stages.export(job, parts, anatomy, plan), plan)
    failed = sorted(f.id for f in findings if not f.passed)
    unmeasured = sorted(f"{f.id}: {f.detail}" for f in findings if not f.passed and f.measured == NOT_MEASURED)
    return {"outcome": "failed" if failed else "passed", "names": failed, "unmeasured": unmeasured}


def draw_accepted(device: Any, random: np.random.Generator) -> tuple[dict[str, Any], list[str]]:
    """Draws until the envelope accepts a design; with it, the names of the rules that refused the ones before."""
    refused: list[str] = []
    for _ in range(MOST_DRAWS):
        design = draw(dict(device.envelope.rows), random)
        try:
            device.spec(design)
        except PrescriptionError as error:
            refused += sorted(r.rule for r in error.reasons)
            continue
        return design, refused
    raise RuntimeError(f"{MOST_DRAWS} designs in a row were refused: {', '.join(sorted(set(refused)))}")


def summarise(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Counts by outcome."""

    def count(*names: str) -> float:
        return float(sum(row["outcome"] in names for row in rows))

    unnamed = sum(row["outcome"] in ("failed", "refused", "stopped") and not row["names"] for row in rows)
    return {
        "count": float(len(rows)), "skulls": float(len({row["skull"] for row in rows})),
        "passed": count("passed"), "failed": count("failed"),
        "refused": count("refused"), "stopped": count("stopped"), "crashes": count("crash"),
        "boolean_failures": count("boolean"), "unnamed_failures": float(unnamed),
        "unmeasured": float(sum(len(row.get("unmeasured", [])) for row in rows)),
        "seconds": float(sum(row["seconds"] for row in rows)),
    }  # fmt: skip


def main() -> int:
    """0 when the bars hold, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--scan", type=Path, help="folder of a head CT with a defect, in place of the third phantom")
    parser.add_argument("--count", type=int, default=QUICK, help=f"designs over all skulls (nightly: {NIGHTLY})")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = run_study(options.scan, options.count, options.seed)
    figures = summarise(rows)
    table = dict(record.bars("designs"))
    table["count_min"] = min(table["count_min"], options.count)
    return record.finish(options.out, "designs", figures, rows, record.failures(figures, table))


def run_study(scan: Path | None, count: int, seed: int) -> list[dict[str, Any]]:
    """`count` designs dealt out over the skulls."""
    from anatofit.devices.registry import get_device

    device = get_device(DEVICE)
    people = [(name, anatomy_of(volume)) for name, volume in skulls(scan)]
    rows: list[dict[str, Any]] = []
    for number in range(count):
        name, anatomy = people[number % len(people)]
        design, refused = draw_accepted(device, np.random.default_rng([seed, number]))
        row = {"number": number, "skull": name, "design": design, "drawn_again": refused, **run_design(anatomy, design)}
        rows.append(row)
        why = "; ".join([row.get("message", ""), *row.get("unmeasured", [])])[:240]
        record.say(
            f"{number:4d} {name:12} {row['outcome']:8} {row['seconds']:5.1f} s  {', '.join(row['names'])}  {why}"
        )
    return rows


if __name__ == "__main__":
    raise SystemExit(main())
