"""What a podiatrist or engineer may try where a requirement of an insole fails; each id has one."""

from __future__ import annotations

from collections.abc import Mapping

_NOT_THE_ORDER = "no order is meant to give this: report the case; another smoothing_mm or edge_radius_mm may pass"

ADVICE: Mapping[str, str] = {
    "IN-MESH-1": _NOT_THE_ORDER,
    "IN-MESH-2": "a smaller edge_radius_mm or bevel_deg: the sides of a narrow place meet",
    "IN-MESH-3": _NOT_THE_ORDER,
    "IN-FILE-1": _NOT_THE_ORDER,
    "IN-TOP-1": _NOT_THE_ORDER,
    "IN-TOP-2": "a larger smoothing_mm: noise of the scan is finer than the triangles of the insole",
    "IN-SLOPE-1": "lower steepest_deg, heel_cup_mm or lateral_wall_mm; elements that are lower or wider ([[plan.element]])",
    "IN-THICK-1": "a larger smoothing_mm or thickness_mm: the scan is rougher than the triangles of the insole",
    "IN-THICK-2": "a larger thickness_mm, or shallower pockets ([[plan.element]], offload)",
    "IN-SKIN-1": "a larger skin_mm",
    "IN-TRAP-1": "another cell_mm or fill_density: where sheets and skin meet changes with them",
    "IN-FILL-1": "a larger thickness_mm or a smaller cell_mm: under a thin insole corners and the ground take more of a lattice",
    "IN-TRAP-2": "a larger cell_mm, or a smaller sheet_mm or fill_density",
    "IN-WALL-1": "with a lattice another cell_mm or a larger sheet_mm; a larger edge_offset_mm or thickness_mm, a smaller bevel_deg or "
    "edge_radius_mm, or a material that allows thinner walls ([make] material)",
    "IN-COVER-1": "a larger edge_offset_mm; with a shoe last ([source] last) a wider one",
    "IN-COVER-2": "a scan that shows the whole sole: where it has a hole the top stands up into it",
    "IN-LAST-1": "a last with finer triangles, or with a sharper edge around its bottom",
    "IN-SIDE-1": "check side and source; an insole without arch (arch_height_mm, arch_raise_mm) is told from the other side by its letters alone",
    "IN-SIDE-2": "check side and source; the front end of another length tells the side more clearly",
    "IN-SHOE-1": "a smaller toe_room_mm or length, or a longer shoe (shoe_length_mm)",
    "IN-SHOE-2": "a smaller edge_offset_mm, or a wider shoe (shoe_width_mm)",
    "IN-MASS-1": "a smaller thickness_mm, arch_height_mm or length, or a lighter material ([make] material)",
    "IN-SIZE-1": "another length or toe_room_mm; check the unit of the scan",
    "IN-BOX-1": "another printer ([make] printer), or a shorter length",
    "IN-TEXT-1": "a smaller text_height_mm, or pockets further from the letters",
}
