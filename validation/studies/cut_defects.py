"""Cuts defects out of intact bone of a head CT, lets the product restore them, and scores what comes back.

The scan itself is edited, so every stage sees the defect as it would see a real one. The removed bone is taken at the
edge that the product gives the whole bone (its field before the cut, negative inside), diploe and sinus filled, on the
scan's grid. Cutting, seeing and scoring share no code with the stages that are judged.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import AnatofitError
from anatofit.model.cranium import BoneEdge, LocatedCranium, RestoredCranium
from anatofit.model.volume import Field, Volume
from validation import record, scoring
from validation.cuts import STUDY, Cut, Region, cut_depth_mm, cut_scan, place, region_of, removed_bone
from validation.rays import View, Wall, find_wall, head_centre_lps_mm, sample

FloatArray = NDArray[np.float64]
NEAR_MM = 25.0  # a located defect whose middle lies within this (or a third of the cut) of the cut's is the cut
RIM_MM = 0.7  # outer-table rays nearer to the wall than this meet the blurred rim and are not scored


def read_scan(folder: Path | None) -> Volume:
    """A scan through the product's own door, or the phantom without a hole."""
    if folder is None:
        from anatofit.samples.head import head_grid
        from anatofit.samples.phantom import HeadPhantom
        from anatofit.samples.render import scan_phantom

        whole = HeadPhantom(hole=None)
        return scan_phantom(whole, head_grid(whole))
    from anatofit.ingest.load import load_scan
    from anatofit.model.case import Patient
    from anatofit.model.scan import ScanLimits

    return load_scan(folder, series=None, limits=ScanLimits(), waivers=(), patient=Patient(), order_date=None).volume


def restore(volume: Volume, middle_lps_mm: FloatArray, near_mm: float) -> RestoredCranium:
    """Segment, locate and restore: the defect nearest to the cut is the one that is asked for."""
    from anatofit.locate.cranium import locate_cranium
    from anatofit.model.case import Locate
    from anatofit.model.frame import Laterality
    from anatofit.restore.cranium import restore_cranium
    from anatofit.segment.bone import segment_bone

    bone = segment_bone(volume)
    located = locate_cranium(bone, ordered=Laterality.UNPAIRED, overrides=Locate(defect=1))
    return restore_cranium(bone, _choose(located, middle_lps_mm, near_mm))


def _choose(located: LocatedCranium, middle_lps_mm: FloatArray, near_mm: float) -> LocatedCranium:
    away = [float(np.linalg.norm(d.centre_lps_mm - middle_lps_mm)) for d in located.defects]
    best = int(np.argmin(away))
    if away[best] > near_mm:
        raise AnatofitError(
            f"no defect was located within {near_mm:.0f} mm of the cut, the nearest is {away[best]:.0f} mm away"
        )
    defect = located.defects[best]
    return replace(located, chosen=defect.number, laterality=defect.laterality)


def score(
    restored: Field,
    truth: NDArray[np.bool_],
    region: Region,
    wall: Wall,
    view: View,
    cut: Cut,
    grid_spacing: FloatArray,
) -> dict[str, float]:
    """Dice and HD95 on the scan's grid; outer-table RMS and mean along rays, measured along the table's normal."""
    piece = sample(restored, region.points_lps_mm, outside=1e3) < 0
    rays = cut_depth_mm(cut, view) < -RIM_MM
    again = find_wall(restored, view)
    share = scoring.normal_share(_smooth(wall.outer_mm), view.cell_rad)
    off = ((again.outer_mm - wall.outer_mm) * share)[rays & wall.intact]
    inner = ((again.inner_mm - wall.inner_mm) * share)[rays & wall.intact]
    seen = np.isfinite(off)
    return {
        "dice": scoring.dice(piece, truth),
        "hd95_mm": scoring.hausdorff_mm(piece, truth, grid_spacing[::-1]),
        "outer_rms_mm": scoring.rms(off[seen]), "outer_mean_mm": float(np.mean(off[seen])) if seen.any() else float("nan"),
        "outer_p95_mm": float(np.percentile(np.abs(off[seen]), 95)) if seen.any() else float("nan"),
        "inner_rms_mm": scoring.rms(inner[np.isfinite(inner)]),
        "inner_mean_mm": float(np.mean(inner[np.isfinite(inner)])) if np.isfinite(inner).any() else float("nan"), "rays_closed_share": float(seen.mean()),
        "removed_mm3": float(truth.sum() * np.prod(grid_spacing)), "restored_mm3": float(piece.sum() * np.prod(grid_spacing)),
    }  # fmt: skip


def _smooth(values: FloatArray) -> FloatArray:
    from scipy import ndimage

    nearest = ndimage.distance_transform_edt(~np.isfinite(values), return_distances=False, return_indices=True)
    return np.asarray(ndimage.gaussian_filter(values[tuple(nearest)], 2.0))


def run_cut(cut: Cut, volume: Volume, bone: BoneEdge, field: Field, centre: FloatArray) -> dict[str, Any] | None:
    """One defect, cut, restored and scored; None where no intact bone is left for it."""
    placed = place(cut, field, centre)
    if placed is None:
        return None
    used, view, wall = placed
    region = region_of(used, view, wall, field.grid)
    truth = removed_bone(field, region)
    box = _box_of(volume, bone.volume)
    edited = cut_scan(Volume(field.grid, volume.hu[box]), region, blur_mm=blur_mm(bone))
    whole = _put_back(volume, edited, box)
    middle = centre + used.axis * float(np.nanmedian(wall.outer_mm[cut_depth_mm(used, view) < 0]))
    row: dict[str, Any] = {
        "number": cut.number,
        "name": cut.name,
        "kind": cut.kind,
        "diameter_mm": cut.diameter_mm,
        "towards": [round(float(v), 3) for v in used.axis],
        "moved_deg": float(np.degrees(np.arccos(np.clip(used.axis @ cut.axis, -1, 1)))),
    }
    start = time.perf_counter()
    try:
        restored = restore(whole, middle, max(NEAR_MM, cut.diameter_mm / 3))
    except AnatofitError as error:
        lost = {"dice": 0.0, "hd95_mm": float("inf"), "outer_rms_mm": float("inf")}
        return {**row, **lost, "failed": str(error), "seconds": time.perf_counter() - start}
    row["seconds"] = time.perf_counter() - start
    return {**row, **score(restored.missing, truth, region, wall, view, used, field.grid.spacing_ijk_mm)}


def blur_mm(bone: BoneEdge) -> float:
    """Standard deviation of the scan's own edges: the scanner's blur and the box of a voxel in the plane."""
    pixel_mm = float(bone.volume.grid.spacing_ijk_mm.min())
    return float(np.clip(np.hypot(bone.figures["blur_mm"], pixel_mm / np.sqrt(12.0)), 0.3, 1.2))


def _box_of(volume: Volume, part: Volume) -> tuple[slice, slice, slice]:
    """Where a part's grid lies in the whole scan."""
    low = np.rint(volume.grid.to_index(part.grid.origin_lps_mm)).astype(int)[::-1]
    k, j, i = (slice(int(a), int(a) + n) for a, n in zip(low, part.grid.shape_kji, strict=True))
    return k, j, i


def _put_back(volume: Volume, part: Volume, box: tuple[slice, slice, slice]) -> Volume:
    """The whole scan with the edited part in its place."""
    hu = volume.hu.copy()
    hu[box] = part.hu
    return Volume(volume.grid, hu)


def summarise(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Mean and worst over the defects."""

    def column(name: str) -> FloatArray:
        return np.array([row[name] for row in rows], dtype=np.float64)

    if not rows:
        return {"count": 0.0}
    return {
        "count": float(len(rows)),
        "dice_mean": float(column("dice").mean()), "dice_worst": float(column("dice").min()),
        "hd95_mean_mm": float(column("hd95_mm").mean()), "hd95_worst_mm": float(column("hd95_mm").max()),
        "outer_rms_mean_mm": float(column("outer_rms_mm").mean()), "outer_rms_worst_mm": float(column("outer_rms_mm").max()),
        "seconds": float(column("seconds").sum()),
    }  # fmt: skip


def run_study(folder: Path | None, numbers: list[int] | None) -> list[dict[str, Any]]:
    """All wanted cuts, one after the other."""
    from anatofit.segment.bone import segment_bone

    volume = read_scan(folder)
    bone = segment_bone(volume)
    field = bone.whole_field()
    centre = head_centre_lps_mm(field)
    rows = []
    for cut in STUDY:
        if numbers and cut.number not in numbers:
            continue
        row = run_cut(cut, volume, bone, field, centre)
        if row is None:
            record.say(f"{cut.number:2d} {cut.name}: no intact bone for it, left out")
            continue
        rows.append(row)
        record.say(_line(row))
    return rows


def _line(row: dict[str, Any]) -> str:
    text = f"{row['number']:2d} {row['name']:<27} {row['diameter_mm']:4.0f} mm  "
    if "failed" in row:
        return text + f"FAILED {row['failed']}"
    return text + (
        f"Dice {row['dice']:.3f}  HD95 {row['hd95_mm']:.2f} mm  outer RMS {row['outer_rms_mm']:.2f} (mean {row['outer_mean_mm']:+.2f}) mm  "
        f"inner RMS {row['inner_rms_mm']:.2f} (mean {row['inner_mean_mm']:+.2f}) mm  moved {row['moved_deg']:.0f}°  {row['seconds']:.0f} s"
    )


def main() -> int:
    """0 when every bar holds (or only some defects were asked for), else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--scan", type=Path, help="folder of a head CT; without it, the project's phantom")
    parser.add_argument("--only", type=int, action="append", help="number of a defect, may be given again")
    options = parser.parse_args()
    rows = run_study(options.scan, options.only)
    figures = summarise(rows)
    missed = [] if options.only else record.failures(figures, record.bars("cut_defects"))
    return record.finish(options.out, "cut_defects", figures, rows, missed)


if __name__ == "__main__":
    raise SystemExit(main())
