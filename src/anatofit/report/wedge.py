"""What a wedge does, in words and the numbers of its plan: what a surgeon reads before the saw is taken up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anatofit.report.numbers import triple
from anatofit.report.prose import named_figure


def wedge_told(plan: Mapping[str, Any]) -> str:
    """The correction, its hinge, the bone that is left, and the angles before and after; empty where the plan has no wedge."""
    wedge = plan.get("wedge")
    if not wedge:
        return ""
    entry, gap = float(wedge["entry_mm"]), float(wedge["gap_mm"])
    there = f"opens by {gap:.1f} mm" if wedge["kind"] == "opening" else f"is {gap:.1f} mm high"
    cuts = " and ".join(str(n) for n in wedge["cuts"])
    told = "" if wedge["told_by"] == "coordinates" else ", found from the located joint line and axis"
    return (
        f"{float(wedge['angle_deg']):g}\u00b0 {wedge['kind']} wedge, cut {cuts}; the distal part turns about the hinge line through "
        f"{triple(wedge['hinge_lps_mm'], 1)} mm along {triple(wedge['axis_lps'], 3)}{told}. "
        f"The cut ends at that line: {float(wedge['bridge_mm']):.1f} mm of bone stay whole to the other cortex. "
        f"The saw enters {entry:.1f} mm from it, where the wedge {there}.{_angles(wedge)} "
        "models/corrected_bone.stl shows the bone afterwards, both parts rigid."
    )


def _angles(wedge: Mapping[str, Any]) -> str:
    return "".join(
        f" {named_figure(a['name'])[0]}: {float(a['before_deg']):z.1f}\u00b0 before, {float(a['after_deg']):z.1f}\u00b0 after."
        for a in wedge["angles"]
    )


def blade_told(slot: Mapping[str, Any]) -> str:
    """How far a blade may go from the slot's mouth until it is at the hinge line; empty for a cut that ends at none."""
    ways = slot.get("hinge_mm")
    if ways is None:
        return ""
    near, far = (float(f(ways)) for f in (min, max))
    normal, up = (np.array(slot[k], dtype=np.float64) for k in ("normal_lps", "blade_way_lps"))
    towards = np.cross(up, normal) * (1.0 if ways[1] < ways[0] else -1.0)
    beyond = f"; {far:.1f} mm at the end away from it" if far - near >= 0.1 else ""
    return (
        f" The blade goes in by {near:.1f} mm at most from the mouth at the slot's end towards {triple(towards, 2)}{beyond}: there the "
        "hinge line is reached, and the bone beyond it stays whole."
    )
