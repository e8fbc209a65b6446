"""How a device sits on a bone, leads its tools and is held, in words and the numbers of its plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.model.words import counted


def seat_on_bone(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What to say of it, as (heading, sentences); only of what the plan holds."""
    rows = [("Way in", _way(plan))]
    rows += [(f"Cut {n}", _slot(slot)) for n, slot in enumerate(plan.get("slots", ()), start=1)]
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


def _contact(plan: Mapping[str, Any]) -> str:
    relieved = plan.get("reliefs", ())
    more = f", further off in {counted(len(relieved), 'region')} that the plan relieves" if relieved else ""
    return f"{plan['contact_offset_mm']:g} mm off the bone{more}; {plan['footing_mm2']:.0f} mm² of ground seen along the way in."


def _tissue() -> str:
    return (
        "Skin, muscle, vessels and nerves were not looked at. The guide fits bone that is laid bare as far as its base reaches; whether "
        "it can be is for the surgeon to judge."
    )
