"""The bench a part lies on while it is measured: part, host and plan, and what several checks need of them, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.verify.measurement import CannotMeasureError
from anatofit.verify.surface import Surface, cropped, face_vectors, spread_points

# Bone farther than this from the part and from its way out plays no role in any check.
HOST_MARGIN_MM = 12.0
# Points spread over the part: one for about 1 mm² of a plate of 100 x 100 mm.
SAMPLES = 16_000
INSERTION_LENGTH_MM = 30.0  # where the plan names none


class Bench:
    """One part, the bone beside it, and the plan's numbers."""

    def __init__(self, mesh: Mesh, *, models: Mapping[str, Mesh], plan: Mapping[str, Any], name: str = "part") -> None:
        self.name = name
        self.mesh = mesh
        self.models = models
        self.plan = plan

    @cached_property
    def surface(self) -> Surface:
        """The part, ready for distances and rays."""
        return Surface(self.mesh)

    @cached_property
    def samples(self) -> tuple[FloatArray, FloatArray]:
        """Places and outward normals spread evenly over the part."""
        points, normals, _ = spread_points(self.mesh, SAMPLES)
        if not len(points):
            raise CannotMeasureError("the part has no area; a closed body is wanted")
        return points, normals

    @cached_property
    def direction_lps(self) -> FloatArray:
        """The way out of the skull: as planned, or the part's thin direction where the plan names none."""
        planned = self.plan.get("insertion_direction_lps")
        if planned is not None:
            return unit_vector(np.asarray(planned, dtype=np.float64))
        points = self.samples[0] - self.samples[0].mean(axis=0)
        return np.asarray(np.linalg.svd(points, full_matrices=False)[2][2])

    @cached_property
    def length_mm(self) -> float:
        """How far the part moves on its way out."""
        return float(self.plan.get("insertion_length_mm", INSERTION_LENGTH_MM))

    @cached_property
    def host(self) -> Surface:
        """The bone near the part and near its way out. Raises CannotMeasureError where there is none."""
        if "host" not in self.models:
            raise CannotMeasureError("models/host.stl was not given; it is wanted for distances to the bone")
        ends = np.stack([self.mesh.vertices_lps_mm, self.mesh.vertices_lps_mm + self.direction_lps * self.length_mm])
        low, high = ends.min(axis=(0, 1)) - HOST_MARGIN_MM, ends.max(axis=(0, 1)) + HOST_MARGIN_MM
        near = cropped(self.models["host"], low, high)
        if not len(near.faces):
            raise CannotMeasureError(
                f"no bone lies within {HOST_MARGIN_MM:g} mm of the part; both are wanted in one frame"
            )
        return Surface(near)

    @cached_property
    def area_mm2(self) -> float:
        """The part's surface."""
        vectors = face_vectors(self.mesh)
        return float(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)).sum()) / 2


def planned(plan: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """A list of the plan; empty where the plan has none."""
    return list(plan.get(key) or ())


def vector(entry: Mapping[str, Any], key: str) -> FloatArray:
    """Three numbers of a plan entry. Raises CannotMeasureError where they are not there."""
    value = np.asarray(entry.get(key, ()), dtype=np.float64)
    if value.shape != (3,) or not np.isfinite(value).all():
        raise CannotMeasureError(f"the plan gives no {key}; three finite numbers are wanted")
    return value
