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
        """The looks at a block of letters that neither blocks nor base, joined by their fillet, stand in, straight ones first."""
        for ways in looks_at(letters):
            blocks = np.minimum.reduce([_block_away_mm(slot, ways) for slot in self.slots])
            if (blocks < 0).any():
                continue
            base = self.base.away_mm(ways, within_mm=2 * self.fillet_mm)
            away = smooth_union(blocks, base, radius_mm=self.fillet_mm)
            if not (away < 0).any():
                yield Look(ways, away, self.fillet_mm)

    def shows(self, letters: Letters, pins: Sequence[Sleeve] = ()) -> bool:
        """Whether all of a block of letters is seen in one look, past pins too."""
        return any(not any(look.meets(pin) for pin in pins) for look in self.looks(letters))


def _block_away_mm(slot: Slot, places: FloatArray) -> FieldArray:
    across, along, up = (((places - np.array(slot.point_lps_mm)) * axis).sum(axis=1) for axis in slot.frame.T)
    middle, tall = (slot.top_mm + slot.low_mm) / 2, (slot.top_mm - slot.low_mm) / 2
    return rounded_box(across, along, up - middle, half_mm=(*slot.block_half_mm, tall), radius_mm=0.0)
