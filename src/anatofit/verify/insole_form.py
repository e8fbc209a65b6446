"""IN-THICK, IN-COVER, IN-SHOE: an insole's thickness, what of the foot it carries, and its size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.verify.insole_plan import InsoleFrame, frame_of
from anatofit.verify.insole_top import sole_heights
from anatofit.verify.regions import text_frame
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, Surface

_STEP_MM = 1.0
_AWAY_MM = 300.0
_BEYOND_EDGE_MM = (
    3.5  # off the outline: bevel and roundings make the side thinner below, and that is no thinness of the bed
)
_BEARS_MM = 2.0  # the sole within so much of the plane is borne


@dataclass(frozen=True, eq=False)
class _Seen:
    """The part from above and from below on a lattice in the foot's frame; nan where it is not."""

    x: FloatArray
    y: FloatArray
    top: FloatArray
    ground: FloatArray


def insole_thickness(subject: Subject, requirement: Requirement) -> Measurement:
    """The least thickness, top to ground, in mm: anywhere, or (region "bed") beside pockets, skived end and letters.

    over "plane": from the top to the plane of the ground face, whatever stands open beneath.
    """
    seen, frame = _seen(subject), frame_of(subject.plan)
    plane = requirement.parameters.get("over") == "plane"
    thick = seen.top - (np.nanmin(seen.ground) if plane else seen.ground)
    flat = np.stack([seen.x.ravel(), seen.y.ravel()], axis=1)
    judged = np.isfinite(thick).ravel() & frame.within(flat)
    judged[judged] = frame.from_outline(flat[judged]) > _BEYOND_EDGE_MM
    if requirement.parameters.get("region") == "bed":
        judged &= ~_set_apart(subject, frame, flat)
    if judged.sum() < 100:
        raise ValueError(f"{int(judged.sum())} places lie inside the edge; 100 are wanted")
    values = thick.ravel()[judged]
    x, y = flat[judged][int(values.argmin())]
    where = f"thinnest {x:.0f} mm from the heel's rearmost point, {abs(y):.0f} mm {'medial' if y * frame.sign > 0 else 'lateral'} of the second ray"
    return Measurement(
        float(values.min()), where, {"p50_mm": float(np.median(values)), "thickest_mm": float(values.max())}
    )


def insole_cover(subject: Subject, _: Requirement) -> Measurement:
    """How much of the sole that bears lies over the insole, in percent; of a shorter insole as far as it reaches."""
    seen, sole = _seen(subject), _sole(subject)
    skive = subject.plan["skive"]
    bears = sole < _BEARS_MM
    if skive is not None:
        line = float(skive["at_mm"][0]) + float(skive["lean"]) * (seen.y - float(skive["at_mm"][1]))
        bears &= seen.x < line - float(skive["length_mm"])
    if bears.sum() < 100:
        raise ValueError(f"{int(bears.sum())} places of the sole bear; 100 are wanted")
    carried = bears & np.isfinite(seen.top)
    return Measurement(100.0 * float(carried.sum() / bears.sum()), "", {"area_mm2": float(bears.sum()) * _STEP_MM**2})


def insole_sole_holes(subject: Subject, _: Requirement) -> Measurement:
    """How wide a disc finds room where the sole encloses a place without surface under which the part lies, in mm; 0 where there is none."""
    from scipy.ndimage import distance_transform_edt, label

    seen = _seen(subject)
    number, _count = label(np.pad(np.isnan(_sole(subject)), 1, constant_values=True))
    enclosed = (number > number[0, 0])[1:-1, 1:-1]  # the first piece is that around the foot
    reach = distance_transform_edt(enclosed) * np.isfinite(seen.top)
    at = np.unravel_index(int(reach.argmax()), reach.shape)
    if not reach[at]:
        return Measurement(0.0, "the sole encloses no place without surface")
    where = (
        f"about {seen.x[at]:.0f} mm in front of the heel's rearmost point, {seen.y[at]:.0f} mm left of the second ray"
    )
    return Measurement(2.0 * float(reach[at]) * _STEP_MM, where, {"area_mm2": float(enclosed.sum()) * _STEP_MM**2})


def insole_room(subject: Subject, requirement: Requirement) -> Measurement:
    """What is left of the shoe's inner length, or width, in mm; negative: the insole is larger."""
    local = frame_of(subject.plan).local(subject.part.vertices_lps_mm)
    axis = 0 if requirement.parameters["along"] == "length" else 1
    size = float(np.ptp(local[:, axis]))
    return Measurement(
        float(requirement.parameters["shoe_mm"]) - size, f"the insole measures {size:.1f} mm", {"size_mm": size}
    )


def _seen(subject: Subject) -> _Seen:
    return subject.once("insole seen", lambda: _looked(subject))


def _sole(subject: Subject) -> FloatArray:
    """Heights of the sole on the lattice; nan where there is none."""
    sole = subject.sole
    if sole is None:
        raise subject.absent("models/sole.stl")
    seen = _seen(subject)
    return subject.once("insole sole seen", lambda: sole_heights(Surface(sole), frame_of(subject.plan), seen.x, seen.y))


def _looked(subject: Subject) -> _Seen:
    frame = frame_of(subject.plan)
    surface = subject.once("surface", lambda: Surface(subject.part))
    low, high = np.floor(frame.outline.min(axis=0)) - 8.0, np.ceil(frame.outline.max(axis=0)) + 8.0
    x, y = np.meshgrid(*(np.arange(low[n], high[n], _STEP_MM) for n in range(2)))
    flat = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    found = []
    for way in (1.0, -1.0):
        starts = frame.lps(flat + np.array([0.0, 0.0, way * _AWAY_MM]))
        distance, _ = surface.first_hits(starts, starts - 2 * way * _AWAY_MM * frame.axes[2])
        found.append(np.where(np.isfinite(distance), way * (_AWAY_MM - distance), np.nan).reshape(x.shape))
    return _Seen(x, y, found[0], found[1])


def _set_apart(subject: Subject, frame: InsoleFrame, flat: FloatArray) -> BoolArray:
    """Places of pockets and other lowered ovals, of the thinned front end, and of letters."""
    out = np.zeros(len(flat), dtype=bool)
    for oval in subject.plan["raised"]:
        if float(oval["height_mm"]) < 0:
            out |= np.hypot(*(flat - np.array(oval["at_mm"])).T) < max(oval["half_mm"])
    skive = subject.plan["skive"]
    if skive is not None:
        line = float(skive["at_mm"][0]) + float(skive["lean"]) * (flat[:, 1] - float(skive["at_mm"][1]))
        out |= flat[:, 0] > line - float(skive["length_mm"]) - 1.0
    for text in subject.plan["texts"]:
        right, up, _toward, width, tall = text_frame(text)
        off = frame.lps(np.column_stack([flat, np.zeros(len(flat))])) - np.array(text["origin_lps_mm"])
        out |= (np.abs(off @ right) < width / 2 + 1.0) & (np.abs(off @ up) < tall / 2 + 1.0)
    return out
