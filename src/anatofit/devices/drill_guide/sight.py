"""What of a drill guide would stand before letters: the base that rises before a plate's foot, bars, other plates, sleeves and pins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.drill_guide.apart import Box
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.guide.layout import Letters, Seat, Sleeve
from anatofit.devices.guide.overhead import above_bone_mm
from anatofit.devices.guide.sight import Base, Look, in_tube, looks_at
from anatofit.geometry.field import BoolArray, FieldArray
from anatofit.model.frame import FloatArray


@dataclass(frozen=True, eq=False)
class Around:
    """What stands around plates."""

    seat: Seat
    height: FloatArray  # of the bone over the seat's lattice
    base: Base
    fillet_mm: float
    tubes: Sequence[Sleeve]
    letters: tuple[Letters, ...] = ()  # that stand there already

    @classmethod
    def over(
        cls, seat: Seat, height: FloatArray, ground: FieldArray, spec: DrillGuideSpec, tubes: Sequence[Sleeve]
    ) -> Around:
        """Around a base on the ground of a lattice: negative where the base stands."""
        thick = spec.contact_offset_mm + spec.base_thickness_mm + spec.fillet_mm / 2
        return cls(seat, height, Base.over(seat, height, ground, thick_mm=thick), spec.fillet_mm, tubes)

    def beneath(self, places_lps_mm: FloatArray) -> BoolArray:
        """`(n,)` which places lie in the base, or in the bone or as near above it as the base is thick."""
        low = above_bone_mm(places_lps_mm, self.seat, self.height) < self.base.thick_mm
        return np.asarray(low | self.in_base(places_lps_mm))

    def in_base(self, places_lps_mm: FloatArray) -> BoolArray:
        """`(n,)` which places lie in the base."""
        return np.isfinite(self.base.away_mm(places_lps_mm))

    def looks(self, letters: Letters, boxes: Sequence[Box]) -> Iterator[Look]:
        """The looks at a block of letters that nothing stands in, straight ones first."""
        for ways in looks_at(letters):
            if not self._meets(ways, boxes):
                away = np.full(len(ways), np.inf)
                for box in boxes:
                    away = np.minimum(away, box.away_mm(ways))
                yield Look(ways, away.astype(np.float32), self.fillet_mm)

    def shows(self, texts: Sequence[Letters], boxes: Sequence[Box]) -> bool:
        """Whether all of each block of letters is seen in one look that leans no more than 30 degrees."""
        return all(next(self.looks(letters, boxes), None) is not None for letters in texts)

    def _meets(self, ways: FloatArray, boxes: Sequence[Box]) -> bool:
        return bool(
            self.in_base(ways).any()
            or any((box.away_mm(ways) <= 0).any() for box in boxes)
            or any(in_tube(tube, ways).any() for tube in self.tubes)
        )
