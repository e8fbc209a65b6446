"""What the plan of an insole reads of a foot, in the foot's own frame."""

from __future__ import annotations

from typing import Literal

import numpy as np

from anatofit.devices.guide.layout import triple
from anatofit.devices.insole.layout import FootFrame
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Laterality


class Foot:
    """Outline (n, 2), places of landmarks (2,) by name, and (n, 2) the outline of the shoe last's bottom where there is one."""

    def __init__(
        self,
        frame: FootFrame,
        outline_mm: FloatArray,
        marks: dict[str, FloatArray],
        last_mm: FloatArray | None = None,
    ) -> None:
        self.frame, self.outline_mm, self.marks, self.last_mm = frame, outline_mm, marks, last_mm
        self.start_mm = float(outline_mm[:, 0].min())
        self.length_mm = float(np.ptp(outline_mm[:, 0]))

    @classmethod
    def of(cls, anatomy: Anatomy) -> Foot:
        sole = anatomy.heights["sole"]
        sign: Literal[1, -1] = -1 if anatomy.laterality is Laterality.LEFT else 1
        x, y, z = (triple(axis) for axis in sole.axes_lps)
        frame = FootFrame(origin_lps_mm=triple(sole.origin_lps_mm), axes_lps=(x, y, z), medial_sign=sign)
        marks = {name: sole.to_local_mm(np.asarray(at))[:2] for name, at in anatomy.landmarks.items()}
        last = anatomy.curves.get("last")
        outline = sole.to_local_mm(anatomy.curves["outline"])[:, :2]
        return cls(frame, outline, marks, None if last is None else sole.to_local_mm(last)[:, :2])

    @property
    def line(self) -> tuple[FloatArray, FloatArray]:
        """The first and the fifth metatarsal head, (2,)."""
        return self.marks["first_metatarsal_head"], self.marks["fifth_metatarsal_head"]

    def at(self, share: float) -> float:
        """x at a share of the length."""
        return rounded(self.start_mm + share * self.length_mm)


def rounded(value: float) -> float:
    """To a millionth, without a negative zero."""
    return round(float(value), 6) + 0.0
