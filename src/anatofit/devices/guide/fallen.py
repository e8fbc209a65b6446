"""The refusals of a guide whose body does not hold together, by what is cut out of it and by its way in."""

from __future__ import annotations

import numpy as np

from anatofit.devices.guide.planned import GuidePlan
from anatofit.devices.guide.spelled import spelled
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.anatomy import Anatomy
from anatofit.model.words import listed


def apart(loose_mm3: float, anatomy: Anatomy, plan: GuidePlan) -> PrescriptionError:
    """The refusal of a guide of which so much hangs on the rest no longer."""
    shorter = "make slots shorter, " if "slots" in plan.openings else ""
    said = (
        f"the guide falls apart: {loose_mm3:.0f} mm³ of it hang together with the rest no longer when {listed(plan.openings)} are cut and edges "
        f"rounded. {by_way(anatomy, plan)}, {shorter}make the base wider, or order two guides"
    )
    return PrescriptionError(Reason("no-room", said))


def by_way(anatomy: Anatomy, plan: GuidePlan) -> str:
    """Which way in a plan has and whether it was ordered; it ends with another `approach` as what to do."""
    way = spelled("approach", np.array(plan.insertion_direction_lps), anatomy)
    ordered = plan.approach_from == "order"
    whose = "was ordered" if ordered else "was chosen by the program"
    return f"The way in, {way}, {whose}: order another approach{' or none' if ordered else ''}"
