"""Random holes cut from skins whose truth is kept: how far off what closes them lies, and whether the figure that the scan's report gives tells it.

    python -m validation.studies.skin_holes [--cases DIR] [--count 40] [--first N] [--out results.json]

A round hole of 12 to 40 mm is cut anywhere out of a computed limb, with up to 0.3 mm of noise, or a computed foot; with --cases every other skin is a real
one. The file is read as any scan is. Truth are the vertices that were cut out, where they stood: noise counts as error.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.model.surface_scan import SurfaceAnatomy
from validation import record
from validation.studies.sockets import limb_of

QUICK = 40
HALF_MM = (6.0, 20.0)
LET_PASS_MM = 1.0  # what an order may be made from without a waiver
REAL = (
    ("limb/limb_scan_A.stl", SurfaceAnatomy.LIMB),
    ("foot-and-leg/right_foot_skin_cut90mm.stl", SurfaceAnatomy.FOOT),
    ("limb/mean_skin_full_size.stl", SurfaceAnatomy.LIMB),
)


@cache
def real(path: Path) -> Mesh:
    """A scan of the cases."""
    from anatofit.ingest.surface.read import read_surface

    return read_surface(path, unit="mm").mesh


def skin_of(number: int, random: np.random.Generator, cases: Path | None) -> tuple[str, Mesh, SurfaceAnatomy]:
    """The skin of a number, by name, and what it is of."""
    if cases is not None and number % 2:
        name, of = REAL[number // 2 % len(REAL)]
        return name, real(cases / name), of
    if number % 4:
        return f"computed limb {number}", limb_of(random), SurfaceAnatomy.LIMB
    from anatofit.samples.foot import in_lps, skin

    return (
        f"computed foot {number}",
        in_lps(skin(Laterality.RIGHT, step_mm=3.0)),
        SurfaceAnatomy.FOOT,
    )


def cut_out(mesh: Mesh, at: FloatArray, half_mm: float) -> tuple[Mesh, FloatArray]:
    """The skin without its triangles so near to a place, and the vertices that it lost."""
    off = np.linalg.norm(mesh.triangles_lps_mm.mean(axis=1) - at, axis=1)
    kept = mesh.faces[off > half_mm]
    lost = np.setdiff1d(mesh.faces, kept)
    return Mesh(mesh.vertices_lps_mm, kept), mesh.vertices_lps_mm[lost]


def closed(holed: Mesh, lost_mm: FloatArray, of: SurfaceAnatomy) -> dict[str, Any]:
    """What the report tells of the holes, and how far the lost vertices lie off the surface that was read."""
    from anatofit.errors import ScanUnsuitableError
    from anatofit.ingest.surface.read import read_surface
    from anatofit.samples.tibia import binary_stl
    from anatofit.verify.surface import Surface

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scan.stl"
        path.write_bytes(binary_stl(holed))
        try:
            scan = read_surface(path, unit="mm", anatomy=of)
        except ScanUnsuitableError as error:
            return {"outcome": f"refused: {error.reasons[0].rule}"}
    if len(scan.holes) != 1:
        return {"outcome": f"{len(scan.holes)} holes"}
    facts = scan.holes[0].facts
    truth = float(np.abs(Surface(scan.mesh).distance_mm(lost_mm)).max())
    told = {"width_mm": facts.width_mm, "told_mm": facts.off_mm, "flat": facts.flat}
    return {"outcome": "closed", **told, "off_mm": round(truth, 3)}


def run_number(number: int, seed: int, cases: Path | None) -> dict[str, Any]:
    """One hole of the study."""
    random = np.random.default_rng([seed, number])
    name, mesh, of = skin_of(number, random, cases)
    at = mesh.vertices_lps_mm[int(random.integers(len(mesh.vertices_lps_mm)))]
    holed, lost = cut_out(mesh, at, float(random.uniform(*HALF_MM)))
    made = closed(holed, lost, of) if len(lost) else {"outcome": "nothing was lost"}
    return {"number": number, "skin": name, **made}


def summarise(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Shares and worst cases over the holes that were closed."""
    told = [row for row in rows if row["outcome"] == "closed" and row["told_mm"] is not None]
    passed = [row["off_mm"] for row in told if row["told_mm"] <= LET_PASS_MM]
    return {
        "count": float(len(rows)),
        "told_count": float(len(told)),
        "let_pass_count": float(len(passed)),
        "let_pass_wrong_percent": 100.0 * float(np.mean([off > LET_PASS_MM for off in passed])) if passed else 0.0,
        "let_pass_median_mm": float(np.median(passed)) if passed else 0.0,
        "let_pass_worst_mm": max(passed, default=0.0),
        "further_than_told_percent": 100.0 * float(np.mean([row["off_mm"] > row["told_mm"] for row in told])),
    }


def main() -> int:
    """0 when the bars hold, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--cases", type=Path, help="folder of real scans: every other skin is one of them")
    parser.add_argument("--count", type=int, default=QUICK)
    parser.add_argument("--first", type=int, default=0, help="number of the first hole")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    numbers = range(options.first, options.first + options.count)
    rows = [run_number(number, options.seed, options.cases) for number in numbers]
    figures = summarise(rows)
    table = record.asked_bars("skin_holes", count=options.count)
    return record.finish(options.out, "skin_holes", figures, rows, record.failures(figures, table))


if __name__ == "__main__":
    raise SystemExit(main())
