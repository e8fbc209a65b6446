"""Every check under the one signature that `run` calls: a subject and a requirement give a measurement."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from anatofit.model.finding import Requirement
from anatofit.verify import body, min_wall
from anatofit.verify.bench import Bench
from anatofit.verify.engraving import engraving_depth
from anatofit.verify.holes import hole_deviation
from anatofit.verify.measurement import Measurement as Found
from anatofit.verify.self_intersection import self_intersection as count_crossings
from anatofit.verify.sheets import Sheets, find_sheets
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.threemf_reader import read_threemf


def _told(found: Found) -> Measurement:
    return Measurement(found.measured, found.detail, found.values, failed=not found.holds)


class _Held:
    """A subject by identity, so that what several checks need is worked out once."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    def __hash__(self) -> int:
        return id(self.subject)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.subject is other.subject


@lru_cache(maxsize=1)
def _bench(held: _Held) -> tuple[Bench, Sheets, min_wall.Walls]:
    subject = held.subject
    models = {"host": subject.host} if subject.host is not None else {}
    bench = Bench(subject.part, models=models, plan=subject.plan)
    return bench, find_sheets(bench), min_wall.find_walls(bench)


def closed_manifold(subject: Subject, _: Requirement) -> Measurement:
    """Edges, faces and vertices at which the surface is not a closed manifold."""
    return _told(body.closed_manifold(subject.part))


def components(subject: Subject, _: Requirement) -> Measurement:
    """Pieces of the surface."""
    return _told(body.components(subject.part))


def self_intersection(subject: Subject, _: Requirement) -> Measurement:
    """Pairs of triangles that cut."""
    return _told(count_crossings(subject.part))


def min_wall_(subject: Subject, requirement: Requirement) -> Measurement:
    """The thinnest wall of a region."""
    return _wall(subject, requirement, min_wall.smallest_wall)


def max_wall(subject: Subject, requirement: Requirement) -> Measurement:
    """The thickest wall of a region."""
    return _wall(subject, requirement, min_wall.largest_wall)


def _wall(subject: Subject, requirement: Requirement, measure: Callable[..., Found]) -> Measurement:
    bench, sheets, walls = _bench(_Held(subject))
    region = min_wall.body_of(sheets) if requirement.parameters.get("region") == "body" else None
    return _told(measure(bench, walls, region, requirement.what))


def mass_g(subject: Subject, requirement: Requirement) -> Measurement:
    """Volume times density."""
    return _told(body.mass_g(subject.part, requirement))


def extent(subject: Subject, _: Requirement) -> Measurement:
    """The longest side."""
    return _told(body.extent(subject.part))


def side(subject: Subject, _: Requirement) -> Measurement:
    """How far the part lies on the ordered side."""
    return _told(body.side(_bench(_Held(subject))[0]))


def fits_printer(subject: Subject, requirement: Requirement) -> Measurement:
    """Room left in the printer."""
    return _told(body.fits_printer(subject.part, requirement))


def holes(subject: Subject, _: Requirement) -> Measurement:
    """The largest deviation of a hole from its plan."""
    return _told(hole_deviation(_bench(_Held(subject))[0]))


def engraving(subject: Subject, _: Requirement) -> Measurement:
    """The depth of the engraved strokes."""
    return _told(engraving_depth(_bench(_Held(subject))[0]))


def stl_3mf_same(subject: Subject, requirement: Requirement) -> Measurement:
    """Triangles that stand in only one of the two files, by their corners as float32."""
    path = subject.files.get(f"device/{requirement.part}.3mf")
    if path is None:
        raise ValueError("device/*.3mf was not given; it is wanted to be compared with the STL")
    import numpy as np

    def corners(mesh: object) -> set[bytes]:
        triangles = np.asarray(mesh.triangles_lps_mm, dtype=np.float32) + np.float32(0)  # type: ignore[attr-defined]
        first = np.lexsort(np.moveaxis(triangles, -1, 0)[::-1], axis=-1)[:, 0]
        turn = (first[:, None] + np.arange(3)) % 3
        return {row.tobytes() for row in np.take_along_axis(triangles, turn[..., None], axis=1)}

    different = corners(subject.part) ^ corners(read_threemf(path))
    return Measurement(float(len(different)), f"{len(different)} triangles stand in one file only" if different else "")
