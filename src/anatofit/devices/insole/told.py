"""What an insole's plan says in the report, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from anatofit.devices.insole.layout import PEAK, Filling, InsolePlan, Peak, Raised, Station, Zone

_LENGTHS = {
    "full": "full length",
    "sulcus": "to the crease behind the toes",
    "three-quarter": "to behind the heads of the metatarsals",
}


def told(plan: InsolePlan) -> list[tuple[str, str]]:
    """(heading, sentences)."""
    rows = [
        ("Side", f"for the {'right' if plan.laterality == 'R' else 'left'} foot; what told its side stands among the remarks."),
        ("Size", _size(plan)),
        ("Bed", _bed(plan)),
        ("Posting", _posting(plan)),
        ("Heel lift", f"{plan.lift[0].value:g} mm under the heel, falling to nothing at the ball." if plan.lift else ""),
        *_ovals(plan),
        ("Front end", _skive(plan)),
        *_filling(plan),
        *_foretold(plan),
        ("Not looked at", "Skin, joints and gait were not looked at, nor the shoe. The foot was taken as it was scanned: where it hung free, "
         "its arch is higher than it stands, and arch_raise_mm may lower the support."),
    ]  # fmt: skip
    return [(heading, said) for heading, said in rows if said]


def unmet(plan: InsolePlan) -> str:
    """For the line of the verdict; nothing where the target is met, or nothing was predicted."""
    found = plan.foretold
    if found is None or found.predicted_kpa <= found.target_kpa:
        return ""
    return (
        f"the pressure target of {found.target_kpa:g} kPa is NOT met by the prediction ({found.predicted_kpa:.0f} kPa)"
    )


def _size(plan: InsolePlan) -> str:
    x, y = np.array(plan.outline_mm).T
    outline = ", within the bottom of the shoe last" if plan.last else ""
    return (
        f"{np.ptp(x):.0f} mm along the second ray, {np.ptp(y):.0f} mm across it{outline}, {_LENGTHS[plan.length]}; "
        f"{plan.thickness_mm:g} mm under the lowest place of the bed{_before(plan)}, on a flat ground face."
    )


def _before(plan: InsolePlan) -> str:
    """What changes the thickness that was ordered."""
    lower = ["pockets"] if any(r.height_mm < 0 for r in plan.raised) else []
    named = [*(["posting"] if plan.posting else []), *(["heel lift"] if plan.lift else []), *lower]
    return f" before {' and '.join(named)}" if named else ""


def _bed(plan: InsolePlan) -> str:
    medial, lateral = (np.array([getattr(c, f"{side}_mm") for c in plan.ceilings]) for side in ("medial", "lateral"))
    along = np.array([c.x_mm for c in plan.ceilings])
    share = (along - along[0]) / (along[-1] - along[0])
    heel, middle = share < 0.2, (share > 0.36) & (share < 0.5)
    cup = np.concatenate([medial[heel], lateral[heel]])
    low, high = f"{cup.min():.1f}", f"{cup.max():.1f}"
    heel_cup = low if low == high else f"{low} to {high}"
    return (
        f"the top follows the foot, evened by {plan.bed.smoothing_mm:g} mm, up to {heel_cup} mm above the plantar plane around the heel, "
        f"{medial[middle].max():.1f} mm along the arch, {lateral[middle].min():.1f} mm along the lateral border and {medial[-1]:.1f} mm in "
        f"front; nowhere steeper than {plan.bed.steepest_deg:g}°."
    )


def _posting(plan: InsolePlan) -> str:
    if not plan.posting:
        return ""
    parts = (_tilt(*row) for row in zip(("heel", "forefoot"), plan.posting, plan.posted_mm, strict=True))
    return (
        f"{', '.join(parts)}. The ground face stays flat: the bed itself is tilted, about the insole's own border, which keeps its "
        "thickness; beside it all is thicker."
    )


def _tilt(what: str, post: Station, rise_mm: float) -> str:
    if not post.value:
        return f"{what} level"
    side = "medial (varus)" if post.value > 0 else "lateral (valgus)"
    return f"{what} {abs(post.value):g}° {side}, which raises its middle by {rise_mm:.1f} mm"


def _ovals(plan: InsolePlan) -> Iterator[tuple[str, str]]:
    """What is raised or lowered; pockets under peaks by their number, with what is predicted there."""
    peaks = iter(enumerate(plan.foretold.peaks if plan.foretold else (), start=1))
    for raised in plan.raised:
        if raised.why == PEAK:
            number, peak = next(peaks)
            yield f"Pocket {number}", f"{_oval(plan, raised)} {_under(peak)}"
        else:
            yield {"arch": "Arch support", "pad": "Pad", "pocket": "Pocket"}[raised.kind], _oval(plan, raised)


def _under(peak: Peak) -> str:
    return (
        f"Under it at most {peak.measured_kpa:.0f} kPa as measured, {peak.bedded_kpa:.0f} kPa on the bed of solid material without pockets, "
        f"{peak.predicted_kpa:.0f} kPa as planned."
    )


def _oval(plan: InsolePlan, raised: Raised) -> str:
    x, medial = raised.at_mm[0], raised.at_mm[1] * plan.frame.medial_sign
    way = "raised" if raised.height_mm > 0 else "lowered"
    return (
        f"{way} by {abs(raised.height_mm):.1f} mm ({raised.why}), {2 * raised.half_mm[0]:.0f} by {2 * raised.half_mm[1]:.0f} mm, {x:.0f} mm from the "
        f"heel's rearmost point, {abs(medial):.0f} mm {'medial' if medial >= 0 else 'lateral'} of the second ray."
    )


def _skive(plan: InsolePlan) -> str:
    if plan.skive is None:
        return ""
    return f"over its last {plan.skive.length_mm:g} mm the insole thins out to {plan.skive.high_mm:.1f} mm over the ground."


def _filling(plan: InsolePlan) -> Iterator[tuple[str, str]]:
    found = plan.filling
    if found is None:
        return
    how = (
        f"a skin and a rim of {found.skin_mm:g} mm over a gyroid of {found.cell_mm:g} mm cells that is open beneath; solid around the letters"
        if found.kind == "lattice"
        else "solid in the STL; the 3MF holds a body for each zone, of one object, which bears the zone's name"
    )
    yield "Filling", f"{how}. How much of the room is filled: {'; '.join(map(_zone, found.zones))}."
    if found.kind == "zones":
        yield "To set in the slicer", _slicer(found)


def _slicer(found: Filling) -> str:
    """What the prediction assumes, in the words of slicers; a skin in series counts wherever it lies."""
    infill = ", ".join(f"{zone.name} {zone.density:.0%}" for zone in found.zones)
    return (
        f"open the 3MF as one object with parts, and give each part, by its name, its infill: {infill}. Pattern: gyroid, in every zone. Solid layers: "
        f"{found.skin_mm / 2:g} mm at the top and {found.skin_mm / 2:g} mm at the bottom, the {found.skin_mm:g} mm of skin (skin_mm) that the prediction "
        f"counts in all. Walls: as few as print well, two lines; the prediction leaves them out, and each more stiffens the rim."
    )


def _zone(zone: Zone) -> str:
    sheet = f" (sheets of {zone.sheet_mm:.2f} mm)" if zone.sheet_mm is not None else ""
    kpa = (
        f", {zone.measured_kpa:.0f} kPa measured, {zone.predicted_kpa:.0f} kPa predicted"
        if zone.measured_kpa and zone.predicted_kpa
        else ""
    )
    return f"{zone.name.replace('_', ' ')} {zone.density:.0%}{sheet}{kpa}"


def _foretold(plan: InsolePlan) -> Iterator[tuple[str, str]]:
    found = plan.foretold
    if found is None:
        return
    zoned = ""
    if found.zoned_kpa is not None:
        zoned = f"on the bed of solid material, {found.zoned_kpa:.0f} kPa with zones and "
    yield (
        "Pressure (predicted)",
        f"the target of {found.target_kpa:g} kPa is {'met' if found.predicted_kpa <= found.target_kpa else 'NOT met'}: greatest pressure "
        f"anywhere {found.measured_kpa:.0f} kPa as measured, {found.bedded_kpa:.0f} kPa {zoned or 'on the bed '}without pockets, "
        f"{found.predicted_kpa:.0f} kPa as planned. The area that bears grows from "
        f"{found.measured_mm2 / 100:.0f} to {found.predicted_mm2 / 100:.0f} cm². Loaded cells of the map and the sole share {found.overlap:.0%}.",
    )
    if found.foam_kpa is not None and found.upright_kpa is not None:
        yield (
            "What the lattice is taken for",
            f"sheets, whose modulus comes near Hashin and Shtrikman's upper bound: of the material's {found.insole_kpa / 1e3:.3g} MPa the share d / (2 - d), d "
            "the share that is filled (DeValk and Lakes 2021), in series with the skin. Did its walls bend as a foam's do (d², Gibson and Ashby "
            f"1997), {found.foam_kpa:.0f} kPa would be predicted, and {found.upright_kpa:.0f} kPa were they all upright (d, Voigt): under a foot a "
            "lattice is thinner than a cell. Rim, letters, buckling, creep and how the printer lays its lines are left out.",
        )
    yield (
        "What the prediction is",
        f"springs side by side (Winkler's foundation): tissue of {found.tissue_kpa_per_mm:g} kPa/mm on an insole of {found.insole_kpa:.0f} kPa "
        f"({found.insole_by}), under the centre of pressure that was measured and {found.force_n:.0f} N of the {found.map_n:.0f} N in the map: what "
        "its cells show beside the sole, and on flanks too steep for upright springs, is not held. It leaves out posting and lift, with which the "
        "foot turns, the sides of the foot, shear, sliding, bones that move, tissue that stiffens, the shoe, and time: it compares designs, and "
        "is no measurement. Measure in the shoe.",
    )
