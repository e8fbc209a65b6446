"""How a device sits on a bone, leads its tools and is held, in words and the numbers of its plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from anatofit.model.words import counted
from anatofit.report.numbers import triple as _triple
from anatofit.report.wedge import blade_told, wedge_told


def seat_on_bone(plan: Mapping[str, Any], part: str, *, scanned: bool = True) -> list[tuple[str, str]]:
    """What to say of it, as (heading, sentences); only of what the plan holds. part: what it is called; scanned: its bones are from one scan."""
    rows = [("Way in", _way(plan, part)), ("Wedge", wedge_told(plan))]
    rows += [(f"Cut {n}", _slot(slot)) for n, slot in enumerate(plan.get("slots", ()), start=1)]
    rows += [*_segments(plan)]
    rows += [(_named(s, n), _trajectory(s)) for n, s in enumerate(plan.get("sleeves", ()), start=1)]
    rows += [("Safe zone", _safe(plan))]
    rows += [(f"Pin {n}", _sleeve(pin)) for n, pin in enumerate(plan.get("pins", ()), start=1)]
    rows += [("Plate", _plate(plan)), *_screws(plan)]
    rows += [(f"Line {n}", _line(keep)) for n, keep in enumerate(plan.get("keeps", ()), start=1)]
    rows += [(f"Stock plate, rank {n}", _stock(row)) for n, row in enumerate(plan.get("stock", ()), start=1)]
    rows += [
        ("Other bones", _others(plan, part, scanned=scanned)),
        ("Contact", _contact(plan)),
        ("Tissue", _tissue(plan, part)),
    ]
    return [(heading, said) for heading, said in rows if said]


_CHOSEN = {"order": "; as ordered", "search": "; chosen by the program: see whether it can be reached"}


def _way(plan: Mapping[str, Any], part: str) -> str:
    if plan.get("comes_off") is False:
        return (
            "The plate does not come off the bone along one straight way: in its seat it touches nothing, but how it is brought there "
            "is for the surgeon to see."
        )
    chosen = _CHOSEN.get(plan.get("approach_from", ""), "")
    return f"The {part} is set down against {_triple(plan['insertion_direction_lps'], 3)}, which points out of the bone{chosen}."


def _slot(slot: Mapping[str, Any]) -> str:
    ends = (
        "one wall, on which the blade rests"
        if slot["resting"]
        else "open at one end"
        if slot["open_end"]
        else "closed all round"
    )
    return (
        f"through {_triple(slot['point_lps_mm'], 1)} mm, normal {_triple(slot['normal_lps'], 3)}: slot {ends}, "
        f"{slot['opening_mm']:g} mm wide for a blade of {slot['blade_mm']:g} mm, {slot['length_mm']:g} mm long, "
        f"walls of {slot['wall_mm']:g} mm.{blade_told(slot)}"
    )


def _segments(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What two cuts beside each other take between them; of those of a wedge its own row tells."""
    slots, wedged = plan.get("slots", ()), set((plan.get("wedge") or {}).get("cuts", ()))
    pairs = [(n, one, other) for n, (one, other) in enumerate(pairwise(slots), start=1) if not {n, n + 1} <= wedged]
    return [(f"Cuts {n} and {n + 1}", _segment(one, other)) for n, one, other in pairs]


def _segment(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    rest, (a, b) = np.subtract(other["point_lps_mm"], one["point_lps_mm"]), (s["normal_lps"] for s in (one, other))
    turn = float(np.rad2deg(np.arctan2(np.linalg.norm(np.cross(a, b)), abs(np.dot(a, b)))))
    return (
        f"{float(np.linalg.norm(rest)):.1f} mm from the middle of the one slot to that of the other, planes at {turn:.1f}° to each other; "
        "each blade takes its own thickness."
    )


def _sleeve(pin: Mapping[str, Any]) -> str:
    depth = pin.get("depth_mm")
    deep = (
        "the axis does not leave the bone" if depth is None else f"{depth:.1f} mm of way to the end of the far cortex"
    )
    return (
        f"channel of {pin['diameter_mm']:g} mm, enters the bone at {_triple(pin['entry_lps_mm'], 1)} mm; {deep}, and "
        f"{pin['top_mm']:g} mm of sleeve above the bone."
    )


def _named(sleeve: Mapping[str, Any], number: int) -> str:
    mark = str(sleeve.get("mark", ""))
    return f"Trajectory {number}" + (f" ({mark})" if mark not in ("", str(number)) else "")


def _trajectory(sleeve: Mapping[str, Any]) -> str:
    """Where a drill goes, how deep, and where its collar stops."""
    depth, insert = sleeve.get("depth_mm"), float(sleeve["insert_mm"])
    led = f"a metal insert of {insert:g} mm in a bore of" if insert else "a channel of"
    far = "the axis does not leave the bone" if depth is None else f"the far cortex ends after {depth:.1f} mm"
    return (
        f"drill of {sleeve['drill_mm']:g} mm through {led} {sleeve['diameter_mm']:g} mm; enters the bone at "
        f"{_triple(sleeve['entry_lps_mm'], 1)} mm, {sleeve['meets_deg']:.0f}° off its normal; target after {sleeve['target_mm']:.1f} mm, of which "
        f"{sleeve['bone_mm']:.1f} mm are bone; {far}. The sleeve's top stands {sleeve['top_mm']:.1f} mm above the bone: a drill whose collar rests on it "
        f"must reach {sleeve['stop_mm']:.1f} mm beyond the collar. The sleeve leans {sleeve['lean_deg']:.0f}° against the way out, and lets the drill "
        f"lean by {sleeve['play_deg']:.1f}°."
    )


def _safe(plan: Mapping[str, Any]) -> str:
    """How far drilled holes stay from what is kept out of; that nothing was named, where sleeves have nothing to keep out of."""
    sleeves = plan.get("sleeves", ())
    if sleeves and not (plan.get("keep_out_surface") or plan.get("keep_outs")):
        return "The order names nothing to keep out of ([[plan.keep_out]]): distances from nerves, vessels and canals were not measured."
    told = [f"trajectory {n} {_kept(s)}" for n, s in enumerate(sleeves, start=1)]
    return f"Of what the order keeps out of: {'; '.join(told)}." if told else ""


def _kept(sleeve: Mapping[str, Any]) -> str:
    away, breach = float(sleeve["keep_out_mm"]), sleeve.get("breach_deg")
    if away <= 0:
        return "reaches into it"
    reached = (
        "no lean about its entry reaches it"
        if breach is None
        else f"a lean of {breach:.1f}° about its entry would reach it"
    )
    return f"stays {away:.1f} mm off, and {reached}"


def _plate(plan: Mapping[str, Any]) -> str:
    stations = plan.get("stations", ())
    if not stations:
        return ""
    wide, thick = ([float(s[k]) for s in stations] for k in ("width_mm", "thickness_mm"))
    return (
        f"{float(plan['length_mm']) + wide[0] / 2 + wide[-1] / 2:.0f} mm long on the bone, {_span(wide)} wide between holes, {_span(thick)} "
        f"thick along its path, down to {float(plan['end_thickness_mm']):g} mm at its tips; the bone turns away by up to "
        f"{float(plan['wrapped_deg']):.0f}° beneath its edges. How strong it is was not computed."
    )


def _span(values_mm: Sequence[float]) -> str:
    low, high = min(values_mm), max(values_mm)
    return f"{low:.3g} mm" if high - low < 0.01 else f"{low:.3g} to {high:.3g} mm"


def _screws(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not plan.get("stations"):
        return []
    screws = sorted([*plan.get("screws", ()), *plan.get("oblongs", ())], key=lambda s: int(s["number"]))
    return [(f"Screw {s['number']}", _screw(s)) for s in screws]


def _screw(screw: Mapping[str, Any]) -> str:
    length, tip = _both_cortices(screw) if screw["hold"] == "bicortical" else _near_cortex(screw)
    lean = float(screw["lean_deg"])
    return (
        f"{float(screw['screw_mm']):g} mm thick, {screw['hold']}, {float(screw['length_mm']):g} mm long in the catalogue's steps ({length}); "
        f"{tip}. {str(screw['kind']).capitalize()} hole of {float(screw['diameter_mm']):g} mm, "
        f"{float(screw['at_mm']):.0f} mm along the path; enters the bone at {_triple(screw['entry_lps_mm'], 1)} mm along "
        f"{_triple([-float(v) for v in screw['axis_lps']], 3)}, {'normal to the plate' if lean < 0.5 else f'leaning {lean:.0f}° from its normal'}."
    )


def _both_cortices(screw: Mapping[str, Any]) -> tuple[str, str]:
    """What its length was chosen by, and where its tip ends."""
    return (
        f"{float(screw['needed_mm']):.1f} mm at least",
        f"from its entry the far cortex ends after {float(screw['depth_mm']):.1f} mm, and its tip stands {float(screw['beyond_mm']):.1f} mm out of it",
    )


def _near_cortex(screw: Mapping[str, Any]) -> tuple[str, str]:
    """The same of a screw that ends in the bone: it is no longer than it may be."""
    depth, left = float(screw["depth_mm"]), -float(screw["beyond_mm"])
    return (
        f"{float(screw['needed_mm']):.1f} mm at most",
        f"its tip ends {depth - left:.1f} mm deep in the bone, {left:.1f} mm before the bone's far side",
    )


def _stock(row: Mapping[str, Any]) -> str:
    depths = [float(depth) for depth in row["depths_mm"] if depth is not None]
    where = "its holes" if len(depths) == len(row["depths_mm"]) else "those that meet any"
    bone = (
        f"{min(depths):.1f} to {max(depths):.1f} mm of bone beneath {where}" if depths else "no bone beneath its holes"
    )
    return (
        f"{row['name']}: as it would rest it stands {float(row['rms_mm']):.2f} mm off the bone (root mean square; median {float(row['median_mm']):.2f} mm, "
        f"at most {float(row['most_mm']):.2f} mm), its holes up to {float(row['off_path_mm']):.1f} mm off the path; of {row['holes']} holes "
        f"{row['holes_over_line']} come within the margin of a line and {row['holes_without_bone']} have less than {float(row['least_bone_mm']):g} mm of "
        f"bone beneath them; {bone}. It was not bent."
    )


def _line(keep: Mapping[str, Any]) -> str:
    kind = "a line over the bone" if keep["points_lps_mm"] else "a plane"
    at = keep["at_mm"]
    where = "does not cross the plate" if at is None else f"crosses the plate {float(at):.0f} mm along its path"
    return f"{kind}, {where}; holes and screws keep {float(keep['margin_mm']):g} mm off it and more."


def _contact(plan: Mapping[str, Any]) -> str:
    if plan.get("stations"):
        return f"its underside stands {plan['contact_offset_mm']:g} mm off the bone over {plan['footing_mm2']:.0f} mm²."
    if "contact_offset_mm" not in plan or "footing_mm2" not in plan:
        return ""
    relieved = plan.get("reliefs", ())
    more = f", further off in {counted(len(relieved), 'region')} that the plan relieves" if relieved else ""
    return f"{plan['contact_offset_mm']:g} mm off the bone{more}; {plan['footing_mm2']:.0f} mm² of ground seen along the way in."


def _others(plan: Mapping[str, Any], part: str, *, scanned: bool) -> str:
    room = plan.get("beside_mm")
    lie, one = (
        ("were scanned", " Bones that touch in the scan are one.")
        if scanned
        else ("stand in the files that name them", "")
    )
    return (
        ""
        if room is None
        else f"in its seat and on its way the {part} was kept {float(room):g} mm off other bones (models/neighbours.stl). "
        f"They lie there as they {lie}: a joint that is bent or opened in surgery moves them.{one}"
    )


def _tissue(plan: Mapping[str, Any], part: str) -> str:
    reach = "its base reaches" if plan.get("pads") else "it lies on it"
    return (
        f"Skin, muscle, vessels and nerves were not looked at. The {part} fits bone that is laid bare as far as {reach}; whether "
        "it can be is for the surgeon to judge."
    )
