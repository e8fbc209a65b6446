"""IN-FILE of an insole in zones: the objects of its 3MF are closed, meet in the same triangles, and together are the part of the STL."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anatofit.model.finding import Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.stl_reader import read_stl
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.threemf_reader import in_one_only, read_threemf_pieces, turned_triangles
from anatofit.verify.topology import bad_edges, flat_faces

Rows = NDArray[np.float32]


def zones_same(subject: Subject, requirement: Requirement) -> Measurement:
    """Faults: objects that are not closed or have faces without area, names that are not the plan's zones, and triangles that neither two
    objects share nor the STL has, or the STL alone."""
    stl, threemf = (subject.files.get(f"device/{requirement.part}.{kind}") for kind in ("stl", "3mf"))
    if stl is None or threemf is None:
        return Measurement(-1.0, "an STL and a 3MF file are wanted", failed=True)
    pieces = read_threemf_pieces(Path(str(threemf)))
    planned = {zone["name"] for zone in subject.plan["filling"]["zones"]}
    outer, shared = _outer(pieces.values())
    values = {
        "open_edges": sum(bad_edges(mesh) for mesh in pieces.values()),
        "flat_faces": sum(flat_faces(mesh) for mesh in pieces.values()),
        "unplanned_names": len(set(pieces) - planned),
        "other_triangles": in_one_only(outer, turned_triangles(read_stl(Path(str(stl))))),
    }
    detail = f"{len(pieces)} objects share {shared} triangles: {', '.join(sorted(pieces))}"
    return Measurement(float(sum(values.values())), detail, {k: float(v) for k, v in values.items()})


def _outer(pieces: Iterable[Mesh]) -> tuple[Rows, int]:
    """The triangles that no other object has turned over, and how many pairs have been left out."""
    rows = np.concatenate([turned_triangles(mesh) for mesh in pieces])
    over = np.ascontiguousarray(rows[:, [0, 2, 1]])
    own, other = (np.ascontiguousarray(r).reshape(len(r), -1).view("V36").ravel() for r in (rows, over))
    outer = ~np.isin(own, other)
    return rows[outer], int((~outer).sum()) // 2
