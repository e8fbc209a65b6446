"""How near other bones of the scan come to a part, in its seat and on its way out of it."""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import SEARCHED, Requirement
from anatofit.model.frame import unit_vector
from anatofit.verify.insertion import near_way, nearest_on_way
from anatofit.verify.subject import Measurement, Subject

_FAR_MM = 3.0  # farther bones decide nothing: no smaller distance was found


def other_bones(subject: Subject, requirement: Requirement) -> Measurement:
    """The smallest distance in mm of the part from any other bone, over `length_mm` of its way (0: in its seat alone); 3 where none is so near."""
    if subject.neighbours is None:
        raise subject.absent("models/neighbours.stl")
    way = unit_vector(np.array(subject.plan["insertion_direction_lps"], dtype=np.float64))
    length = float(requirement.parameters["length_mm"])
    if not 0.0 <= length <= 1000.0:
        raise ValueError(f"the way is {length:g} mm long; 0 to 1000 are wanted")
    near = near_way(subject, subject.neighbours, way, length)
    best, at = nearest_on_way(subject, near, way, length) if len(near.faces) else (np.inf, 0.0)
    if not best < _FAR_MM:
        said = f"no other bone that is known comes within {_FAR_MM:g} mm of the part"
        return Measurement(_FAR_MM, said, {SEARCHED: _FAR_MM})
    return Measurement(float(best), f"{at:.1f} mm above the seat", {"at_mm": float(at)})
