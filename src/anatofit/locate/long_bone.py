"""A bone that is recognised by its shape: which it is, where its landmarks and axes lie, and of which side it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.locate.ends import Stood, laid
from anatofit.locate.femur import find_femur
from anatofit.locate.located import LocatedBone, Unlike
from anatofit.locate.tibia import find_tibia
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh

KINDS: Mapping[str, Callable[[Stood], LocatedBone | Unlike]] = MappingProxyType(
    {"tibia": find_tibia, "femur": find_femur}
)
OTHER = "other"
SIDES = {Laterality.RIGHT: "right", Laterality.LEFT: "left"}


def locate_long_bone(mesh: Mesh, *, ordered: Laterality, bone: str | None) -> LocatedBone | None:
    """The bone as it was recognised, None for one that is not known. mesh: closed, in any pose, mm. bone: its name where an order
    tells it; "other" is not looked at.

    Raises ScanUnsuitableError where the shape is none of the bone that was named, or is of the other side than ordered.
    """
    if bone == OTHER:
        return None
    stands = laid(mesh)
    found = _named(stands, bone) if bone else _any(stands)
    if found is not None and ordered in SIDES and found.laterality is not ordered:
        said = (
            f"the bone is a {SIDES[found.laterality]} {found.bone} by its shape, the order is for the {SIDES[ordered]} side. "
            f'Check order and source; a bone that is no {found.bone} is ordered with [locate] bone = "{OTHER}"'
        )
        raise ScanUnsuitableError(Reason("wrong-side", said))
    return found


def _named(stands: Stood | None, bone: str) -> LocatedBone:
    found = Unlike(("it is too stout for a long bone",)) if stands is None else KINDS[bone](stands)
    if isinstance(found, Unlike):
        said = f"the bone is no whole {bone} by its shape: {'; '.join(found.why)}. Check source and unit, or leave [locate] bone out"
        raise ScanUnsuitableError(Reason("not-that-bone", said))
    return found


def _any(stands: Stood | None) -> LocatedBone | None:
    """None where the shape is that of no bone that is known, or of several."""
    if stands is None:
        return None
    found = [located for find in KINDS.values() if isinstance(located := find(stands), LocatedBone)]
    return found[0] if len(found) == 1 else None
