"""What regions of a socket make of each other where they overlap: their depths add up, as layers of plaster do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from anatofit.devices.socket.field import share_of, trim_at
from anatofit.devices.socket.layout import Patch, Shape
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.capsule import Capsule
from anatofit.geometry.field import BoolArray
from anatofit.model.frame import FloatArray
from anatofit.model.rectification import DEEPEST_MM, HIGHEST_MM

_STEP_MM, _STEP_DEG = 2.0, 2.0  # a region's edge eases over 5 mm at least
_TOLD_MM = 0.5  # by which regions together go beyond the deepest order among them before it is told. Proposal
_PART_MM = 0.2  # what a region must give there to be named
_SLACK_MM = 1e-6


_CURE = (
    "Depths of regions that overlap add up, and strength_percent scales them: make them less deep, or move them apart"
)


def overlapping(shape: Shape) -> Iterator[str]:
    """A word on regions that together press in, or relieve, by more than was ordered of the deepest of them; the deepest first."""
    patches = _ordered(shape)
    depths = _depths_mm(shape, patches)
    total = depths.sum(axis=0)
    alike = depths * np.sign(total) > _PART_MM
    ordered = np.where(alike, np.abs([patch.depth_mm for patch in patches])[:, None], 0.0).max(axis=0, initial=0.0)
    found: dict[str, float] = {}
    for at in np.flatnonzero(np.abs(total) - ordered > _TOLD_MM):
        names = _named(patches, alike[:, at])
        found[names] = max(found.get(names, 0.0), float(total[at]), key=abs)
    for names, most in sorted(found.items(), key=lambda row: -abs(row[1])):
        yield f"the regions {names} overlap: together they {'relieve' if most > 0 else 'press in'} by up to {abs(most):.1f} mm"


def within_bounds(shape: Shape) -> None:
    """Raises PrescriptionError where regions, as strong as they are ordered, together leave the bounds that hold for each."""
    patches = _ordered(shape)
    if not patches:
        return
    depths = _depths_mm(shape, patches)
    if reasons := [reason for bound in (DEEPEST_MM, HIGHEST_MM) for reason in _beyond(patches, depths, bound)]:
        raise PrescriptionError(reasons)


def _beyond(patches: list[Patch], depths_mm: FloatArray, bound_mm: float) -> Iterator[Reason]:
    """(patches, places) against one of the bounds."""
    sign, total = np.sign(bound_mm), depths_mm.sum(axis=0)
    worst = int((sign * total).argmax())
    if sign * (total[worst] - bound_mm) > _SLACK_MM:
        names = _named(patches, sign * depths_mm[:, worst] > _PART_MM)
        said = f"{names}: {total[worst]:+.1f} mm where they are deepest; {bound_mm:+g} mm at most are wanted. {_CURE}"
        yield Reason("rectification", said)


def _named(patches: list[Patch], picked: BoolArray) -> str:
    return " and ".join(repr(patch.name) for patch, take in zip(patches, picked, strict=True) if take)


def _ordered(shape: Shape) -> list[Patch]:
    """Those of a template and of the order: the distal gap (all around) is ordered by itself."""
    return [patch for patch in shape.patches if patch.depth_mm and patch.radius_mm]


def _depths_mm(shape: Shape, patches: list[Patch]) -> FloatArray:
    """(patches, places) in mm, over the skin below the trim line."""
    ball = shape.frame.ball_mm
    v, angle = np.meshgrid(
        np.arange(Capsule(ball).pole_mm, shape.top_mm, _STEP_MM),
        np.radians(np.arange(0.0, 360.0, _STEP_DEG)),
        indexing="ij",
    )
    below = v <= trim_at(shape.trim, angle)
    v, angle = v[below], angle[below]
    return np.array([patch.depth_mm * share_of(patch, ball, v, angle) for patch in patches]).reshape(
        len(patches), len(v)
    )
