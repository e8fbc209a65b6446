"""Who is in the pictures of an insole: the part, and the foot as it was scanned and as it stands on the part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.heights import HeightMap
from anatofit.model.mesh import Mesh
from anatofit.report.body import Body
from anatofit.report.data import Scene
from anatofit.report.directions import View
from anatofit.report.display import reduced
from anatofit.report.letters_on_bone import inked_part

SEEN_THROUGH = 0.35
_FOOT_TRIANGLES = 60_000
# The foot and the bed that follows it lie in each other by hundredths: drawn so, specks of both show. The foot is drawn so far above.
_CLEAR_MM = 0.8


@dataclass(frozen=True)
class FootCast:
    """The bodies and the foot's own directions. scanned: the foot as it was; standing: raised and turned as the part does; foot: that, clear of
    the part. lift: heights that the part adds, on the sole's lattice."""

    anatomy: Anatomy
    scanned: Mesh
    standing: Mesh
    foot: Body
    part: Body
    whole: Mesh
    plan: Mapping[str, Any]
    lift: HeightMap
    distal: FloatArray
    dorsal: FloatArray
    medial: FloatArray
    names: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, scene: Scene, lifted_mm: FloatArray | None, *, names: tuple[tuple[str, str], ...]) -> FootCast:
        """lifted_mm: (nj, ni) on the sole's lattice; None where the part raises the foot nowhere."""
        frame = scene.plan["frame"]
        x, y, z = (unit_vector(np.array(axis, dtype=np.float64)) for axis in frame["axes_lps"])
        sole = scene.anatomy.heights["sole"]
        lift = replace(sole, height_mm=np.zeros(sole.height_mm.shape) if lifted_mm is None else lifted_mm)
        (whole,) = scene.parts.values()
        scanned = reduced(scene.anatomy.surfaces["host"], triangles=_FOOT_TRIANGLES)
        standing = _moved(scanned, _on(lift, lift.to_local_mm(scanned.vertices_lps_mm)[:, :2]), z)
        return cls(
            anatomy=scene.anatomy,
            scanned=scanned,
            standing=standing,
            foot=Body(_moved(standing, np.float64(_CLEAR_MM), z), opacity=SEEN_THROUGH),
            part=inked_part(whole, scene.plan),
            whole=whole,
            plan=scene.plan,
            lift=lift,
            distal=x,
            dorsal=z,
            medial=float(frame["medial_sign"]) * y,
            names=names,
        )

    @property
    def origin(self) -> FloatArray:
        """Of the foot's frame."""
        return self.lift.origin_lps_mm

    @property
    def reading_up(self) -> FloatArray:
        """Up for one who reads the letters on the ground face."""
        return np.cross(self.distal, self.dorsal)

    def view(self, toward: FloatArray, up: FloatArray | None = None) -> View:
        return View(toward, self.dorsal if up is None else up, self.names)

    def local_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """(n, 3) distal along the second ray, to the left, dorsal over the plantar plane."""
        return self.lift.to_local_mm(points_lps_mm)

    def lifted_mm(self, xy_mm: FloatArray) -> FloatArray:
        """(n,) by how much the foot stands higher at (n, 2) places."""
        return _on(self.lift, xy_mm)


def _moved(mesh: Mesh, by_mm: FloatArray | np.float64, way: FloatArray) -> Mesh:
    return Mesh(mesh.vertices_lps_mm + np.reshape(by_mm, (-1, 1)) * way, mesh.faces)


def _on(lift: HeightMap, xy_mm: FloatArray) -> FloatArray:
    """Beside the lattice as at its border: an ankle may lean over it."""
    return lift.at_mm(np.clip(xy_mm, lift.low_mm, [lift.x_mm[-1], lift.y_mm[-1]]))
