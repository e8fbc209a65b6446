"""What of a cutting guide would stand before letters: blocks of its slots, the base where it rises, sleeves of pins, and the fillets between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.cutting_guide.layout import Slot
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec
from anatofit.devices.guide.layout import Letters, Seat, Sleeve
from anatofit.devices.guide.sight import SPARE_MM, Base, Look, looks_at
from anatofit.geometry.field import FieldArray, smooth_union
from anatofit.geometry.solids import rounded_box
from anatofit.model.frame import FloatArray


@dataclass(frozen=True, eq=False)
class Around:
    """What stands around the letters on a guide's slots before its pins do."""

    slots: Sequence[Slot]
    base: Base
    fillet_mm: float

    @classmethod
    def over(
        cls, slots: Sequence[Slot], seat: Seat, height: FloatArray, ground: FieldArray, spec: CuttingGuideSpec
    ) -> Around:
        """Around slots whose base stands on the ground of a lattice: negative where it does."""
        thick = spec.contact_offset_mm + spec.base_thickness_mm + SPARE_MM
        return cls(slots, Base.over(seat, height, ground, thick_mm=thick), spec.fillet_mm)

    def looks(self, letters: Letters) -> Iterator[Look]:
        """The looks at a block of letters that nothing stands in, straight ones first."""
        for ways in looks_at(letters):
            away = self._away_mm(ways)
            if not (away < 0).any():
                yield Look(ways, away, self.fillet_mm)

    def shows(self, letters: Letters, pins: Sequence[Sleeve] = ()) -> bool:
        """Whether all of a block of letters is seen in one look, past pins too."""
        return any(not any(look.meets(pin) for pin in pins) for look in self.looks(letters))

    def _away_mm(self, places: FloatArray) -> FieldArray:
        """`(n,)` how far places are from blocks and base, joined by their fillet."""
        blocks = np.minimum.reduce([_block_away_mm(slot, places) for slot in self.slots])
        base = self.base.away_mm(places, within_mm=2 * self.fillet_mm)
        return smooth_union(blocks, base, radius_mm=self.fillet_mm)


def _block_away_mm(slot: Slot, places: FloatArray) -> FieldArray:
    across, along, up = (((places - np.array(slot.point_lps_mm)) * axis).sum(axis=1) for axis in slot.frame.T)
    middle, tall = (slot.top_mm + slot.low_mm) / 2, (slot.top_mm - slot.low_mm) / 2
    return rounded_box(across, along, up - middle, half_mm=(*slot.block_half_mm, tall), radius_mm=0.0)
