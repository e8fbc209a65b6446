"""The head as it is shown: host and the rest of the skull drawn as one, for where they meet would look like a fracture.

The host is cut out of the skull by a box and closed at its sides; the rest of the skull comes from a coarser field. Where the
box ends within the skull, the host loses its lid, and the rest reaches under the host far enough that no slit is left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.report.display import kept, kept_any

_LID_MM = 1.0  # the box's lid and the edge that is bent into it
_UNDER_MM = 6.0  # the rest of the skull reaches this far into the host's box: more than a long triangle of either
_OWN_EDGE_MM = 0.5  # a side of the host nearer to the skull's own end than this is no cut
_SMALLEST_REST = 0.05  # less of the skull than this beyond the host's box is the host's own edge


def joined(host: Mesh, whole: Mesh, axes_lps: FloatArray) -> tuple[Mesh, ...]:
    """The host without its lids and the rest of the skull; the host alone where it is all there is.

    axes_lps: `(3, 3)`, its columns the axes of the box that the host was cut out by.
    """
    low, high = _box(host.vertices_lps_mm @ axes_lps, whole.vertices_lps_mm @ axes_lps)
    if _within(whole.vertices_lps_mm @ axes_lps, low, high).mean() > 1.0 - _SMALLEST_REST:
        return (host,)
    return (
        kept(host, lambda points: _within(points @ axes_lps, low + _LID_MM, high - _LID_MM)),
        kept_any(whole, lambda points: ~_within(points @ axes_lps, low + _UNDER_MM, high - _UNDER_MM)),
    )


def _box(host: FloatArray, whole: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The host's box, without end on the sides where the skull itself ends."""
    low, high, start, end = host.min(axis=0), host.max(axis=0), whole.min(axis=0), whole.max(axis=0)
    return np.where(low - start > _OWN_EDGE_MM, low, -np.inf), np.where(end - high > _OWN_EDGE_MM, high, np.inf)


def _within(points: FloatArray, low: FloatArray, high: FloatArray) -> NDArray[np.bool_]:
    return np.asarray(((points > low) & (points < high)).all(axis=1))
