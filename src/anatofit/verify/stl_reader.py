"""Reads binary STL strictly: a file that is not exactly what its header says is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anatofit.model.mesh import Mesh
from anatofit.verify.surface import UnreadableFileError

_HEAD_BYTES = 84
_RECORD = np.dtype([("normal", "<f4", (3,)), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
# A part or a skull of ours has under a million triangles; 20 million are an attack.
MOST_TRIANGLES = 10_000_000
# A scanner's bed is 2 m long and its origin at most as far away; a file in micrometres lies beyond.
FARTHEST_MM = 10_000.0
_RULE = "stl"


def read_stl(path: Path) -> Mesh:
    """The file's triangles. Raises UnreadableFileError where the file is missing or not a whole binary STL."""
    try:
        size = path.stat().st_size
        if size > _HEAD_BYTES + MOST_TRIANGLES * _RECORD.itemsize:
            raise _refused(f"the file has {size} bytes", f"a file of at most {MOST_TRIANGLES} triangles")
        return parse_stl(path.read_bytes())
    except FileNotFoundError as error:
        raise _refused("the file is missing", "a binary STL file") from error
    except OSError as error:
        raise _refused(f"the file cannot be read ({error.strerror})", "a binary STL file") from error


def parse_stl(data: bytes) -> Mesh:
    """Triangles of a binary STL's bytes; corners at exactly the same place become one vertex, in order of place.

    Raises UnreadableFileError where the size does not match the count, a number is not finite or out of all bounds, or
    there is no triangle.
    """
    if not data:
        raise _refused("the file is empty (0 bytes)", "a binary STL")
    if len(data) < _HEAD_BYTES:
        raise _refused(f"the file has {len(data)} bytes", f"a binary STL of more than {_HEAD_BYTES} bytes")
    count = int.from_bytes(data[80:_HEAD_BYTES], "little")
    wanted = _HEAD_BYTES + count * _RECORD.itemsize
    if len(data) != wanted:
        raise _refused(
            f"the file has {len(data)} bytes and names {count} triangles",
            f"a binary (not ASCII) STL, here of {wanted} bytes,",
        )
    if not 0 < count <= MOST_TRIANGLES:
        raise _refused(f"the file has {count} triangles", f"a number from 1 to {MOST_TRIANGLES}")
    corners = np.frombuffer(data, dtype=_RECORD, offset=_HEAD_BYTES)["corners"].reshape(-1, 3)
    if not (np.isfinite(corners).all() and np.abs(corners).max() <= FARTHEST_MM):
        raise _refused("a coordinate is not finite or far away", f"millimetres within {FARTHEST_MM:g} of the origin")
    return _welded(corners)


def _welded(corners: NDArray[np.float32]) -> Mesh:
    """One vertex for each exact position; the two zeros of floating point are one."""
    bits = np.ascontiguousarray(corners + np.float32(0)).view(np.uint32).astype(np.uint64)
    low = bits[:, 0] << np.uint64(32) | bits[:, 1]
    order = np.lexsort((bits[:, 2], low))
    high_sorted, low_sorted = bits[order, 2], low[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (low_sorted[1:] != low_sorted[:-1]) | (high_sorted[1:] != high_sorted[:-1])
    index = np.empty(len(order), dtype=np.int64)
    index[order] = np.cumsum(new) - 1
    return Mesh(corners[order[new]].astype(np.float64) + 0.0, index.reshape(-1, 3))


def _refused(what: str, wanted: str) -> UnreadableFileError:
    return UnreadableFileError(_RULE, what=what, wanted=wanted)
