"""CR-COVER-1: how large an opening the part leaves in the skull beside itself.

Looked at from outside, along the way that the part is put in. Where the other side of the skull, mirrored in the midsagittal
plane, has bone that faces outward, bone or part must stand no deeper than `_DEEP_MM` below it; so the orbit and every other
natural opening do not count, since they are open on the other side too. The mirrored bone is first levelled to the host.
Where the mirror shows the surroundings of the same part (a defect across the midline), or no plane is planned, a place is open
where one looks past the part more than `_THROUGH_MM` deep: an orbit ends before, the cavity of the skull does not.

Of the open places only those count in which a disc of `_WIDE_MM` fits, and of these only what begins beside the part's body:
the gap, perforations and a slit have limits of their own. The other side is taken from models/restored.stl, without what lies
near the restored piece: there it is the scan's own bone, untouched by restoration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, Plane
from anatofit.model.mesh import Mesh
from anatofit.verify.outside_view import Seen, View, view_of
from anatofit.verify.regions import UPWARD, in_tabs, way_out
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import WORKERS, BoolArray, cropped, submesh, unit_rows

_MARGIN_MM = 25.0  # an opening that goes on farther is large long before
_DEEP_MM = 6.0  # the thickest plate of the envelope ends there: what lies deeper is no outer face
_THROUGH_MM = 60.0  # an adult orbit is 40 to 50 mm deep, the cavity of the skull more than 100 mm
_WIDE_MM = 5.0  # wider than a perforation (3 mm), and than what CR-GAP-2 lets stand open at a rounded rim (4.2 mm)
_BESIDE_MM = 4.0  # from the part's body to the opening: the widest cleft that CR-GAP-2 lets stand
_FACING = (
    0.5  # cosine to the part's face beside it, 60 degrees: the flank of an orbit's margin lies elsewhere on either side
)
_SMOOTH_MM = 4.0  # the part's own direction is a mean over so much: its edges are rounded by up to 1.2 mm
_FALLS_MM, _FALLS = 10.0, 1.0  # bone that lies deeper below the part than this and 45 degrees is the inside of an orbit
_SAME_PART_MM = 20.0  # a place whose mirror image lies so near to the part has no witness on the other side
_RESTORED_MM = 3.0  # from the restored piece: how far restoration may have blended it into its host
_LEAST_COMPARED = 0.5  # share of the part's body that must have a witness


@dataclass(frozen=True)
class Maps:
    """What is seen of the bone with the part in place, and of the other side; at each place how far the body is, and how it lies there."""

    view: View
    cover_mm: FloatArray
    body: BoolArray
    beside_mm: FloatArray
    body_mm: FloatArray
    body_normal: FloatArray
    other: Seen


def coverage(subject: Subject, _: Requirement) -> Measurement:
    """The area of the largest opening that is left, mm²; 0 where there is none."""
    maps = _maps(subject)
    witness, blind = _witness(maps), _blind(subject, maps)
    compared = float((witness | blind)[maps.body].mean())
    if compared < _LEAST_COMPARED:
        said = f"the other side shows bone opposite {compared:.0%} of the part; {_LEAST_COMPARED:.0%} are wanted"
        return Measurement(-1.0, said, {"compared_share": compared}, failed=True)
    deep = maps.cover_mm < _levelled(maps, witness) - _DEEP_MM
    through = maps.cover_mm < maps.body_mm - _THROUGH_MM
    left = _openings((witness & deep) | (blind & ~witness & through), maps)
    return _largest(left, np.where(witness, maps.other.height_mm, maps.body_mm), maps, compared)


def _maps(subject: Subject) -> Maps:
    """Raises ValueError where the part or a model is missing from the view."""
    from scipy.ndimage import distance_transform_edt

    if subject.host is None:
        raise subject.absent("models/host.stl")
    view = view_of(subject.part, way_out(subject), margin_mm=_MARGIN_MM)
    part, host = view.seen(view.turned(subject.part)), view.seen(view.turned(subject.host))
    body = np.isfinite(part.height_mm)
    body[body] = ~in_tabs(view.lps_mm(part.height_mm, body), subject.plan)
    if not body.any():
        raise ValueError("nothing of the part is seen from outside beside its tabs; a plate is wanted")
    beside, at = distance_transform_edt(~body, sampling=view.step_mm, return_indices=True)
    cover, at = np.maximum(part.height_mm, host.height_mm), tuple(at)
    normal = _smoothed(part.normal * body[..., None], _SMOOTH_MM / view.step_mm)
    return Maps(view, cover, body, beside, part.height_mm[at], normal[at], _other_side(subject, view))


def _smoothed(normals: FloatArray, sigma: float) -> FloatArray:
    from scipy.ndimage import gaussian_filter

    mean = np.stack([gaussian_filter(normals[..., n], sigma) for n in range(3)], axis=-1)
    return unit_rows(mean.reshape(-1, 3)).reshape(mean.shape)


def _other_side(subject: Subject, view: View) -> Seen:
    """The whole skull mirrored, without what lies near the mirrored restored piece; nothing where no plane is planned."""
    from scipy.spatial import cKDTree

    plane = _midsagittal(subject)
    if plane is None:
        return view.seen(Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64)))
    if subject.whole is None or subject.missing is None:
        raise ValueError("models/restored.stl and models/missing_bone.stl are wanted, to look at the other side")
    other = cropped(view.turned(_mirrored(subject.whole, plane)), view.low_mm, view.high_mm)
    piece = cKDTree(
        view.turned(_mirrored(subject.missing, plane)).vertices_lps_mm, balanced_tree=False, compact_nodes=False
    )
    near, _ = piece.query(other.vertices_lps_mm, distance_upper_bound=_RESTORED_MM, workers=WORKERS)
    return view.seen(submesh(other, ~np.isfinite(near)[other.faces].any(axis=1)))


def _midsagittal(subject: Subject) -> Plane | None:
    planned = subject.plan.get("midsagittal")
    return Plane(np.asarray(planned["point_lps_mm"]), np.asarray(planned["normal_lps"])) if planned else None


def _mirrored(mesh: Mesh, plane: Plane) -> Mesh:
    return Mesh(plane.reflect(mesh.vertices_lps_mm), mesh.faces[:, ::-1])


def _witness(maps: Maps) -> BoolArray:
    """Where the other side has bone that faces outward, and is no inside of an orbit."""
    falls = maps.body_mm - maps.other.height_mm <= _FALLS_MM + _FALLS * maps.beside_mm
    facing = np.einsum("ijk,ijk->ij", maps.other.normal, maps.body_normal)
    return np.asarray(falls & (facing > _FACING))


def _blind(subject: Subject, maps: Maps) -> BoolArray:
    """Where the other side cannot say anything, because it is the surroundings of the same part, or no plane is planned."""
    from scipy.spatial import cKDTree

    plane = _midsagittal(subject)
    if plane is None:
        return np.ones(maps.body.shape, dtype=bool)
    there = plane.reflect(maps.view.lps_mm(maps.body_mm, np.ones(maps.body.shape, dtype=bool)))
    part = cKDTree(subject.part.vertices_lps_mm, balanced_tree=False, compact_nodes=False)
    far, _ = part.query(there, distance_upper_bound=_SAME_PART_MM, workers=WORKERS)
    return np.asarray(np.isfinite(far).reshape(maps.body.shape))


def _levelled(maps: Maps, witness: BoolArray) -> FloatArray:
    """Height of the other side's bone, tilted and lifted so that it lies as the bone around the part does."""
    height = maps.other.height_mm
    off = np.where(witness, maps.cover_mm - np.where(witness, height, 0.0), np.inf)
    fit = ~maps.body & (np.abs(off) < _DEEP_MM)
    right, up = maps.view.across_mm
    terms = np.stack([np.ones(right.shape), right - right.mean(), up - up.mean()], axis=-1)
    if fit.sum() < 100:
        return height
    return np.asarray(height + terms @ np.linalg.lstsq(terms[fit], off[fit], rcond=None)[0])


def _openings(open_: BoolArray, maps: Maps) -> BoolArray:
    """The open places in which a disc of `_WIDE_MM` fits, of each opening that begins beside the part's body."""
    from scipy.ndimage import binary_propagation, distance_transform_edt

    step, radius = maps.view.step_mm, _WIDE_MM / 2
    # the edge of an opening runs half a step outside the middle of its last open place
    middles = distance_transform_edt(np.pad(open_, 1), sampling=step)[1:-1, 1:-1] - step / 2 >= radius
    if not middles.any():
        return np.zeros(open_.shape, dtype=bool)
    wide = open_ & (distance_transform_edt(~middles, sampling=step) <= radius + step / 2)
    beside = wide & (maps.beside_mm <= _BESIDE_MM + step)
    return np.asarray(binary_propagation(beside, structure=np.ones((3, 3)), mask=wide))


def _largest(left: BoolArray, height_mm: FloatArray, maps: Maps, compared: float) -> Measurement:
    """The largest of the openings, by its area on the face that is missing."""
    from scipy.ndimage import label

    values = {"compared_share": compared, "openings": 0.0, "all_mm2": 0.0}
    if not left.any():
        return Measurement(0.0, f"no opening of {_WIDE_MM:g} mm or wider beside the part", values)
    areas = maps.view.step_mm**2 / np.maximum(maps.body_normal[..., 2], UPWARD)
    named, count = label(left, structure=np.ones((3, 3)))
    sizes = np.bincount(named[left], weights=areas[left], minlength=count + 1)
    largest = named == int(sizes.argmax())
    place = np.median(maps.view.lps_mm(height_mm, largest), axis=0)
    where = ", ".join(f"{v:.0f}" for v in place)
    values |= {"openings": float(count), "all_mm2": float(sizes.sum())}
    return Measurement(float(sizes.max()), f"largest of {count} openings near ({where}) mm", values)
