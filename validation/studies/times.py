"""From a surface to a pack: wall time of whole runs, each the median of some, on a machine that does nothing else.

    python -m validation.studies.times --cases DIR [--runs 3] [--out results.json]

The guide's bone is a real left tibia in 200,000 triangles, with the seating study and without; the socket's limb a real scan; the foot
of the insoles is computed, and the pressures under it are synthetic. A time counts only where the run was good: exit 0, so every
requirement held.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fast_simplification
import trimesh

from validation import record
from validation.bench import COMMAND, measure

BONE_TRIANGLES = 200_000
TIBIA, LIMB = "bones/VHF_Left_Bone_Tibia_smooth.stl", "limb/limb_scan_A.stl"
_ORDER = '[order]\ncase = "TIME-1"\ndevice = "{device}"\nlaterality = "{side}"\nprescriber = "Validation"\n'
_SOURCE = '[source]\nsurface = "{surface}"\nunit = "mm"\n'
_CUT = '[[plan.cut]]\npoint = [470.4, 447.8, 446.8]\nnormal = [0.0, 0.0, 1.0]\nmarks = ["PROX", "DIST"]\n[plan]\napproach = [1.0, 0.6, 0.0]\n'  # fmt: skip
_SOCKET = '[design]\ntemplate = "ptb"\n[make]\nmaterial = "PA12"\nprinter = "filament-300"\n'
_INSOLE = 'pressure = "pressure.csv"\n[design]\nfill = "{fill}"\nthickness_mm = 5\n[make]\nmaterial = "TPU-85A"\nprinter = "filament-300"\n'  # fmt: skip


def parted(bone: trimesh.Trimesh, triangles: int) -> trimesh.Trimesh:
    """A closed surface with so many triangles: lightened to a quarter of them, each parted into four at the middles of its edges."""
    light = trimesh.Trimesh(*fast_simplification.simplify(bone.vertices, bone.faces, target_count=triangles // 4))
    return light.subdivide()


def orders(cases: Path, folder: Path) -> Mapping[str, Path]:
    """The orders by the name of their figure, written into a folder with what they are of."""
    from anatofit.samples.foot_case import write_foot

    parted(trimesh.load_mesh(cases / TIBIA), BONE_TRIANGLES).export(folder / "tibia.stl")
    (folder / "limb.stl").write_bytes((cases / LIMB).read_bytes())
    write_foot(folder)
    guide = _ORDER.format(device="cutting-guide", side="L") + _SOURCE.format(surface="tibia.stl") + 'frame = "RAS"\n' + _CUT  # fmt: skip
    foot = _ORDER.format(device="insole", side="R") + _SOURCE.format(surface="foot.stl")
    texts = {
        "guide": guide,
        "guide_seated": guide + "[seating]\ncount = 1000\n",
        "socket": _ORDER.format(device="socket", side="R") + _SOURCE.format(surface="limb.stl") + _SOCKET,
        "insole_solid": foot + _INSOLE.format(fill="solid"),
        "insole_lattice": foot + _INSOLE.format(fill="lattice"),
    }
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.toml" for name in texts}


def run_orders(asked: Mapping[str, Path], runs: int) -> list[dict[str, Any]]:
    """Every order in turn, `runs` times over."""
    rows = []
    for number in range(1, runs + 1):
        for name, path in asked.items():
            command = [sys.executable, "-c", COMMAND, "run", path.name, "--out", f"{name}-pack", "--force"]
            timing = measure(command, cwd=path.parent)
            rows.append({"order": name, "run": number, **vars(timing)})
            record.say(f"{name:16} {timing.wall_s:6.1f} s  exit {timing.exit}")
    return rows


def figures_of(rows: list[dict[str, Any]]) -> dict[str, float]:
    """The median wall time of each order, and how many runs were not good."""
    walls = {name: [row["wall_s"] for row in rows if row["order"] == name] for name in {row["order"] for row in rows}}
    return {f"{name}_s": statistics.median(wall) for name, wall in sorted(walls.items())} | {
        "bad_runs": float(sum(row["exit"] != 0 for row in rows))
    }


def main() -> int:
    """0 when the bars hold, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--cases", type=Path, required=True, help="folder of the real cases")
    parser.add_argument("--runs", type=int, default=3, help="runs of each order")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="anatofit-times-") as name:
        rows = run_orders(orders(options.cases, Path(name)), options.runs)
    figures = figures_of(rows)
    return record.finish(options.out, "times", figures, rows, record.failures(figures, record.bars("times")))


if __name__ == "__main__":
    raise SystemExit(main())
