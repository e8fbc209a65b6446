"""A limb as a socket is built on it: its skin on its own chart, evened, with places and directions anywhere on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anatofit.devices.socket.layout import LimbFrame
from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.geometry.affine import turned
from anatofit.geometry.capsule import Capsule, Lattice, evened, reaches_mm
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

STEP_MM = 2.0  # of the chart's rows
AROUND = 192  # angles: 1.8 mm around a knee, and six times a power of two, so that rings can be halved towards the pole
_ABOVE_MM, _ABOVE_SIGMA = (
    8.0,
    4.0,
)  # of the chart above the trim line, and so many deviations: beside its edge a mean is one-sided
_OVERHANG_MM = 2.0  # a ray that meets the skin again further out lies under a fold: noise and facets give less
_FEW = 0.002  # of the rays may
NORMALS_MM = 4.0  # the skin is evened by so much more before its normals are taken
_AHEAD_MM = 0.5  # the step that directions are told by


@dataclass(frozen=True, eq=False)
class Skin:
    """reach_mm: on the lattice's nodes, evened. even: the same evened further, where normals are taken, so that noise turns none."""

    lattice: Lattice
    reach_mm: FloatArray
    even: Skin | None = None

    def at(self, v_mm: FloatArray, angle: FloatArray) -> FloatArray:
        """(..., 3) places on the skin."""
        start, way = self.lattice.chart.rays(v_mm, angle)
        return np.asarray(start + self.lattice.read(self.reach_mm, v_mm, angle)[..., None] * way)

    def normals(self, v_mm: FloatArray, angle: FloatArray) -> FloatArray:
        """(..., 3) unit vectors out of the skin."""
        start, way = self.lattice.chart.rays(v_mm, angle)
        even = self if self.even is None else self.even
        along = even.at(v_mm + _AHEAD_MM, angle) - even.at(v_mm - _AHEAD_MM, angle)
        beside = np.stack(
            [-np.sin(angle) + 0 * v_mm, np.cos(angle) + 0 * v_mm, np.zeros(np.broadcast(v_mm, angle).shape)], axis=-1
        )
        around = even._toward(start, way, beside) - even._toward(start, way, -beside)
        normal = np.cross(around, along)
        return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True))

    def _toward(self, start: FloatArray, way: FloatArray, beside: FloatArray) -> FloatArray:
        """The skin a little beside each ray: on the ball, through the pole too."""
        chart = self.lattice.chart
        v, angle, _ = chart.of(start + chart.ball_mm * way + _AHEAD_MM * beside)
        return self.at(v, angle)


def in_frame(mesh: Mesh, frame: LimbFrame) -> Mesh:
    """A mesh in the limb's own frame."""
    axes = frame.axes
    offset = -np.array([float((axis * np.array(frame.origin_lps_mm)).sum()) for axis in axes])
    return Mesh(turned(axes, list(mesh.vertices_lps_mm.T), offset), mesh.faces)


def skin_of(limb: Mesh, frame: LimbFrame, *, top_mm: float, smoothing_mm: float) -> Skin:
    """The skin up to a level. Raises ScanUnsuitableError where a fold lies over it, or it has a hole."""
    lattice = Lattice.to(
        Capsule(frame.ball_mm), top_mm + _ABOVE_MM + _ABOVE_SIGMA * smoothing_mm, step_mm=STEP_MM, around=AROUND
    )
    first, last = reaches_mm(lattice, in_frame(limb, frame))
    below = lattice.v_mm <= top_mm
    folded = (last - first > _OVERHANG_MM)[below]
    if folded.mean() > _FEW:
        v = float(lattice.v_mm[below][folded.any(axis=1)].mean())
        said = (
            f"{100 * folded.mean():.1f} % of the skin below the trim line lie under a fold or an overhang of up to {np.nanmax((last - first)[below]):.0f} mm, "
            f"about {v:.0f} mm above the distal end. No socket can be pulled over it: scan the limb in its liner, or lower the trim line"
        )
        raise ScanUnsuitableError(Reason("limb-overhang", said))
    if (missing := np.isnan(first)[below]).mean() > _FEW:
        v = float(lattice.v_mm[below][missing.any(axis=1)].mean())
        said = f"{100 * missing.mean():.1f} % of the skin below the trim line are not there, about {v:.0f} mm above the distal end. Scan the limb again"
        raise ScanUnsuitableError(Reason("surface-hole", said))
    skin = Skin(lattice, evened(lattice, first, smoothing_mm))
    return replace(skin, even=_even(skin))


def _even(skin: Skin) -> Skin:
    """Evened further, on a lattice that is as coarse as that allows."""
    fine = skin.lattice
    coarse = Lattice.to(fine.chart, float(fine.v_mm[-1]), step_mm=2 * STEP_MM, around=AROUND // 2)
    reach = fine.read(skin.reach_mm, coarse.v_mm[:, None], coarse.angles[None])
    return Skin(coarse, evened(coarse, reach, NORMALS_MM))
