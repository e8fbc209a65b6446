"""What a clinical engineer may try where a requirement of a drill guide fails; each id has one."""

from __future__ import annotations

from collections.abc import Mapping

_NOT_THE_ORDER = "no order is meant to give this: report the case; another edge_radius_mm or contact_offset_mm may pass"

ADVICE: Mapping[str, str] = {
    "DG-MESH-1": _NOT_THE_ORDER,
    "DG-MESH-2": _NOT_THE_ORDER,
    "DG-MESH-3": _NOT_THE_ORDER,
    "DG-FILE-1": _NOT_THE_ORDER,
    "DG-SLEEVE-1": _NOT_THE_ORDER,
    "DG-SLEEVE-2": _NOT_THE_ORDER,
    "DG-SLEEVE-3": "trajectories further apart or less across each other, or pins elsewhere ([[plan.pin]]): another feature stands in a channel",
    "DG-SLEEVE-4": _NOT_THE_ORDER,
    "DG-WAY-1": "an entry away from the bone that stands in the way, or an axis that leans away from it",
    "DG-BONE-1": "an entry where the bone is thicker, or another target",
    "DG-SAFE-1": "an entry or target further from what is kept out of, a thinner drill, or a shorter way to the target; of a pin, another place ([[plan.pin]])",
    "DG-SAFE-2": "an entry or target further from what is kept out of, a longer sleeve (sleeve_mm), or a smaller drill_clearance_mm",
    "DG-PIN-1": _NOT_THE_ORDER,
    "DG-PIN-2": _NOT_THE_ORDER,
    "DG-PIN-3": "pins elsewhere ([[plan.pin]]), or a smaller pin_angle_deg: another feature stands in a channel",
    "DG-PIN-4": "pins where the bone is thicker ([[plan.pin]]), or another approach",
    "DG-PIN-5": "pins further apart or aimed away from each other ([[plan.pin]]): the second drill would meet the first wire",
    "DG-WALL-1": "a larger sleeve_wall_mm or pin_wall_mm, or pins further from the sleeves; of two sleeves that meet: trajectories further "
    "apart, or one height for both (sleeve_mm)",
    "DG-WALL-2": "of the base: a larger base_thickness_mm or edge_radius_mm, or a smaller steepest_deg, which keeps it off steep bone; "
    "further off the bone: a longer sleeve_mm or plate_mm, so that letters, bars and plates stand clear of each other, or text none; "
    "anywhere: a material that allows thinner walls ([make] material)",
    "DG-FIT-1": "a smaller steepest_deg, or a finer lattice by a smaller foot_reach_mm",
    "DG-FIT-2": "a smaller steepest_deg, or a finer lattice by a smaller foot_reach_mm",
    "DG-FIT-3": "a larger foot_reach_mm, or another approach, so that the base meets more of the bone",
    "DG-HOST-1": "a larger contact_offset_mm; if the bone's surface is not its edge in the slices, [locate] edge_hu",
    "DG-INSERT-1": "a larger contact_offset_mm or a smaller steepest_deg, or another approach",
    "DG-SEAT-1": "another approach, a wider base (foot_reach_mm), or entries where the bone is less even: on a shaft, or on the vault "
    "of a skull, a guide also fits turned round",
    "DG-BESIDE-1": "another approach or place, or a smaller guide: another bone stands in the way",
    "DG-MASS-1": "a smaller base: foot_reach_mm, base_thickness_mm",
    "DG-SIZE-1": "a smaller or larger base (foot_reach_mm), or fewer trajectories in one guide",
    "DG-BOX-1": "another printer ([make] printer), or fewer trajectories in one guide",
    "DG-TEXT-1": "a smaller text_height_mm, or a larger plate_mm",
    "DG-TEXT-2": "another approach, a larger sleeve_mm or plate_mm, or a smaller text_height_mm; shorter or fewer pins (pin_sleeve_mm, "
    "pin_count): something stands before a plate's face",
}
