"""Plans an insole: the foot's own frame, an outline, how high the top follows the foot where, and what corrects it."""

from __future__ import annotations

from typing import Literal

import numpy as np

from anatofit.devices.guide.layout import Letters
from anatofit.devices.insole.bed import Top, followed, held, sole_seen, top_over
from anatofit.devices.insole.ceiling import ceilings_of, highest_mm, lower_than_ordered
from anatofit.devices.insole.foot import Foot, rounded
from anatofit.devices.insole.layout import Bed, Border, Edge, InsolePlan, Pair, Raised, Station
from anatofit.devices.insole.outline import beyond_end, outline_of, skive_of
from anatofit.devices.insole.side import UNTOLD, told_by
from anatofit.devices.insole.spec import Element, InsoleSpec
from anatofit.devices.insole.zones import filling_of
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.flat_mesh import inside
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray

_ACROSS_SHARE = 0.10  # half the width over which the ceiling changes from lateral to medial
_ROUND_MM = 1.5
# Posting: whole under the heel, and whole under the ball; a heel lift falls to nothing at the ball.
_POST_REAR, _POST_FORE, _LIFT_END = 0.28, 0.60, 0.66
_BORDERS = (
    0.17,
    0.71,
    0.06,
)  # where the outline's borders are looked up for posting: from the heel's widest place to the ball
# Half axes of the support under the arch, shares of the length.
_ARCH_HALF = (0.16, 0.11)
# A metatarsal pad: its middle behind the line of the heads, half axes, and how much of it is even (proposal: as pads on the market).
_PAD_BEHIND, _PAD_HALF, _PAD_FLAT = 0.085, (0.085, 0.055), 0.15
_ELEMENT_FLAT = 0.5
_TEXT_SHARES = {
    "solid": (0.12, 0.62),
    "lattice": (0.33, 0.60),
    "zones": (0.12, 0.62),
}  # a lattice is solid there: off the heel
_TEXT_CLEAR_MM = 6.0


def make_plan(anatomy: Anatomy, spec: InsoleSpec, *, case: str) -> InsolePlan:
    """The plan. Raises PrescriptionError where letters have no room, or an element lies beside the insole."""
    from anatofit.devices.insole.offload import offloaded

    foot = Foot.of(anatomy)
    outline = outline_of(foot, spec)
    bed = Bed(
        smoothing_mm=spec.smoothing_mm, steepest_deg=spec.steepest_deg, round_mm=_ROUND_MM,
        across_mm=rounded(_ACROSS_SHARE * foot.length_mm),
    )  # fmt: skip
    seen = followed(sole_seen(anatomy.surfaces["sole"], foot.frame, outline), bed, up_to_mm=highest_mm(spec))
    ceilings = ceilings_of(seen, foot, outline, spec)
    ground = rounded(_lowest(held(seen, ceilings, bed, foot.frame.medial_sign), outline) - spec.thickness_mm)
    raised, skive = _raised(spec, foot), skive_of(foot.line, spec, foot.length_mm)
    plan = InsolePlan(
        case=case,
        laterality="R" if foot.frame.medial_sign > 0 else "L",
        length=spec.length,
        frame=foot.frame,
        outline_mm=tuple((float(x), float(y)) for x, y in outline),
        thickness_mm=spec.thickness_mm,
        ground_mm=ground,
        floor_mm=spec.floor_mm,
        bed=bed,
        ceilings=ceilings,
        posting=_posting(spec, foot),
        borders=_borders(outline, foot),
        lift=_lift(spec, foot),
        raised=raised,
        skive=skive,
        edge=Edge(bevel_deg=spec.bevel_deg, radius_mm=spec.edge_radius_mm),
        texts=(_text(foot, spec, outline, case, ground),) if spec.text == "engraved" else (),
        filling=filling_of(spec, foot),
        last=foot.last_mm is not None,
        notes=(*beyond_end(raised, skive), *_of_last(foot, outline, spec), *lower_than_ordered(ceilings, spec, foot)),
    )  # fmt: skip
    _check_elements(plan)
    _check_thickness(plan, seen)
    if told_by(plan) is None:
        plan = plan.model_copy(update={"notes": (UNTOLD, *plan.notes)})
    return offloaded(anatomy, plan, spec, seen)


def _of_last(foot: Foot, outline: FloatArray, spec: InsoleSpec) -> tuple[str, ...]:
    """What a person must know of an insole whose outline is a last's."""
    if foot.last_mm is None:
        return ()
    said = "the outline is that of the shoe last's bottom: edge_offset_mm and toe_room_mm do not count"
    room = float(outline[:, 0].max() - foot.outline_mm[:, 0].max())
    if spec.length != "full":
        return (said,)
    return (
        f"{said}; it reaches {room:.1f} mm beyond the longest toe"
        if room >= 0
        else f"{said}; the longest toe reaches {-room:.1f} mm beyond it",
    )


def _lowest(top: Top, outline: FloatArray) -> float:
    """Of the bed within the outline."""
    x, y = (v.ravel() for v in np.broadcast_arrays(*top.nodes))
    return float(top.height_mm.ravel()[inside(outline, np.column_stack([x, y]))].min())


def _check_thickness(plan: InsolePlan, seen: Top) -> None:
    """Raises PrescriptionError where what is lowered leaves less than the floor."""
    left = _lowest(top_over(seen, plan), np.array(plan.outline_mm)) - plan.ground_mm
    if left < plan.floor_mm - 1e-6:
        said = (
            f"what is lowered (arch_raise_mm, elements) has no room: it leaves {left:.1f} mm of the insole, floor_mm is {plan.floor_mm:g} mm. "
            "Lower less, or raise thickness_mm"
        )
        raise PrescriptionError(Reason("no-room", said))


def _posting(spec: InsoleSpec, foot: Foot) -> tuple[Station, ...]:
    if not spec.rearfoot_post_deg and not spec.forefoot_post_deg:
        return ()
    rows = ((_POST_REAR, spec.rearfoot_post_deg), (_POST_FORE, spec.forefoot_post_deg))
    return tuple(Station(x_mm=foot.at(at), value=value) for at, value in rows)


def _borders(outline: FloatArray, foot: Foot) -> tuple[Border, ...]:
    """Both borders of the outline from the heel's widest place to the ball, outwards alone: what turns about the ball's lifts the heel."""
    x, medial = outline[:, 0], foot.frame.medial_sign * outline[:, 1]
    start, end, step = _BORDERS
    at = [foot.at(s) for s in np.arange(start, end, step) if foot.at(s) < x.max()]
    near = [medial[np.abs(x - place) <= step * foot.length_mm / 2] for place in at]
    lateral = np.minimum.accumulate([own.min() for own in near])
    inner = np.maximum.accumulate([own.max() for own in near])
    return tuple(
        Border(x_mm=p, lateral_mm=rounded(a), medial_mm=rounded(b)) for p, a, b in zip(at, lateral, inner, strict=True)
    )


def _lift(spec: InsoleSpec, foot: Foot) -> tuple[Station, ...]:
    if not spec.heel_lift_mm:
        return ()
    heel = rounded(foot.marks["heel"][0])
    return Station(x_mm=heel, value=spec.heel_lift_mm), Station(x_mm=foot.at(_LIFT_END), value=0.0)


def _raised(spec: InsoleSpec, foot: Foot) -> tuple[Raised, ...]:
    """Support of the arch, metatarsal pad, and the elements of the order."""
    sign, length = foot.frame.medial_sign, foot.length_mm
    found = []
    if spec.arch_raise_mm:
        at = foot.marks["arch_apex"]
        half = (rounded(_ARCH_HALF[0] * length), rounded(_ARCH_HALF[1] * length))
        found.append(_oval("arch", "arch_raise_mm", at, half, 0.0, 0.3, spec.arch_raise_mm))
    if spec.metatarsal_pad_mm:
        second, fifth = foot.marks["second_metatarsal_head"], foot.marks["fifth_metatarsal_head"]
        at = second + 0.3 * (fifth - second) - [_PAD_BEHIND * length, 0.0]
        half = (rounded(_PAD_HALF[0] * length), rounded(_PAD_HALF[1] * length))
        found.append(_oval("pad", "metatarsal_pad_mm", at, half, 0.0, _PAD_FLAT, spec.metatarsal_pad_mm))
    for number, element in enumerate(spec.surgery.element, start=1):
        at = _place(element, foot)
        half = (element.length_mm / 2, element.width_mm / 2)
        kind: Literal["pad", "pocket"] = "pad" if element.height_mm >= 0 else "pocket"
        why = f"element {number}"
        found.append(_oval(kind, why, at, half, sign * element.turn_deg, _ELEMENT_FLAT, element.height_mm))
    return tuple(found)


def _oval(
    kind: Literal["pad", "pocket", "arch"],
    why: str,
    at: FloatArray,
    half: Pair,
    turn: float,
    flat: float,
    height: float,
) -> Raised:
    return Raised(
        kind=kind,
        why=why,
        at_mm=(rounded(at[0]), rounded(at[1])),
        half_mm=half,
        turn_deg=turn,
        flat=flat,
        height_mm=height,
    )


def _place(element: Element, foot: Foot) -> FloatArray:
    sign = foot.frame.medial_sign
    moved = np.array([element.x_mm or 0.0, sign * (element.medial_mm or 0.0)])
    return np.asarray(moved + (foot.marks[element.at] if element.at is not None else 0.0))


def _check_elements(plan: InsolePlan) -> None:
    outline = np.array(plan.outline_mm)
    for raised in plan.raised:
        if raised.why.startswith("element") and not inside(outline, np.array([raised.at_mm]))[0]:
            number = raised.why.split()[1]
            said = "its middle lies beside the insole; x_mm counts from the heel's rearmost point, medial_mm from the second ray. Move it"
            raise PrescriptionError(Reason("no-room", f"element {number} of the plan has no room: {said}"))


def _text(foot: Foot, spec: InsoleSpec, outline: FloatArray, case: str, ground: float) -> Letters:
    """Case and side along the underside, read from below with the heel on the left of a reader who has the toes to the right."""
    from anatofit.devices.guide.letters import engraved, fitted, layouts

    start, end = (foot.at(share) for share in _TEXT_SHARES[spec.fill])
    end = min(end, float(outline[:, 0].max()) - 2 * _TEXT_CLEAR_MM)
    near = (outline[:, 0] > start) & (outline[:, 0] < end)
    middle = float(
        np.mean([outline[near & (outline[:, 1] > 0), 1].min(), outline[near & (outline[:, 1] < 0), 1].max()])
    )
    wide = float(outline[near & (outline[:, 1] > 0), 1].min() - outline[near & (outline[:, 1] < 0), 1].max())
    inset = 2 * (_TEXT_CLEAR_MM + 25.0 * np.tan(np.deg2rad(spec.bevel_deg)))
    room = (end - start, wide - inset)
    side = "LEFT" if foot.frame.medial_sign < 0 else "RIGHT"
    whole = next(layouts(case=case, words=side))
    found = fitted(whole, room_mm=room, height_mm=spec.text_height_mm)
    if found is None:
        said = f'case and side do not fit into {room[0]:.0f} by {room[1]:.0f} mm of the underside. A shorter case, or text = "none"'
        raise PrescriptionError(Reason("no-room", said))
    x, y, z = foot.frame.axes
    at = np.array(foot.frame.origin_lps_mm) + (start + end) / 2 * x + middle * y + ground * z
    return engraved(found[0], origin=at, right=x, up=-y, height_mm=found[1], depth_mm=spec.text_depth_mm)
