"""Marks that call a side of a cut proximal or distal: held against the bone's axis and each other, and made where the order gives none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from anatofit.devices.cutting_guide.spec import Cut, CuttingGuideSpec
from anatofit.errors import Reason
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector

TELLS = 0.35  # cosine between a cut's normal and the bone's axis: a cut along the bone has no proximal side
# Cosine between two normals: less, and no axis of a bone tells the same side of both, each within TELLS of it.
_CONTRARY = 2 * TELLS**2 - 1


def misleading(anatomy: Anatomy, cuts: Sequence[Cut]) -> Iterator[Reason]:
    """A reason for each cut whose marks call proximal what lies distal on a bone that was recognised, or runs along one that was; of another
    bone for each two cuts whose marks contradict each other."""
    if (up := _up(anatomy)) is None:
        yield from _contrary(cuts)
        return
    bone = anatomy.bone or f"bone, beside a {anatomy.beside}"
    for number, cut in enumerate(cuts, start=1):
        if -_proximal_side(up, cut) in _called(cut):
            first, second = cut.marks or ("", "")
            said = (
                f"the marks of cut {number}, {first} on the normal's side and {second} on the other, stand the wrong way round "
                f"on this {bone}. Exchange them, or turn the normal"
            )
            yield Reason("marks", said)


def _contrary(cuts: Sequence[Cut]) -> Iterator[Reason]:
    """A reason for each two cuts one of which calls that end of the bone proximal which the other calls distal."""
    named = [(number, sum(_called(cut)) * _unit(cut)) for number, cut in enumerate(cuts, start=1)]
    for (one, proximal), (other, also) in combinations(named, 2):
        if float((proximal * also).sum()) < _CONTRARY:
            said = (
                f"the marks of cuts {one} and {other} contradict each other: what one calls the proximal side the other calls the distal one. "
                "Exchange those of one of them, or turn its normal; the first stands on the normal's side. Where the bone bends between "
                "them, as a jaw does, write other words"
            )
            yield Reason("marks", said)


def with_marks(anatomy: Anatomy, spec: CuttingGuideSpec) -> CuttingGuideSpec:
    """The spec with marks on every cut across a bone that was recognised, also where the order gives none: a guide without
    them could be taken for one that was made for the other end."""
    if not anatomy.bone:
        return spec
    up = anatomy.planes["joint"].normal_lps
    cuts = tuple(_marked(cut, _proximal_side(up, cut)) for cut in spec.surgery.cut)
    return spec.model_copy(update={"surgery": spec.surgery.model_copy(update={"cut": cuts})})


def _marked(cut: Cut, end: int) -> Cut:
    if cut.marks is not None or not end:
        return cut
    return cut.model_copy(update={"marks": ("PROX", "DIST")[::end]})


def _up(anatomy: Anatomy) -> FloatArray | None:
    """The way to the proximal end of a bone that was recognised, or runs along one that was; None of another."""
    plane = anatomy.planes.get("joint" if anatomy.bone else "beside_across")
    return None if plane is None else plane.normal_lps


def _called(cut: Cut) -> set[int]:
    """1 where a mark of a cut calls its normal's side proximal, or the other distal; -1 where one does the other way round."""
    first, second = cut.marks or ("", "")
    called = (
        first.startswith("PROX") or second.startswith("DIST"),
        first.startswith("DIST") or second.startswith("PROX"),
    )
    return {sign for sign, does in zip((1, -1), called, strict=True) if does}


def _proximal_side(up_lps: FloatArray, cut: Cut) -> int:
    """1 where a cut's normal points to the proximal end of the bone, -1 to the distal one, 0: neither."""
    along = float((_unit(cut) * up_lps).sum())
    return int(np.sign(along)) if abs(along) > TELLS else 0


def _unit(cut: Cut) -> FloatArray:
    return unit_vector(np.array(cut.normal))
