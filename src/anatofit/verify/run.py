"""Measures parts against their requirements: one finding for each, whatever happens while measuring."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from anatofit.model.finding import NOT_MEASURED, Finding, Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.subject import Measurement, Subject, said_of

Check = Callable[[Subject, Requirement], Measurement]
# The name of a check in a requirement, and the room that measures it; rooms load their engines when first asked.
CHECKS: Mapping[str, str] = {
    "closed_manifold": "topology.closed_manifold",
    "components": "topology.components",
    "self_intersection": "self_intersection.self_intersection",
    "min_wall": "walls.min_wall",
    "max_wall": "walls.max_wall",
    "clearance_min": "clearance.clearance_min",
    "clearance_rim_p95": "clearance.clearance_rim_p95",
    "penetration": "clearance.penetration",
    "insertion": "insertion.insertion",
    "outer_step": "outer_step.outer_step",
    "coverage": "coverage.coverage",
    "mass_g": "whole.mass_g",
    "extent": "whole.extent",
    "side": "whole.side",
    "fits_printer": "whole.fits_printer",
    "holes": "holes.holes",
    "screw_bone": "screws.screw_bone",
    "engraving": "engraving.engraving",
    "engravings": "engraving.engravings",
    "letters_seen": "legible.letters_seen",
    "slot_plane_mm": "slot_walls.slot_plane_mm",
    "slot_plane_deg": "slot_walls.slot_plane_deg",
    "slot_opening": "slot_walls.slot_opening",
    "blade_free": "blade.blade_free",
    "wedge_angle": "wedge_cuts.wedge_angle",
    "wedge_hinge": "wedge_cuts.wedge_hinge",
    "hinge_bridge": "wedge_cuts.hinge_bridge",
    "blade_stop": "wedge_cuts.blade_stop",
    "correction_deg": "correction.correction_deg",
    "correction_hinge": "correction.correction_hinge",
    "channel_axis_mm": "channels.channel_axis_mm",
    "channel_axis_deg": "channels.channel_axis_deg",
    "channels": "channels.channels",
    "channel_bone": "channel_bone.channel_bone",
    "pins_apart": "pins_apart.pins_apart",
    "feature_wall": "feature_wall.feature_wall",
    "contact_median": "contact.contact_median",
    "contact_p99": "contact.contact_p99",
    "contact_places": "contact.contact_places",
    "wrong_seat": "wrong_seat.wrong_seat",
    "sleeve_tops": "sleeve_tops.sleeve_tops",
    "drill_way": "drill_way.drill_way",
    "keep_out_mm": "keep_out.keep_out_mm",
    "keep_out_deg": "keep_out.keep_out_deg",
    "plate_thickness": "plate_thickness.plate_thickness",
    "oblong_middle": "oblong.oblong_middle",
    "oblong_deg": "oblong.oblong_deg",
    "oblong_sizes": "oblong.oblong_sizes",
    "screw_lengths": "screw_lengths.screw_lengths",
    "screw_held": "screw_lengths.screw_held",
    "line_room": "line_room.line_room",
    "insole_top_median": "insole_top.insole_top_median",
    "insole_top_p99": "insole_top.insole_top_p99",
    "insole_slope": "insole_top.insole_slope",
    "insole_thickness": "insole_form.insole_thickness",
    "insole_cover": "insole_form.insole_cover",
    "insole_sole_holes": "insole_form.insole_sole_holes",
    "insole_room": "insole_form.insole_room",
    "insole_filled": "insole_fill.insole_filled",
    "insole_last": "insole_last.insole_last",
    "insole_side": "insole_side.insole_side",
    "insole_front": "insole_side.insole_front",
    "socket_inner_median": "socket_inner.socket_inner_median",
    "socket_inner_p99": "socket_inner.socket_inner_p99",
    "socket_evened": "socket_inner.socket_evened",
    "socket_wall": "socket_inner.socket_wall",
    "socket_gap": "socket_inner.socket_gap",
    "socket_trim": "socket_form.socket_trim",
    "socket_volume": "socket_form.socket_volume",
    "socket_donning": "socket_form.socket_donning",
    "socket_slots": "socket_slots.socket_slots",
    "socket_strength": "socket_adapter.socket_strength",
    "adapter_deg": "socket_adapter.adapter_deg",
    "adapter_mm": "socket_adapter.adapter_mm",
    "adapter_alignment": "socket_adapter.adapter_alignment",
    "trapped": "trapped.trapped",
    "open_ways": "trapped.open_ways",
    "zones_same": "zone_pieces.zones_same",
    "other_bones": "other_bones.other_bones",
    "stl_3mf_same": "threemf_reader.stl_3mf_same",
}


def verify(
    parts: Mapping[str, Mesh],
    *,
    requirements: Sequence[Requirement],
    models: Mapping[str, Mesh],
    plan: Mapping[str, Any],
    files: Mapping[str, Path] | None = None,
    unread: Mapping[str, str] | None = None,
) -> list[Finding]:
    """A finding for each requirement, in their order. What cannot be measured fails and says why; nothing is raised.

    `unread` says of files of the pack why they could not be read.
    """
    why = dict(unread or {})
    subjects = {
        name: Subject(
            part=mesh,
            host=models.get("host"),
            missing=models.get("missing_bone"),
            whole=models.get("restored"),
            air=models.get("air_walls"),
            keep_out=models.get("keep_out"),
            corrected=models.get("corrected_bone"),
            sole=models.get("sole"),
            last=models.get("last"),
            neighbours=models.get("neighbours"),
            plan=plan,
            files=dict(files or {}),
            unread=why,
        )
        for name, mesh in parts.items()
    }
    return [_finding(subjects.get(r.part), r, why) for r in requirements]


def check_named(name: str) -> Check:
    """The function of a check. Raises ValueError for a name that is not in `CHECKS`."""
    if name not in CHECKS:
        raise ValueError(f"the check {name!r} is unknown; one of {', '.join(sorted(CHECKS))} is wanted")
    room, function = CHECKS[name].split(".")
    return cast(Check, getattr(importlib.import_module(f"anatofit.verify.{room}"), function))


def holds(value: float, requirement: Requirement) -> bool:
    """The value is a number and within the limits."""
    low, high = requirement.limit_low, requirement.limit_high
    return math.isfinite(value) and (low is None or value >= low) and (high is None or value <= high)


def _finding(subject: Subject | None, requirement: Requirement, unread: Mapping[str, str]) -> Finding:
    measured = _measured(subject, requirement, unread)
    value = float(measured.value)
    if not math.isfinite(value):
        measured = Measurement(
            NOT_MEASURED, f"{measured.detail} the result was no number".strip(), measured.values, True
        )
        value = NOT_MEASURED
    passed = not measured.failed and holds(value, requirement)
    return Finding(
        id=requirement.id,
        what=requirement.what,
        measured=value,
        unit=requirement.unit,
        limit_low=requirement.limit_low,
        limit_high=requirement.limit_high,
        passed=passed,
        detail=measured.detail,
        advice="" if passed or value == NOT_MEASURED else requirement.advice,
        values={k: float(v) for k, v in measured.values.items() if math.isfinite(v)},
    )


def _measured(subject: Subject | None, requirement: Requirement, unread: Mapping[str, str]) -> Measurement:
    """The measurement; any error becomes a failed one, because an unproved requirement must never pass or stop the others."""
    try:
        if subject is None:
            path = f"device/{requirement.part}.stl"
            raise ValueError(unread.get(path) or f"{path} is missing")
        return check_named(requirement.check)(subject, requirement)
    except Exception as error:  # noqa: BLE001
        return Measurement(NOT_MEASURED, f"not measured: {said_of(error)}"[:500], failed=True)
