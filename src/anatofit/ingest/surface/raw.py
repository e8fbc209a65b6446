"""Triangles as a file states them, the bounds of every reader, and how a reader refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.ingest.rules import found
from anatofit.model.mesh import IntArray
from anatofit.model.surface_scan import Unit

# The skin of a whole leg (0.5 m²) in triangles with edges of 0.5 mm, the finest that hand-held scanners resolve, has 4.6 million;
# a bone of 3000 cm² out of 0.3 mm voxels about as many. Beyond it the repair alone takes gigabytes.
MOST_TRIANGLES = 5_000_000
# Triangles that share no corner have three each: such a file is the largest that is still in bounds.
MOST_VERTICES = 3 * MOST_TRIANGLES
# Binary STL takes 50 bytes a triangle. Text takes up to five times as much: a text of this size holds about a million.
MOST_BYTES = 84 + 50 * MOST_TRIANGLES
# No scanner's number lies farther away in any unit; squares and cubes of these are still finite and exact enough.
FARTHEST = 1e9


@dataclass(frozen=True)
class RawSurface:
    """What a reader found. vertices: `(n, 3)` float32 or float64 in the file's own unit and axes; faces: `(m, 3)` indices.

    unit: what the file itself says. corners_merged: 0 where each triangle has corners of its own, as STL has.
    """

    format: str
    vertices: NDArray[Any]
    faces: IntArray
    unit: Unit | None = None
    notes: tuple[str, ...] = ()


def refused(rule: str, was: str) -> ScanUnsuitableError:
    """The refusal under `rule`: what was, then the table's remedy."""
    return ScanUnsuitableError(Reason(rule, found(rule, was).message))


def check_count(triangles: int) -> None:
    """Raises ScanUnsuitableError where there are more triangles than a scan can have, or none. Nothing is allocated before."""
    if triangles > MOST_TRIANGLES:
        raise refused("surface-too-large", f"The file names {triangles} triangles, at most {MOST_TRIANGLES} are read")
    if triangles <= 0:
        raise refused("surface-empty", "The file names no triangle")


def checked(raw: RawSurface) -> RawSurface:
    """The surface, its numbers looked at. Raises ScanUnsuitableError."""
    check_count(len(raw.faces))
    values = raw.vertices[raw.faces.ravel()] if len(raw.vertices) > 3 * len(raw.faces) else raw.vertices
    bad = int((~np.isfinite(values).all(axis=1)).sum())
    if bad:
        raise refused("surface-numbers", f"{bad} corners have a coordinate that is not finite")
    if float(np.abs(values).max()) > FARTHEST:
        raise refused("surface-numbers", f"A coordinate lies more than {FARTHEST:g} from the origin")
    if raw.faces.min() < 0 or raw.faces.max() >= len(raw.vertices):
        raise refused("surface-damaged", "A face names a vertex that does not exist")
    return raw
