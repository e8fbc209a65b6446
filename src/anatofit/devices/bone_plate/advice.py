"""What a clinical engineer may try where a requirement of a bone plate fails; each id has one."""

from __future__ import annotations

from collections.abc import Mapping

_NOT_THE_ORDER = "no order is meant to give this: report the case; another edge_radius_mm or contact_offset_mm may pass"
_BONE = "screws where the bone is thicker ([[plan.screw]]), or a path over thicker bone"

ADVICE: Mapping[str, str] = {
    "BP-MESH-1": _NOT_THE_ORDER,
    "BP-MESH-2": _NOT_THE_ORDER,
    "BP-MESH-3": _NOT_THE_ORDER,
    "BP-FILE-1": _NOT_THE_ORDER,
    "BP-HOLE-1": _NOT_THE_ORDER,
    "BP-HOLE-2": _NOT_THE_ORDER,
    "BP-HOLE-3": "screws further apart, or aimed less steeply ([[plan.screw]] target): another hole's recess stands in a hole",
    "BP-OBLONG-1": _NOT_THE_ORDER,
    "BP-OBLONG-2": _NOT_THE_ORDER,
    "BP-OBLONG-3": "screws further apart, or aimed less steeply ([[plan.screw]] target): another hole's recess stands in a hole",
    "BP-BONE-1": _BONE,
    "BP-BONE-2": _BONE,
    "BP-LENGTH-1": "monocortical screws (screw_hold) where the far cortex is thin or hollow, or screws elsewhere; if the bone's surface "
    "is not its edge in the slices, [locate] edge_hu",
    "BP-LENGTH-2": "monocortical screws (screw_hold) where the far cortex is thin or hollow, or screws elsewhere; if the bone's surface "
    "is not its edge in the slices, [locate] edge_hu",
    "BP-LINE-1": "screws further from the line, or aimed away from it ([[plan.screw]] target)",
    "BP-WALL-1": "where the place lies beside a hole, the hole on more even bone ([[plan.screw]] at_mm, one for each screw); else a path over "
    "more even bone, a smaller wrap_deg, or a larger thickness_mm, end_thickness_mm or hole_wall_mm; or a material that allows thinner walls "
    "([make] material)",
    "BP-THICK-1": "a path over bone that is less hollow, or a smaller width_mm; a plate that wraps the bone less (wrap_deg)",
    "BP-FIT-1": "a path over smoother bone, or a smaller width_mm",
    "BP-FIT-2": "a path over smoother bone, or a smaller width_mm",
    "BP-FIT-3": "a path over smoother bone, or a larger width_mm",
    "BP-HOST-1": "a larger contact_offset_mm; if the bone's surface is not its edge in the slices, [locate] edge_hu",
    "BP-GAP-1": "a larger contact_offset_mm",
    "BP-INSERT-1": "a larger contact_offset_mm, a smaller width_mm, or a path that bends around the bone less",
    "BP-BESIDE-1": "another approach or place, or a smaller plate: another bone stands in the way",
    "BP-MASS-1": "a shorter path, or a smaller width_mm or thickness_mm",
    "BP-SIZE-1": "a shorter or longer path",
    "BP-BOX-1": "another printer ([make] printer), or a shorter path",
    "BP-TEXT-1": "a smaller text_height_mm, or a larger width_mm",
}
