"""What a prosthetist or engineer may try where a requirement of a socket fails; each id has one."""

from __future__ import annotations

from collections.abc import Mapping

_NOT_THE_ORDER = "no order is meant to give this: report the case; a larger smoothing_mm may pass"

ADVICE: Mapping[str, str] = {
    "SK-MESH-1": _NOT_THE_ORDER,
    "SK-MESH-2": "a trim line that rises less steeply and turns less sharply ([[plan.trim]], trim_side_mm), wider or shallower regions, a smaller "
    "flare_mm, or a larger smoothing_mm: the brim or the inner face folds where it turns too sharply",
    "SK-MESH-3": _NOT_THE_ORDER,
    "SK-FILE-1": _NOT_THE_ORDER,
    "SK-FIT-1": _NOT_THE_ORDER,
    "SK-FIT-2": "a larger smoothing_mm, or a wider falloff_mm: detail is finer than the triangles of the socket",
    "SK-LIMB-1": "a smaller smoothing_mm, or a scan with less noise",
    "SK-WALL-1": "a wider falloff_mm, a smaller thicker_mm or less depth_mm of the region there, a trim line that rises less steeply there "
    "([[plan.trim]]), a smaller flare_mm, or a larger smoothing_mm: the wall thins where the inner face turns sharply",
    "SK-WALL-2": "a larger wall_mm, a smaller text_depth_mm, or a material that allows thinner walls ([make] material)",
    "SK-GAP-1": "a larger distal_gap_mm, or less depth of regions at the distal end",
    "SK-TRIM-1": "a smaller flare_mm, or points of the trim line ([[plan.trim]]) that rise less steeply",
    "SK-VOL-1": _NOT_THE_ORDER,
    "SK-DON-1": "a lower trim_back_mm or trim_front_mm, a shallower bar or a smaller strength_percent, a larger liner_mm; a bulbous end may need a "
    "socket in two parts",
    "SK-ADAPT-1": _NOT_THE_ORDER,
    "SK-ADAPT-2": _NOT_THE_ORDER,
    "SK-ALIGN-1": _NOT_THE_ORDER,
    "SK-HOLE-1": _NOT_THE_ORDER,
    "SK-HOLE-2": _NOT_THE_ORDER,
    "SK-HOLE-3": "a larger block_mm or hole_depth_mm",
    "SK-BORE-1": "a smaller bore_mm, or smaller offsets of the adapter",
    "SK-SLOT-1": "fewer or smaller slots",
    "SK-STRONG-1": "wall_mm and hole_depth_mm left open (0), which makes them as strong as may be; a larger hole_mm (with inserts) or hole_pitch_mm, a larger "
    "distal_wall_mm, or a stronger material ([make] material)",
    "SK-MASS-1": "a smaller wall_mm, distal_wall_mm or block_mm, or a lighter material ([make] material)",
    "SK-SIZE-1": "a lower trim_side_mm; check the unit of the scan",
    "SK-BOX-1": "another printer ([make] printer), or a lower trim line",
    "SK-TEXT-1": "a smaller text_height_mm or a larger block_mm",
}
