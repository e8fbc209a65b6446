"""A sole as springs on the top of an insole: what bears where, on a bed, a filling and pockets."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anatofit.devices.insole.bed import Top, evened, raised_mm, top_over
from anatofit.devices.insole.foundation import Foundation, TakenFor, Within
from anatofit.devices.insole.layout import Filling, InsolePlan, Raised
from anatofit.devices.insole.zones import density_at
from anatofit.geometry.flat_mesh import inside
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.heights import BoolArray
from anatofit.model.mesh import IntArray

PRESSURE = "pressure_kpa"  # on the nodes of the sole
EVERY = 2  # nodes of the sole: springs stand 2 mm apart
_FLANK = float(
    np.tan(np.deg2rad(35.0))
)  # steeper, a place is the side of the foot: an upright spring tells nothing of it (proposal)
_EVEN_MM = 1.5  # what the sole is evened out by before its slope is looked at


@dataclass(frozen=True, eq=False)
class Bedded:
    """The springs, the bed's height over the plantar plane without the pockets in question, and which lie on the insole; (n,)."""

    springs: Foundation
    bed_mm: FloatArray
    on_insole: BoolArray
    ground_mm: float
    within: Within
    node: tuple[IntArray, IntArray]

    def with_(self, pockets: tuple[Raised, ...]) -> FloatArray:
        """(n,) pressures in kPa on the bed with these pockets too."""
        bed = self.bed_mm + self.lowered(pockets)
        thick = np.where(self.on_insole, bed - self.ground_mm, np.nan)
        return self.springs.on(bed, thick, modulus_kpa=self.within.modulus_kpa(thick))

    def filled(self, filling: Filling | None, *, sign: int, taken_for: TakenFor = "sheets") -> Bedded:
        """The same on an insole that is filled so; as it is without."""
        if filling is None:
            return self
        density = density_at(filling, self.springs.x_mm, self.springs.y_mm, sign=sign)
        return replace(self, within=Within(self.within.solid_kpa, density, filling.skin_mm, taken_for))

    def lowered(self, pockets: tuple[Raised, ...]) -> FloatArray:
        """(n,) what pockets add to the height, 0 or less."""
        at = self.springs.x_mm, self.springs.y_mm
        return np.sum([raised_mm(*at, p) for p in pockets], axis=0) if pockets else np.zeros(len(at[0]))


def bedded_on(anatomy: Anatomy, plan: InsolePlan, seen: Top, *, solid_kpa: float) -> Bedded:
    """The springs of a sole over the top of a plan, without posting and lift: with those the whole foot turns."""
    sole = anatomy.heights["sole"]
    chosen = np.zeros(sole.height_mm.shape, dtype=bool)
    even = evened(sole.height_mm, _EVEN_MM, step_mm=sole.step_mm)
    with np.errstate(invalid="ignore"):
        flat = np.hypot(*np.gradient(even, sole.step_mm)) < _FLANK
    chosen[::EVERY, ::EVERY] = (sole.there & flat)[::EVERY, ::EVERY]
    j, i = np.nonzero(chosen)
    x, y = sole.x_mm[i], sole.y_mm[j]
    springs = Foundation(x, y, anatomy.node_values[PRESSURE][j, i], sole.height_mm[j, i], (EVERY * sole.step_mm) ** 2)
    outline = np.array(plan.outline_mm)
    level = plan.model_copy(update={"posting": (), "lift": ()})
    top = top_over(seen, level)
    on = inside(outline, np.column_stack([x, y]))
    return Bedded(springs, top.at_mm(x, y), on, plan.ground_mm, Within(solid_kpa), (j, i))
