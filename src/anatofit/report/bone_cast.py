"""A bone, a device on it and its plan as they are shown together, and where they are looked at from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, Plane, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.report.body import Body
from anatofit.report.bone_captions import Captions
from anatofit.report.data import Scene
from anatofit.report.directions import FRONT, HEAD, View
from anatofit.report.display import kept_any

_CLOSE_UP = 1.35  # a close view is this much wider than the part
_END_NEAR = 1.0  # of the plan's length: an end of the bone that lies so near to it is shown with it
_ALONG = 0.9  # cosine above which one looks along an axis: it cannot stand upright
_DEEP = (
    1 / 3
)  # of the plan's length: bone so far beneath all that is planned is no bone that it meets, such as a skull's other side


@dataclass(frozen=True)
class Cast:
    """The bodies, and where the device is looked at from: out along its way in, along its cuts, and across them; what stands upright."""

    bone: Body
    parts: Mapping[str, Body]
    plan: tuple[Body, ...]
    out: FloatArray
    across: FloatArray
    up: FloatArray
    names: tuple[tuple[str, str], ...]
    said: Captions
    others: tuple[Body, ...] = ()

    @cached_property
    def beneath(self) -> Body:
        """The bone without what lies far beneath the device and all that is planned; the same body where nothing does."""
        depths = self._planned @ self.out
        limit = float(depths.min()) - _DEEP * float(np.ptp(self._planned, axis=0).max())
        if float((self.bone.mesh.vertices_lps_mm @ self.out).min()) > limit:
            return self.bone
        mesh = kept_any(self.bone.mesh, lambda points: points @ self.out > limit)
        return replace(self.bone, mesh=mesh, cut=Plane(limit * self.out, self.out))

    @property
    def _planned(self) -> FloatArray:
        return np.concatenate([self.frame, *(body.mesh.vertices_lps_mm for body in self.plan)])

    @property
    def around(self) -> FloatArray:
        """What a picture of the plan must contain: the device, all that is planned, and each end of the bone that is near.

        Where bone far beneath is left out, what is left ends where it was cut, and no end of it is shown."""
        near = self._planned
        if self.beneath is not self.bone:
            return near
        low, high = near.min(axis=0), near.max(axis=0)
        reach = float((high - low).max()) * _END_NEAR
        first, last = self.bone.mesh.bounds_lps_mm
        low, high = np.where(low - first < reach, first, low), np.where(last - high < reach, last, high)
        bone = self.bone.mesh.vertices_lps_mm
        return np.concatenate([near, bone[((bone >= low) & (bone <= high)).all(axis=1)]])

    @property
    def frame(self) -> FloatArray:
        """What a close view of the device must contain."""
        bounds = np.concatenate([body.mesh.bounds_lps_mm for body in self.parts.values()])
        low, high = bounds.min(axis=0), bounds.max(axis=0)
        middle, half = (low + high) / 2, (high - low) / 2 * _CLOSE_UP
        corners = np.array(np.meshgrid(*[(-1, 1)] * 3, indexing="ij")).reshape(3, -1).T
        return np.asarray(middle + corners * half)

    def view(self, toward: FloatArray) -> View:
        """Seen from there, the bone upright as far as that goes."""
        up = self.up if abs(float(unit_vector(toward) @ self.up)) < _ALONG else self.out
        return View(toward, up, self.names)


def across_of(plan: Mapping[str, Any], out: FloatArray, up: FloatArray) -> FloatArray:
    """Across the cuts or along the plate, as the seat of the plan says; of any other plan upright, square to the way in.

    A seat tells no more of a part without either: seen along a shaft, from the side of such a seat, the bone stands before the part.
    """
    if "seat" in plan and (plan.get("slots") or plan.get("stations")):
        return unit_vector(np.array(plan["seat"]["axes_lps"][0], dtype=np.float64))
    return unit_vector(up - out * float(up @ out))


def up_of(scene: Scene, out: FloatArray, patient_axes: bool) -> FloatArray:
    """What a reader expects upright and does not look along: the patient's head, or forehead; the proximal end of a bone that was
    recognised; of any other the bone's length."""
    joint = scene.anatomy.planes.get("joint")
    named = [HEAD, FRONT] if patient_axes else [] if joint is None else [joint.normal_lps]
    axes = (*named, *_lengths(scene.anatomy.surfaces["host"]))
    return next(axis for axis in axes if abs(float(axis @ out)) < _ALONG)


def _lengths(mesh: Mesh) -> list[FloatArray]:
    """The principal axes of a mesh, the longest first, each towards plus of the coordinate that it runs along."""
    rest = mesh.vertices_lps_mm - mesh.vertices_lps_mm.mean(axis=0)
    _, axes = np.linalg.eigh(np.einsum("ni,nj->ij", rest, rest))
    return [axis * np.sign(axis[int(np.argmax(np.abs(axis)))]) for axis in axes.T[::-1]]
