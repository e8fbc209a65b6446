"""IN-THICK, IN-COVER, IN-SHOE, IN-SIDE: an insole's thickness, what of the foot it carries, its size, and which foot it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.verify.insole_plan import InsoleFrame, frame_of
from anatofit.verify.insole_top import sole_heights
from anatofit.verify.regions import text_frame
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, Surface, face_vectors, unit_rows

_STEP_MM = 1.0
_AWAY_MM = 300.0
_BEYOND_EDGE_MM = (
    3.5  # off the outline: bevel and roundings make the side thinner below, and that is no thinness of the bed
)
_BEARS_MM = 2.0  # the sole within so much of the plane is borne
_ARCH = (0.34, 0.56)  # share of the length, from the heel, over which the arch of a full insole stands
_BORDER = 0.55  # of half the width: what lies further out belongs to one border


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
    if subject.sole is None:
        raise subject.absent("models/sole.stl")
    seen, frame = _seen(subject), frame_of(subject.plan)
    sole = sole_heights(Surface(subject.sole), frame, seen.x, seen.y)
    skive = subject.plan["skive"]
    bears = sole < _BEARS_MM
    if skive is not None:
        line = float(skive["at_mm"][0]) + float(skive["lean"]) * (seen.y - float(skive["at_mm"][1]))
        bears &= seen.x < line - float(skive["length_mm"])
    if bears.sum() < 100:
        raise ValueError(f"{int(bears.sum())} places of the sole bear; 100 are wanted")
    carried = bears & np.isfinite(seen.top)
    return Measurement(100.0 * float(carried.sum() / bears.sum()), "", {"area_mm2": float(bears.sum()) * _STEP_MM**2})


def insole_room(subject: Subject, requirement: Requirement) -> Measurement:
    """What is left of the shoe's inner length, or width, in mm; negative: the insole is larger."""
    local = frame_of(subject.plan).local(subject.part.vertices_lps_mm)
    axis = 0 if requirement.parameters["along"] == "length" else 1
    size = float(np.ptp(local[:, axis]))
    return Measurement(
        float(requirement.parameters["shoe_mm"]) - size, f"the insole measures {size:.1f} mm", {"size_mm": size}
    )


def insole_side(subject: Subject, requirement: Requirement) -> Measurement:
    """By how much the arch rises higher on the ordered side's medial border than on the other, in mm, by the part's own shape.

    Its ground is its largest flat face, its length its longest way in that, its heel the end that is narrower; nothing of the
    plan is used but where along it the arch stands.
    """
    ordered = str(requirement.parameters["laterality"])
    if ordered not in ("R", "L"):
        return Measurement(0.0, f"the side was {ordered or 'not named'}; R or L is wanted", failed=True)
    left_over_right = _own_arch(subject, requirement.parameters.get("arch_share", _ARCH))
    higher = left_over_right if ordered == "R" else -left_over_right
    found = "right" if left_over_right > 0 else "left"
    return Measurement(higher, f"by its arch it is for the {found} foot", {"left_over_right_mm": left_over_right})


def _own_arch(subject: Subject, arch: Sequence[float]) -> float:
    """How much higher the left border of the midfoot is than the right, for one who looks from heel to toes, ground beneath."""
    vectors = face_vectors(subject.part)
    normals = unit_rows(vectors)
    size = np.linalg.norm(vectors, axis=1)
    down = _largest_flat(normals, size)
    points = subject.part.triangles_lps_mm.mean(axis=1)
    ground = float(np.average(points @ down, weights=size * (normals @ down > 0.999)))
    flat = points - np.outer(points @ down, down)
    middle = np.average(flat, axis=0, weights=size)
    off = (flat - middle) * np.sqrt(size / size.sum())[:, None]
    along = np.linalg.svd(off, full_matrices=False)[2][0]
    x = (flat - middle) @ along
    if _wide(flat, along, down, x, 0.12) > _wide(flat, along, down, x, 0.72):
        along, x = -along, -x
    left = np.cross(-down, along)
    share = (x - x.min()) / np.ptp(x)
    band = (share > arch[0]) & (share < arch[1]) & (normals @ down < -0.2)
    across = (flat - middle) @ left
    y = across - (across[band].max() + across[band].min()) / 2
    half = np.ptp(across[band]) / 2
    height = ground - points @ down
    sides = [
        np.average(height[band & (s * y > _BORDER * half)], weights=size[band & (s * y > _BORDER * half)])
        for s in (1, -1)
    ]
    return float(sides[0] - sides[1])


def _largest_flat(normals: FloatArray, size: FloatArray) -> FloatArray:
    """The direction that most of the area shares within half a degree: that of a flat ground."""
    rounded = np.round(normals, 3)
    unique, which = np.unique(rounded, axis=0, return_inverse=True)
    best = int(np.bincount(which.ravel(), weights=size).argmax())
    near = normals @ unit_rows(unique[best][None])[0] > 0.9999
    mean = (normals[near] * size[near, None]).sum(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def _wide(flat: FloatArray, along: FloatArray, down: FloatArray, x: FloatArray, share: float) -> float:
    at = x.min() + share * np.ptp(x)
    near = np.abs(x - at) < 0.04 * np.ptp(x)
    return float(np.ptp(flat[near] @ np.cross(down, along)))


def _seen(subject: Subject) -> _Seen:
    return subject.once("insole seen", lambda: _looked(subject))


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
