"""How much bone there is along the axis of each pin or drill: from where it enters to where it leaves for good, across hollows."""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.words import counted
from anatofit.verify.plan_bores import PlannedBore, bores_asked
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import RAY_TOLERANCE_MM, Surface

_ABOVE_MM = 2.0  # bone must begin within this of the planned entry
_DEEP_MM = 200.0  # no bone is thicker
_HOLLOW_MM = 45.0  # a wider hollow is no medullary canal (a distal femur's is some 40 mm wide): the bone ends before it
_AGREES_MM = 0.5  # of the depth that the plan tells a surgeon


def channel_bone(subject: Subject, requirement: Requirement) -> Measurement:
    """The least depth in mm from a channel's entry to where its axis leaves the bone, of all channels; failed where the plan says another.

    The values name each channel's depth, how much of it is bone, and its near and far cortex where there is a hollow between them: a
    surface whose canal was filled has no near cortex.
    """
    if subject.host is None:
        raise subject.absent("models/host.stl")
    bores = bores_asked(subject, requirement)
    host = subject.host
    bone = subject.once("host surface", lambda: Surface(host))
    runs = [runs_of(bone, bore) for bore in bores]
    depths = [run[-1][1] if run else 0.0 for run in runs]
    least = int(np.argmin(depths))
    wrong = [_wrong(b, depth) for b, depth in zip(bores, depths, strict=True) if not _agrees(b, depth)]
    values: dict[str, float] = {}
    for bore, run, depth in zip(bores, runs, depths, strict=True):
        values |= {f"channel_{bore.number}_{name}_mm": value for name, value in _told(run, depth).items()}
    said = f"least of {counted(len(bores), 'channel')}: channel {bores[least].number}"
    solid = (
        ["no hollow lies along any of them: cortices are not told apart"] if all(len(run) < 2 for run in runs) else []
    )
    return Measurement(depths[least], "; ".join([said, *solid, *wrong]), values, failed=bool(wrong))


def _told(runs: list[tuple[float, float]], depth: float) -> dict[str, float]:
    lengths = [end - begin for begin, end in runs]
    cortices = {"near_cortex": lengths[0], "far_cortex": lengths[-1]} if len(runs) > 1 else {}
    return {"depth": depth, "bone": sum(lengths), **cortices}


def _agrees(bore: PlannedBore, depth: float) -> bool:
    return bore.depth_mm is not None and abs(bore.depth_mm - depth) <= _AGREES_MM


def _wrong(bore: PlannedBore, depth: float) -> str:
    said = "none" if bore.depth_mm is None else f"{bore.depth_mm:.1f} mm"
    return f"channel {bore.number}: the plan says a depth of {said}, {depth:.1f} mm were measured"


def runs_of(bone: Surface, bore: PlannedBore) -> list[tuple[float, float]]:
    """From where to where along the axis there is bone, mm below the entry, until a hollow too wide; none where it begins elsewhere."""
    found: list[tuple[float, float]] = []
    begin: float | None = None
    for depth, entering in _walls(bone, bore):
        if entering == (begin is not None):  # met twice at an edge between two triangles
            continue
        if entering and (depth - found[-1][1] > _HOLLOW_MM if found else depth > _ABOVE_MM):
            break
        if begin is not None:
            found.append((begin, depth))
        begin = depth if entering else None
    return found


def _walls(bone: Surface, bore: PlannedBore) -> list[tuple[float, bool]]:
    """Depth below the entry of each wall of the bone along the axis, and whether bone is entered there."""
    from vtkmodules.vtkCommonCore import vtkIdList, vtkPoints

    hits, cells = vtkPoints(), vtkIdList()
    start, end = (bore.entry_lps_mm + along * bore.axis_lps for along in (_ABOVE_MM, -_DEEP_MM))
    bone.locator.IntersectWithLine(start, end, RAY_TOLERANCE_MM, hits, cells)
    places = [np.array(hits.GetPoint(n)) for n in range(cells.GetNumberOfIds())]
    normals = [bone.face_normals[cells.GetId(n)] for n in range(len(places))]
    walls = [(_depth(bore, p), bool(n @ bore.axis_lps > 0)) for p, n in zip(places, normals, strict=True)]
    return sorted(walls, key=lambda wall: wall[0])


def _depth(bore: PlannedBore, place: FloatArray) -> float:
    return float((bore.entry_lps_mm - place) @ bore.axis_lps)
