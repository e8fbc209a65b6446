"""Whether the seat that a pack predicts is the seat that another simulation finds: shares of its placements inside the predicted 95 %.

Guides are ordered with [seating] and made into packs; `validation.docking`, which shares no code with the prediction, then puts each on
its bone so many times, from the files of the pack and the model's description alone. Both are figures of a model: how near the model
is to guides in use, no simulation tells.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation import record

PLACEMENTS, SMALL = 1000, 40
SEED = 20_261  # of the held-out placements: none of it is a prediction's
TOGETHER = 50
_TRIANGLE = np.dtype([("normal", "<3f4"), ("corners", "<9f4"), ("extra", "<u2")])
ORDER = """
[order]
case = "STUDY-1"
device = "cutting-guide"
laterality = "L"
prescriber = "Study"
[source]
surface = "bone.stl"
unit = "mm"
{frame}
[seating]
count = {count}
[plan]
{plan}
"""


@dataclass(frozen=True)
class Guide:
    """A guide to be ordered: its bone (None: the computed one), the frame of that file, and the surgeon's plan."""

    name: str
    bone: str | None
    plan: str
    design: str = ""
    frame: str = ""

    def write(self, folder: Path, cases: Path | None, *, count: int) -> Path:
        """The order with its bone beside it."""
        from anatofit.model.frame import Laterality
        from anatofit.samples.long_bone import long_bone
        from anatofit.samples.tibia import binary_stl

        folder.mkdir(parents=True)
        sample = binary_stl(long_bone(Laterality.LEFT)) if self.bone is None or cases is None else None
        (folder / "bone.stl").write_bytes(sample or (Path(cases or "") / str(self.bone)).read_bytes())
        text = ORDER.format(frame=f'frame = "{self.frame}"' if self.frame else "", count=count, plan=self.plan)
        (folder / "order.toml").write_text(text + f"[design]\n{self.design}\n", encoding="utf-8")
        return folder / "order.toml"


_CUT = "approach = {approach}\n[[plan.cut]]\npoint = {point}\nnormal = {normal}\n"
GUIDES = (
    Guide(
        "computed shin bone",
        None,
        _CUT.format(approach=[-0.6, -1.0, 0.0], point=[0.0, -3.0, 292.0], normal=[0.0, 0.0, 1.0]),
        "foot_reach_mm = 14\nfoot_width_mm = 28\nslot_length_mm = 18\nwindow_mm = 0",
    ),
    Guide(
        "left tibia",
        "bones/VHF_Left_Bone_Tibia_smooth.stl",
        _CUT.format(approach=[-1.0, -0.6, 0.0], point=[-470.4, -447.8, 446.8], normal=[0.0, 0.0, 1.0]),
        "slot_length_mm = 30",
        "RAS",
    ),
    Guide(
        "left fibula",
        "bones/VHF_Left_Bone_Fibula_smooth.stl",
        _CUT.format(approach=[-0.861811, -0.5, 0.085336], point=[-471.7, -402.6, 280.0], normal=[0.0, 0.0, 1.0])
        + "[[plan.cut]]\npoint = [-463.9, -403.2, 330.0]\nnormal = [0.2, 0.0, 1.0]\n",
        frame="RAS",
    ),
)


def packed(guide: Guide, folder: Path, cases: Path | None, *, count: int) -> Path:
    """The pack, seating.json in it."""
    from anatofit.app.personalize import Request, personalize

    order = guide.write(folder / "order", cases, count=count)
    return personalize(Request(order, folder / "pack")).pack


def read_stl(path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Vertices, each once, and faces of a binary STL."""
    corners = np.fromfile(path, dtype=_TRIANGLE, offset=84)["corners"].reshape(-1, 3)
    vertices, faces = np.unique(corners, axis=0, return_inverse=True)
    return vertices.astype(np.float64), faces.reshape(-1, 3).astype(np.int64)


def placed(pack: Path, first: int, count: int) -> list[Any]:
    """Held-out placements of a pack's guide, each by its own number."""
    from validation.docking import Model, Site

    plan = json.loads((pack / "plan.json").read_bytes())
    asked = predicted(pack)["asked"]
    site = Site(
        read_stl(pack / "device" / "guide.stl"),
        read_stl(pack / "models" / "host.stl"),
        offset_mm=float(plan["contact_offset_mm"]),
        out=np.array(plan["insertion_direction_lps"]),
    )
    model = Model(**{name: float(asked[name]) for name in ("sigma_mm", "correlation_mm", "start_mm", "start_deg")})
    return [site.dock(model, np.random.default_rng([SEED, n])) for n in range(first, first + count)]


def predicted(pack: Path) -> dict[str, Any]:
    """What the pack says of its guide."""
    found: dict[str, Any] = json.loads((pack / "seating.json").read_bytes())["seating"][0]
    return found


def held_out(pack: Path, count: int, *, processes: int) -> list[Any]:
    """So many placements, in processes."""
    starts = range(0, count, TOGETHER)
    if processes < 2:
        return placed(pack, 0, count)
    with ProcessPoolExecutor(processes) as pool:
        jobs = [pool.submit(placed, pack, start, min(TOGETHER, count - start)) for start in starts]
        return [docked for job in jobs for docked in job.result()]


def rows_of(name: str, pack: Path, found: Sequence[Any]) -> list[dict[str, Any]]:
    """One row a cut: how many of the placements that seat lie inside of what was predicted."""
    from validation.docking import cut_errors, section

    bone, said = read_stl(pack / "models" / "host.stl"), predicted(pack)
    slots = json.loads((pack / "plan.json").read_bytes())["slots"]
    seated = [docked for docked in found if not docked.why_not]
    rows = []
    for slot, cut in zip(slots, said["cuts"], strict=True):
        point, normal = np.array(slot["point_lps_mm"]), np.array(slot["normal_lps"])
        edge = section(*bone, point, normal)
        errors = np.array([cut_errors(docked, point, normal, edge) for docked in seated])
        rows.append(
            {
                "guide": name,
                "cut": cut["number"],
                "placements": len(found),
                "seated": len(seated),
                "not_seated_predicted": said["not_seated"],
                "inside_edge": int((errors[:, 0] <= cut["edge_mm"]["high"]).sum()),
                "inside_angle": int((errors[:, 1] <= cut["angle_deg"]["high"]).sum()),
                "edge_mm_predicted": cut["edge_mm"]["high"],
                "edge_mm_found": float(np.percentile(errors[:, 0], 95)),
                "angle_deg_predicted": cut["angle_deg"]["high"],
                "angle_deg_found": float(np.percentile(errors[:, 1], 95)),
                "edge_median_mm_predicted": cut["edge_mm"]["median"],
                "edge_median_mm_found": float(np.median(errors[:, 0])),
            }
        )
        _tell(rows[-1])
    return rows


def _tell(row: Mapping[str, Any]) -> None:
    n = row["seated"]
    inside = ", ".join(f"{name} {row[f'inside_{name}'] / n:.1%}" for name in ("edge", "angle"))
    said = "; ".join(
        f"{row[f'{name}_predicted']:.2f} {unit} said, {row[f'{name}_found']:.2f} found"
        for name, unit in (("edge_mm", "mm"), ("angle_deg", "°"))
    )
    record.say(f"{row['guide']:20} cut {row['cut']}  {n} of {row['placements']} seat; inside: {inside} (95 %: {said})")


def figures_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """What is held against the bars, over all cuts; and the standard error that so many placements leave on a share of 95 %."""
    placements = {row["guide"]: row["placements"] for row in rows}
    seated = sum(row["seated"] for row in rows)
    return {
        "guides": float(len(placements)),
        "placements": float(sum(placements.values())),
        "edge_share": sum(row["inside_edge"] for row in rows) / max(seated, 1),
        "angle_share": sum(row["inside_angle"] for row in rows) / max(seated, 1),
        "sampling_error": float(np.sqrt(0.95 * 0.05 / max(sum(placements.values()), 1))),
    }


def main() -> int:
    """0 when every bar holds, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--cases", type=Path, help="folder with bones/: a real tibia and fibula")
    parser.add_argument("--count", type=int, default=PLACEMENTS, help="held-out placements of each guide")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="anatofit-seating-") as name:
        for number, guide in enumerate(g for g in GUIDES if g.bone is None or options.cases):
            folder = Path(name) / str(number)
            folder.mkdir()
            pack = packed(guide, folder, options.cases, count=PLACEMENTS)
            rows += rows_of(guide.name, pack, held_out(pack, options.count, processes=options.processes))
    figures = figures_of(rows)
    return record.finish(options.out, "seating", figures, rows, record.failures(figures, record.bars("seating")))


if __name__ == "__main__":
    raise SystemExit(main())
