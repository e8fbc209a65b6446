"""Which way is up in a surface of which nobody stated it, as the shape of a foot or a limb tells."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Source
from anatofit.model.frame import FloatArray
from anatofit.model.words import bracketed

_UP = {"foot": ("plantar", "the dorsum of the foot"), "limb": ("across", "the knee")}
_ALONG = float(np.cos(np.radians(10.0)))  # a direction that lies so near to an axis of the file is called by it


def up_remark(anatomy: Anatomy, source: Source) -> Iterator[str]:
    """A sentence where neither `up` nor a frame was stated."""
    if anatomy.kind in _UP and source.up is None and source.frame is None:
        plane, towards = _UP[anatomy.kind]
        yield (
            f"up was not stated: by the shape {towards} lies towards {_named(anatomy.planes[plane].normal_lps)} in the file's own axes; look at "
            "the pictures, or state it ([source] up)"
        )


def _named(way: FloatArray) -> str:
    """The axis of the file that a direction lies along, or its components."""
    most = int(np.abs(way).argmax())
    if abs(way[most]) >= _ALONG:
        return f"{'+' if way[most] > 0 else '-'}{'xyz'[most]}"
    return bracketed(way, 2)
