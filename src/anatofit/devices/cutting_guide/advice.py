"""What a clinical engineer may try where a requirement of a cutting guide fails; each id has one."""

from __future__ import annotations

from collections.abc import Mapping

_NOT_THE_ORDER = "no order is meant to give this: report the case; another edge_radius_mm or contact_offset_mm may pass"

ADVICE: Mapping[str, str] = {
    "CG-MESH-1": _NOT_THE_ORDER,
    "CG-MESH-2": _NOT_THE_ORDER,
    "CG-MESH-3": _NOT_THE_ORDER,
    "CG-FILE-1": _NOT_THE_ORDER,
    "CG-SLOT-1": _NOT_THE_ORDER,
    "CG-SLOT-2": _NOT_THE_ORDER,
    "CG-SLOT-3": _NOT_THE_ORDER,
    "CG-BLADE-1": "pins that lean less (pin_angle_deg) or elsewhere ([[plan.pin]]); cuts further apart; a lower sleeve_mm",
    "CG-WEDGE-1": _NOT_THE_ORDER,
    "CG-WEDGE-2": _NOT_THE_ORDER,
    "CG-WEDGE-3": "a hinge further from the other cortex (hinge_from_cortex_mm, or hinge): thinner bone breaks when the wedge is moved",
    "CG-WEDGE-4": "another edge_radius_mm or fillet_mm, or a slot further from what else stands on the base",
    "CG-WEDGE-5": _NOT_THE_ORDER,
    "CG-WEDGE-6": _NOT_THE_ORDER,
    "CG-PIN-1": _NOT_THE_ORDER,
    "CG-PIN-2": _NOT_THE_ORDER,
    "CG-PIN-3": "pins elsewhere ([[plan.pin]]), or a smaller pin_angle_deg: another feature stands in a channel",
    "CG-PIN-4": "pins where the bone is thicker ([[plan.pin]]), or another approach",
    "CG-PIN-5": "pins further apart or aimed away from each other ([[plan.pin]]): the second drill would meet the first wire",
    "CG-WALL-1": "a larger slot_wall_mm or pin_wall_mm, pins further from the slots, or cuts further apart",
    "CG-WALL-2": "a larger base_thickness_mm or edge_radius_mm; a smaller steepest_deg keeps the base off steep bone; or a "
    "material that allows thinner walls ([make] material)",
    "CG-FIT-1": "a smaller steepest_deg, or a finer lattice by a smaller foot_width_mm or foot_reach_mm",
    "CG-FIT-2": "a smaller steepest_deg, or a finer lattice by a smaller foot_width_mm or foot_reach_mm",
    "CG-FIT-3": "a larger foot_reach_mm or foot_width_mm, or another approach, so that the base meets more of the bone",
    "CG-HOST-1": "a larger contact_offset_mm; if the bone's surface is not its edge in the slices, [locate] edge_hu",
    "CG-INSERT-1": "a larger contact_offset_mm or a smaller steepest_deg, or another approach",
    "CG-SEAT-1": "a longer base (foot_reach_mm) or another approach (where it forecasts them, the first page says which), a wider base (foot_width_mm), "
    "or a place where the bone is less even: "
    "on a shaft, or on the vault of a skull, a guide also fits turned round",
    "CG-BESIDE-1": "another approach or place, or a smaller guide: another bone stands in the way",
    "CG-MASS-1": "a smaller base: foot_reach_mm, foot_width_mm, base_thickness_mm",
    "CG-SIZE-1": "a smaller or larger base (foot_reach_mm, foot_width_mm), or fewer cuts in one guide",
    "CG-BOX-1": "another printer ([make] printer), or fewer cuts in one guide",
    "CG-TEXT-1": "a smaller text_height_mm, or a higher slot_height_mm",
    "CG-TEXT-2": "a smaller text_height_mm, a higher slot_height_mm, or pins further from the slots: something stands before a wall",
}
