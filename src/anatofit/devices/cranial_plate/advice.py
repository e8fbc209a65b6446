"""What a clinical engineer may try where a requirement of a cranial plate fails; each id has one."""

from __future__ import annotations

from collections.abc import Mapping

_APART = "(either needs separate plates, which the surgeon chooses and places: no screw of the part then reaches bone)"
_RECESS = 'fixation = "recess" (needs separate plates, which the surgeon chooses and places: no screw of the part then reaches bone)'
_NOT_THE_ORDER = "no order is meant to give this: report the case; another edge_radius_mm or gap_mm may pass"

ADVICE: Mapping[str, str] = {
    "CR-MESH-1": _NOT_THE_ORDER,
    "CR-MESH-2": _NOT_THE_ORDER,
    "CR-MESH-3": _NOT_THE_ORDER,
    "CR-FILE-1": _NOT_THE_ORDER,
    "CR-WALL-1": "the other thickness_mode, another edge_radius_mm, or a smaller gap_mm; where the place lies beneath the case number, "
    'a smaller text_height_mm or text = "none" (the limit follows thickness_mm and text_depth_mm)',
    "CR-WALL-2": "the other thickness_mode, another edge_radius_mm, or a smaller gap_mm; at a hole a larger "
    'perforation_rim_mm, or perforations = "off"; at a tab a larger tab_thickness_mm or tab_width_mm, or '
    f"{_RECESS}; or a material that allows thinner walls ([make] material)",
    "CR-WALL-3": 'a smaller thickness_max_mm, or thickness_mode = "set"; where that is set, a smaller thickness_mm',
    "CR-GAP-1": "a larger gap_mm (around sharp bone the part's facets then take less of it); beneath a tab another tab_count, "
    f"or {_RECESS}",
    "CR-GAP-2": "see on the map of clearance where the gap is wide; if the defect's outline is not the true one there, give it "
    "([locate] rim). Another gap_mm does not help, the limit follows it",
    "CR-HOST-1": "a larger gap_mm; if the host's surface is not the bone's edge in the slices, [locate] edge_hu",
    "CR-INSERT-1": 'a larger gap_mm; fewer tabs (tab_count), or fixation = "recess" or "none" ' + _APART,
    "CR-STEP-1": "see restored skull and map of confidence; [locate] midplane if the mirror plane is wrong, [locate] rim if "
    "displaced or remodelled bone at the rim was left outside the outline",
    "CR-COVER-1": "[locate] rim, drawn around all that is missing; a smaller edge_radius_mm keeps narrow tongues of the part",
    "CR-MASS-1": 'a smaller thickness_max_mm, thickness_mode = "set", or a lighter material ([make] material)',
    "CR-SIZE-1": 'too large: shorter tabs (tab_length_mm), or fixation = "recess" or "none" '
    f"{_APART}; else check the outline ([locate] rim): for other sizes of defect this device is not meant",
    "CR-SIDE-1": "compare the order's laterality with the patient's records first; then [locate] defect or [locate] midplane",
    "CR-BOX-1": 'a larger printer ([make] printer); shorter tabs (tab_length_mm), or fixation = "recess" or "none" '
    + _APART,
    "CR-HOLE-1": "another perforation_pitch_mm or a larger perforation_rim_mm puts the holes elsewhere, perforations = "
    '"off" leaves them out; for a screw\'s hole another tab_count',
    "CR-SCREW-1": "another tab_count or tab_length_mm puts the screws elsewhere; a smaller screw_bone_mm where a shorter screw will do; "
    'or fixation = "recess" or "none" ' + _APART,
    "CR-TEXT-1": 'a smaller text_height_mm, another text_depth_mm, or text = "none"',
}
