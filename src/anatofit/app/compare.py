"""Two scans of one limb: laid on each other, what changed of volume and girth by level, and a map of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from anatofit.errors import OutputError, Reason, ScanUnsuitableError
from anatofit.model.frame import Laterality
from anatofit.model.surface_scan import SurfaceAnatomy

if TYPE_CHECKING:
    from anatofit.locate.limb.alike import Change
    from anatofit.locate.limb.located import LocatedLimb
    from anatofit.model.surface_scan import SurfaceScan

CHANGE, MAP = "change.json", "change.png"
SIDES = (Laterality.LEFT, Laterality.RIGHT)


@dataclass(frozen=True, eq=False)
class Compared:
    """What is said of two scans, and the picture of it as PNG."""

    facts: dict[str, Any]
    picture: bytes


def compare_limbs(first: Path, second: Path, *, unit: str | None) -> Compared:
    """The second scan against the first. Raises ScanUnsuitableError where either is no limb, or they are of two sides."""
    from anatofit.locate.limb.alike import changed
    from anatofit.report.limb_map import limb_map
    from anatofit.report.png import encode_png

    pairs = [_read(path, unit, which) for path, which in ((first, "first"), (second, "second"))]
    scans, limbs = [scan for scan, _ in pairs], [limb for _, limb in pairs]
    sides = [limb.side.laterality for limb in limbs]
    if all(side in SIDES for side in sides) and sides[0] is not sides[1]:
        said = (
            "one of the two scans is a left limb by its shape, the other a right one: two scans of one limb are wanted"
        )
        raise ScanUnsuitableError(Reason("wrong-side", said))
    change = changed(limbs[0], limbs[1])
    side = next((side for side in sides if side in SIDES), Laterality.UNPAIRED)
    drawn = limb_map(change.map_mm, change.map_levels_mm, tendon_mm=change.tendon_level_mm, side=side)
    picture = encode_png(drawn)
    return Compared(_facts(change, scans, limbs), picture)


def write_compared(compared: Compared, folder: Path, *, force: bool) -> None:
    """Both files, into a folder of their own. Raises OutputError where it has something in it, or cannot be made."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not force:
        raise OutputError(
            Reason("out", "the folder is in use: it is a file, or holds something; name a new one, or give --force")
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CHANGE).write_text(json.dumps(compared.facts, indent=1) + "\n", encoding="utf-8")
        (folder / MAP).write_bytes(compared.picture)
    except OSError as error:
        raise OutputError(Reason("out", "the folder cannot be written; make room, or name another")) from error


def _read(path: Path, unit: str | None, which: str) -> tuple[SurfaceScan, LocatedLimb]:
    """One scan and its limb. Raises ScanUnsuitableError that says which of the two it is about."""
    from anatofit.ingest.surface.read import read_surface
    from anatofit.locate.limb.find import locate_limb

    try:
        scan = read_surface(path, unit=unit, anatomy=SurfaceAnatomy.LIMB)
        return scan, locate_limb(scan.mesh, ordered=Laterality.UNPAIRED, inner=scan.inner)
    except ScanUnsuitableError as error:
        raise ScanUnsuitableError(Reason(r.rule, f"the {which} scan: {r.message}") for r in error.reasons) from error


def _facts(change: Change, scans: list[SurfaceScan], limbs: list[LocatedLimb]) -> dict[str, Any]:
    from anatofit.report.limb_map import SCALE_MM

    inside = change.map_levels_mm <= change.tendon_level_mm
    low, middle, high = np.percentile(change.map_mm[inside], [5, 50, 95])
    return {
        "scans": [
            {"sha256": scan.sha256, "side": limb.side.laterality.value} for scan, limb in zip(scans, limbs, strict=True)
        ],
        "volume_change_percent": round(change.volume_percent, 3),
        "shared_volume_change_percent": round(change.shared_volume_percent, 3),
        "volume_below_level_mm": round(change.volume_level_mm, 3),
        "distal_end_levels_mm": change.ends_mm.round(3).tolist(),
        "skin_whole_up_to_levels_mm": change.tops_mm.round(3).tolist(),
        "tendon_level_mm": round(change.tendon_level_mm, 3),
        "alike_rms_mm": round(change.rms_mm, 4),
        "skin_change_mm": {"p5": round(low, 3), "median": round(middle, 3), "p95": round(high, 3)},
        "turn": change.placement.turn.round(9).tolist(),
        "move_mm": change.placement.move_mm.round(6).tolist(),
        "levels": [_level(change, i) for i in range(len(change.level_mm))],
        "map": {
            "file": MAP,
            "scale_mm": [-SCALE_MM, SCALE_MM],
            "levels_mm": change.map_levels_mm.round(3).tolist(),
            "angles_deg": (360.0 / change.map_mm.shape[1] * np.arange(change.map_mm.shape[1])).tolist(),
            "change_mm": change.map_mm.round(3).tolist(),
        },
    }


def _level(change: Change, i: int) -> dict[str, Any]:
    pairs = {"area_mm2": change.area_mm2, "perimeter_mm": change.perimeter_mm, "volume_below_mm3": change.volume_mm3}
    return {
        "above_distal_end_mm": float(change.level_mm[i]),
        "below_tendon_mm": round(change.tendon_level_mm - float(change.level_mm[i]), 3),
        **{name: [round(float(v), 2) for v in both[i]] for name, both in pairs.items()},
        "area_change_percent": round(100.0 * float(change.area_mm2[i, 1] / change.area_mm2[i, 0] - 1.0), 3),
    }
