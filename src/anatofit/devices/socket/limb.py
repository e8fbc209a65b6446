"""A located limb in its own frame: landmarks on its chart, the level that its scan reaches, and its girth by level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from anatofit.devices.guide.layout import triple
from anatofit.devices.socket.layout import LimbFrame
from anatofit.devices.socket.skin import in_frame
from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.geometry.capsule import Capsule
from anatofit.geometry.section_areas import Sliced
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray

_LEAST_BALL_MM, _MOST_BALL_MM = 15.0, 80.0  # a child's thinnest end, and the widest of a limb's
_RIM_MM = 6.0  # a scan frays out towards its edge
_LEAST_SHANK_MM = 25.0  # between the ball's middle and the patellar tendon: less is no lever
_STEP_MM = 2.5


@dataclass(frozen=True, eq=False)
class Limb:
    """marks: v in mm and angle in degrees of each landmark. rim_mm: up to here the scan is whole."""

    frame: LimbFrame
    marks: Mapping[str, tuple[float, float]]
    rim_mm: float
    sliced: Sliced

    @classmethod
    def of(cls, anatomy: Anatomy) -> Limb:
        """Raises ScanUnsuitableError for a limb that is too short for a socket, or whose scan ends at its tendon."""
        raw = _frame(anatomy, ball_mm=1.0)
        sliced = Sliced(in_frame(anatomy.surfaces["host"], raw).triangles_lps_mm)
        rim = float(_local(raw, anatomy.curves["rim"])[:, 2].min()) - _RIM_MM
        frame = _frame(anatomy, ball_mm=_ball_mm(sliced, rim))
        chart = Capsule(frame.ball_mm)
        v, angle, _ = chart.of(_local(frame, np.stack(list(anatomy.landmarks.values()))))
        marks = {name: (float(a), float(np.degrees(b))) for name, a, b in zip(anatomy.landmarks, v, angle, strict=True)}
        limb = cls(frame, marks, rim, sliced)
        limb.check()
        return limb

    @property
    def tendon_mm(self) -> float:
        """Level of the middle of the patellar tendon."""
        return self.marks["patellar_tendon"][0]

    def check(self) -> None:
        """Raises ScanUnsuitableError, see `of`."""
        if self.tendon_mm - self.frame.ball_mm < _LEAST_SHANK_MM:
            least = self.frame.ball_mm + _LEAST_SHANK_MM
            said = f"the patellar tendon lies {self.tendon_mm:.0f} mm above the distal end; {least:.0f} mm at least are wanted for a socket of this girth"
            raise ScanUnsuitableError(Reason("limb-too-short", said))
        if self.rim_mm < self.tendon_mm + 1.0:
            said = (
                f"the scan is whole up to {self.rim_mm:.0f} mm above the distal end, the patellar tendon lies at {self.tendon_mm:.0f} mm. "
                "Scan further up the thigh"
            )
            raise ScanUnsuitableError(Reason("limb-too-short", said))

    def half_girth_mm(self, v_mm: FloatArray) -> FloatArray:
        """Area over perimeter of the circle of the same area at each level: an inset of so much times p takes the share 2p of the area."""
        levels = np.arange(self.frame.ball_mm, self.rim_mm, _STEP_MM)
        radius = np.sqrt(np.array([cut.area_mm2 for cut in self.sliced.sections(levels)]) / np.pi)
        return np.asarray(np.interp(v_mm, levels, radius) / 2)


def _frame(anatomy: Anatomy, *, ball_mm: float) -> LimbFrame:
    up, front = anatomy.planes["across"].normal_lps, anatomy.planes["coronal"].normal_lps
    beside = np.cross(up, front)
    medial = anatomy.planes.get("sagittal")
    sign = 0 if medial is None else 1 if float((medial.normal_lps * beside).sum()) > 0 else -1
    origin = triple(anatomy.planes["across"].point_lps_mm)
    return LimbFrame.model_validate(
        {
            "origin_lps_mm": origin,
            "axes_lps": (triple(front), triple(beside), triple(up)),
            "medial_sign": sign,
            "ball_mm": round(ball_mm, 3),
        }
    )


def _local(frame: LimbFrame, points_lps_mm: FloatArray) -> FloatArray:
    off = np.asarray(points_lps_mm) - np.array(frame.origin_lps_mm)
    return np.stack([(off * axis).sum(axis=1) for axis in frame.axes], axis=1)


def _ball_mm(sliced: Sliced, rim_mm: float) -> float:
    """The level at which the limb is as wide as that level is high: half a ball of this radius is nearest to its end."""
    levels = np.arange(_LEAST_BALL_MM, min(_MOST_BALL_MM, rim_mm), _STEP_MM)
    radius = np.sqrt(np.array([cut.area_mm2 for cut in sliced.sections(levels)]) / np.pi)
    over = np.flatnonzero(levels >= radius)
    if not len(over):
        return float(levels[-1])
    k = int(over[0])
    if k == 0:
        return float(levels[0])
    a, b = (levels - radius)[k - 1 : k + 1]
    return float(levels[k - 1] - a / (b - a) * _STEP_MM)
