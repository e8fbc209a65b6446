"""How a part goes in, stands on bone and is held, in the words of a surgeon and the numbers of its plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from anatofit.model.finding import Finding
from anatofit.model.words import counted
from anatofit.report.directions import way_in

_STEP = "CR-STEP-1"
_BRIDGED = (
    "No screw of this part reaches bone: the holes are for separate plates (miniplates) that bridge from the part to the bone, which "
    "the surgeon chooses and places."
)


def seat(plan: Mapping[str, Any], findings: Sequence[Finding] = ()) -> list[tuple[str, str]]:
    """What to say of the implant's seat, as (heading, sentences); only of what the plan holds."""
    rows = [
        ("Way in", _way(plan)),
        ("Tabs", _tabs(plan)),
        ("Screws", _screws(plan)),
        ("Flush with bone", _flush(findings)),
        ("Scalp", _scalp(plan)),
    ]
    return [(heading, said) for heading, said in rows if said]


def _way(plan: Mapping[str, Any]) -> str:
    outward = plan.get("insertion_direction_lps")
    if outward is None:
        return ""
    said = way_in(np.asarray(outward, dtype=np.float64))
    said = f"{said[:1].upper()}{said[1:]}. Angles are those of the scan's axes, not of the head's own"
    length = plan.get("insertion_length_mm")
    return f"{said}; the last {length:g} mm of the way were looked at." if length else f"{said}."


def _tabs(plan: Mapping[str, Any]) -> str:
    tabs = plan.get("tabs") or ()
    if not tabs:
        return ""
    thick, gap_mm = [float(tab["thickness_mm"]) for tab in tabs], float(plan.get("gap_mm", 0.0))
    return (
        f"{counted(len(tabs), 'tab')} over the bone outside the rim: {_span(thick)} thick and {gap_mm:g} mm off the bone, so that "
        f"the outer face stands {_span([mm + gap_mm for mm in thick])} above it as planned, and more over a hollow of the bone."
    )


def _span(values_mm: Sequence[float]) -> str:
    low, high = min(values_mm), max(values_mm)
    return f"{low:g} mm" if low == high else f"{low:g} to {high:g} mm"


def _screws(plan: Mapping[str, Any]) -> str:
    screws = plan.get("screws")
    if screws is None:
        return ""
    if not screws:
        return (
            "The part has no fixation of its own, neither tab nor screw hole: it needs separate plates or other means, and how it is held is "
            "for the surgeon to decide."
        )
    kinds = {(s["kind"], s["diameter_mm"], s["recess_diameter_mm"], s["recess_depth_mm"]) for s in screws}
    return " ".join(_holes(screws, kind) for kind in sorted(kinds))


def _holes(screws: Sequence[Mapping[str, Any]], kind: tuple[str, float, float, float]) -> str:
    where, diameter_mm, head_mm, depth_mm = kind
    keys = ("kind", "diameter_mm", "recess_diameter_mm", "recess_depth_mm")
    holes = counted(sum(tuple(s[k] for k in keys) == kind for s in screws), "screw hole")
    place = "in the tabs" if where == "tab" else "in the plate, inside the rim"
    said = f"{holes} of {diameter_mm:g} mm {place}"
    if depth_mm <= 0:
        return f"{said}, without a countersink: a screw's head stands on the {'tab' if where == 'tab' else 'plate'}."
    said = f"{said}, countersunk {depth_mm:g} mm deep to {head_mm:g} mm across: a wider or higher head stands out of the face."
    return said if where == "tab" else f"{said} {_BRIDGED}"


def _flush(findings: Sequence[Finding]) -> str:
    found = next((f for f in findings if f.id == _STEP), None)
    if found is None:
        return ""
    step = f"95 % of the steps from bone to part are at most {found.measured:.2f} mm"
    said = f"{'No step from bone to part was measured' if found.not_measured else step} ({_STEP})"
    return f"{said}: {found.detail}." if found.detail else f"{said}."


def _scalp(plan: Mapping[str, Any]) -> str:
    over = "the part and its tabs" if plan.get("tabs") else "the part"
    return (
        f"Skin and muscle over {over} were not looked at: whether anything is felt or seen through them where they are thin, as "
        "over the brow, is for the surgeon to judge."
    )
