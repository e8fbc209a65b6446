"""Random plans of cuts over the envelope of the cutting guide, on five bones and more: each guide must pass, fail with a named
finding, or be refused by name; none may crash, and no boolean may fail.

Every plan draws its cuts (one, or two that stand apart), their tilt, the kind of slot and each parameter of the design from its
whole range (a third of the time from one of its ends), with a seed, so that it can be made again by its number.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from anatofit.errors import AnatofitError, GeometryError, RequestError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from validation import record
from validation.studies.designs import NOT_MEASURED, draw

DEVICE = "cutting-guide"
NIGHTLY, QUICK = 1000, 12
CASE = "STUDY-4"
QUICK_TRIANGLES = 20_000
TILT = 0.2  # of a normal's own length, each way: cuts stand up to some 20 degrees off the bone's axis
TWO_CUTS, RELIEVED, ORDERED = 0.4, 0.3, 0.3  # share of plans
APART_MM = (12.0, 45.0)
KINDS = ("closed", "closed", "open", "one-sided")
# Files of the cases, their axes as they stand: the side is of no matter here.
BONES = (
    "bones/VHF_Left_Bone_Tibia_smooth.stl", "bones/VHF_Left_Bone_Fibula_smooth.stl", "bones/VHF_Left_Bone_Sacrum_smooth.stl",
    "bones/VHF_Right_Bone_Calcaneous_smooth.stl", "foot-and-leg/right_femur_remeshed.stl", "foot-and-leg/right_hip_bone_remeshed.stl",
)  # fmt: skip


def bones(cases: Path | None, *, most_triangles: int | None = None) -> list[tuple[str, Mesh]]:
    """Real bones where the cases are at hand, or five computed ones of other sizes and sides."""
    from anatofit.samples.long_bone import long_bone

    if cases is None:
        sizes = ((340.0, 150, 66), (250.0, 110, 60), (180.0, 90, 60), (300.0, 130, 72), (400.0, 140, 70))
        sides = (Laterality.LEFT, Laterality.RIGHT)
        return [
            (f"computed {n}", long_bone(sides[n % 2], length_mm=size, rings=rings, around=around))
            for n, (size, rings, around) in enumerate(sizes)
        ]
    return [(Path(name).stem, _read(cases / name, most_triangles)) for name in BONES]


def _read(path: Path, most_triangles: int | None) -> Mesh:
    from anatofit.ingest.surface.read import read_surface
    from anatofit.model.surface_scan import SurfaceAnatomy
    from anatofit.report.display import reduced

    mesh = read_surface(path, unit="mm", anatomy=SurfaceAnatomy.BONE).mesh
    return mesh if most_triangles is None else reduced(mesh, triangles=most_triangles)


def draw_plan(bone: Mesh, random: np.random.Generator) -> dict[str, Any]:
    """A plan whose cuts go through the bone somewhere along its longest side."""
    points = bone.vertices_lps_mm
    low, high = points.min(axis=0), points.max(axis=0)
    axis = int(np.argmax(high - low))
    at = low[axis] + (high - low)[axis] * random.uniform(0.12, 0.88)
    normal = np.eye(3)[axis] + random.normal(size=3) * TILT
    cuts = [_cut(points, axis, at, normal, random)]
    if random.random() < TWO_CUTS:
        beside = at + random.choice([-1.0, 1.0]) * random.uniform(*APART_MM)
        cuts.append(_cut(points, axis, float(beside), normal + random.normal(size=3) * TILT / 2, random))
    plan: dict[str, Any] = {"cut": cuts}
    if random.random() < ORDERED:
        way = np.cross(normal, random.normal(size=3))
        plan["approach"] = np.round(way / np.linalg.norm(way), 3).tolist()
    if random.random() < RELIEVED:
        place = np.array(cuts[0]["point"]) + random.normal(size=3) * 8.0
        plan["relief"] = [{"point": np.round(place, 2).tolist(), "radius_mm": 6.0, "offset_mm": 1.5}]
    return plan


def _cut(points: FloatArray, axis: int, at: float, normal: FloatArray, random: np.random.Generator) -> dict[str, Any]:
    ring = points[np.abs(points[:, axis] - at) < 4.0]
    middle = (ring.min(axis=0) + ring.max(axis=0)) / 2 if len(ring) else points.mean(axis=0)
    return {
        "point": np.round(middle, 2).tolist(),
        "normal": np.round(normal, 3).tolist(),
        "slot": str(random.choice(KINDS)),
    }


def run_plan(bone: Mesh, design: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    """What became of one plan: passed, failed (with the findings' names), refused, or crashed."""
    start = time.perf_counter()
    try:
        outcome = _measure(bone, design, plan)
    except RequestError as error:
        outcome = {"outcome": "refused", "names": sorted({r.rule for r in error.reasons})}
    except GeometryError as error:
        outcome = {"outcome": "boolean", "names": sorted(r.rule for r in error.reasons), "message": str(error)}
    except AnatofitError as error:
        outcome = {"outcome": "stopped", "names": sorted(r.rule for r in error.reasons), "message": str(error)}
    except Exception as error:  # noqa: BLE001 - the study counts crashes of any kind
        outcome = {"outcome": "crash", "names": [type(error).__name__], "message": str(error)[:300]}
    return {**outcome, "seconds": time.perf_counter() - start}


def _measure(bone: Mesh, design: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    """Plan, build, export and verify as a run does."""
    from types import SimpleNamespace

    from anatofit.app import stages
    from anatofit.app.settings import load_settings
    from anatofit.devices.base import surgery_of
    from anatofit.devices.registry import get_device
    from anatofit.model.case import Make

    device: Any = get_device(DEVICE)
    form = surgery_of(device)
    assert form is not None
    anatomy = Anatomy("bone", Laterality.UNPAIRED, {"host": bone})
    spec = device.spec(design, surgery=form.model_validate(plan))
    material, printer = load_settings().choose(Make(material="PA12"))
    job: Any = SimpleNamespace(device=device, spec=spec, material=material, printer=printer)
    made = device.plan(anatomy, spec, case=CASE).model_dump(mode="json")
    parts = device.build(anatomy, device.read_plan(made))
    _, findings = stages.verify(job, stages.export(job, parts, anatomy, made), made)
    failed = sorted(f.id for f in findings if not f.passed)
    unmeasured = sorted(f"{f.id}: {f.detail}" for f in findings if not f.passed and f.measured == NOT_MEASURED)
    return {"outcome": "failed" if failed else "passed", "names": failed, "unmeasured": unmeasured}


def run_study(people: Sequence[tuple[str, Mesh]], count: int, seed: int) -> list[dict[str, Any]]:
    """`count` plans dealt out over the bones."""
    from anatofit.devices.registry import get_device

    device = get_device(DEVICE)
    rows: list[dict[str, Any]] = []
    for number in range(count):
        name, bone = people[number % len(people)]
        random = np.random.default_rng([seed, number])
        design, plan = draw(dict(device.envelope.rows), random), draw_plan(bone, random)
        row = {"number": number, "bone": name, "design": design, "plan": plan, **run_plan(bone, design, plan)}
        rows.append(row)
        why = "; ".join([row.get("message", ""), *row.get("unmeasured", [])])[:240]
        record.say(
            f"{number:4d} {name:28} {row['outcome']:8} {row['seconds']:5.1f} s  {', '.join(row['names'])}  {why}"
        )
    return rows


def summarise(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Counts by outcome."""

    def count(*names: str) -> float:
        return float(sum(row["outcome"] in names for row in rows))

    unnamed = sum(row["outcome"] in ("failed", "refused", "stopped") and not row["names"] for row in rows)
    return {
        "count": float(len(rows)), "bones": float(len({row["bone"] for row in rows})),
        "passed": count("passed"), "failed": count("failed"), "refused": count("refused"), "stopped": count("stopped"),
        "crashes": count("crash"), "boolean_failures": count("boolean"), "unnamed_failures": float(unnamed),
        "unmeasured": float(sum(len(row.get("unmeasured", [])) for row in rows)),
        "seconds": float(sum(row["seconds"] for row in rows)),
    }  # fmt: skip


def main() -> int:
    """0 when the bars hold, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--cases", type=Path, help="folder of the real cases, in place of computed bones")
    parser.add_argument("--count", type=int, default=QUICK, help=f"plans over all bones (nightly: {NIGHTLY})")
    parser.add_argument("--triangles", type=int, help="bones reduced to so many")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = run_study(bones(options.cases, most_triangles=options.triangles), options.count, options.seed)
    figures = summarise(rows)
    table = dict(record.bars("guides"))
    table["count_min"] = min(table["count_min"], options.count)
    return record.finish(options.out, "guides", figures, rows, record.failures(figures, table))


if __name__ == "__main__":
    raise SystemExit(main())
