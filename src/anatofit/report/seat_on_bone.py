"""How a device sits on a bone, leads its tools and is held, in words and the numbers of its plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.model.words import counted


def seat_on_bone(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What to say of it, as (heading, sentences); only of what the plan holds."""
    rows = [("Way in", _way(plan))]
    rows += [(f"Cut {n}", _slot(slot)) for n, slot in enumerate(plan.get("slots", ()), start=1)]
    rows += [(_named(s, n), _trajectory(s)) for n, s in enumerate(plan.get("sleeves", ()), start=1)]
    rows += [("Safe zone", _safe(plan))]
    rows += [(f"Pin {n}", _sleeve(pin)) for n, pin in enumerate(plan.get("pins", ()), start=1)]
    rows += [("Contact", _contact(plan)), ("Tissue", _tissue())]
    return [(heading, said) for heading, said in rows if said]


def _triple(values: Any, digits: int) -> str:
    return f"({', '.join(f'{float(v):.{digits}f}' for v in values)})".replace("-", "\u2212")


def _way(plan: Mapping[str, Any]) -> str:
    chosen = (
        "as ordered" if plan.get("approach_from") == "order" else "chosen by the program: see whether it can be reached"
    )
    return f"The guide is set down against {_triple(plan['insertion_direction_lps'], 3)}, which points out of the bone; {chosen}."


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
        f"{slot['opening_mm']:g} mm wide for a blade of {slot['blade_mm']:g} mm, {slot['length_mm']:g} mm long, walls of {slot['wall_mm']:g} mm."
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


def _contact(plan: Mapping[str, Any]) -> str:
    relieved = plan.get("reliefs", ())
    more = f", further off in {counted(len(relieved), 'region')} that the plan relieves" if relieved else ""
    return f"{plan['contact_offset_mm']:g} mm off the bone{more}; {plan['footing_mm2']:.0f} mm² of ground seen along the way in."


def _tissue() -> str:
    return (
        "Skin, muscle, vessels and nerves were not looked at. The guide fits bone that is laid bare as far as its base reaches; whether "
        "it can be is for the surgeon to judge."
    )
