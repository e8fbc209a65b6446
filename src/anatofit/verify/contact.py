"""The surface on which a guide rests: how far it stands from the bone, how evenly, and on how many well spread places.

Contact is what of the part lies nearer than `_NEAR_MM` to bone, or than the ordered offset and `_BEYOND_MM`, and faces its nearest
place there within `_FACING_DEG`, so no edge or side counts. Left out are planned reliefs, with the band over which they begin, and
walls that stand along the way out within `_UPRIGHT_DEG`: the way out gave them their shape, past bone that is undercut. Of a part
that no straight way brings off its bone (`comes_off` of its plan), no wall has its shape from one. What faces the bone from farther
away is no contact. The areas are told, and where contact is less than `_LEAST_SHARE` of the planned footing,
the checks fail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.verify.bone_cloud import BoneCloud
from anatofit.verify.regions import planned, way_out
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, Surface, cropped, face_vectors, spread_points, unit_rows

_NEAR_MM, _FACING_DEG = 1.0, 15.0
_BEYOND_MM = 0.7  # a base that is ordered to stand far off is contact up to so much more
_UPRIGHT_DEG = 6.0  # no base is to stand on ground so steep
_OFF_MM = 6.0  # what faces bone from so far hangs over it
_PLACES_MM2, _MOST = 0.25, 40_000  # of surface to a place
_LOOKS = -0.7  # cosine between a face's normal and the way off the bone, before it is measured exactly
_CROP_MM = 8.0
_RELIEF_BAND_MM = 3.0  # around a relief, where the offset grows
_APART_MM = 4.0  # between places on which a guide rests: a finger's breadth holds some ten
_FEWEST = 100  # places of the surface; fewer are no surface
_LEAST_SHARE = 0.5  # of the footing that the plan counts on


@dataclass(frozen=True)
class Contact:
    """Places of the contact surface, their normals, their distance from bone; areas in mm²: of contact, relieved, upright, standing off."""

    points_lps_mm: FloatArray
    normals: FloatArray
    distance_mm: FloatArray
    area_mm2: float
    relieved_mm2: float
    upright_mm2: float
    off_mm2: float


def contact_median(subject: Subject, _: Requirement) -> Measurement:
    """The median distance in mm of the contact surface from the bone; negative inside."""
    contact = contact_of(subject)
    return _measured(subject, contact, float(np.median(contact.distance_mm)))


def contact_p99(subject: Subject, _: Requirement) -> Measurement:
    """The 99th percentile in mm of how much the contact surface's distance from the bone differs from the planned offset."""
    contact = contact_of(subject)
    away = np.abs(contact.distance_mm - float(subject.plan["contact_offset_mm"]))
    return _measured(subject, contact, float(np.percentile(away, 99)))


def contact_places(subject: Subject, _: Requirement) -> Measurement:
    """On how many places, no two nearer to each other than `_APART_MM`, the contact surface can rest at once.

    Chosen one after the other, each the farthest from those before, the first the farthest from the middle: no place of the
    surface is then farther than `_APART_MM` from one of them.
    """
    contact = contact_of(subject)
    chosen = spread_out(contact.points_lps_mm, apart_mm=_APART_MM)
    return _measured(subject, contact, float(len(chosen)))


def contact_of(subject: Subject) -> Contact:
    """The contact surface, measured once. Raises ValueError without a host, or where nothing of the part faces it nearby."""
    if subject.host is None:
        raise subject.absent("models/host.stl")
    host = subject.host
    return subject.once("contact", lambda: _contact(subject, host))


def spread_out(points: FloatArray, *, apart_mm: float) -> list[int]:
    """Numbers of `(n, 3)` points that lie at least so far apart, as many as one after the other can be added."""
    chosen = [int(np.argmax(np.square(points - points.mean(axis=0)).sum(axis=1)))]
    away = np.linalg.norm(points - points[chosen[0]], axis=1)
    while away.max() >= apart_mm:
        chosen.append(int(np.argmax(away)))
        away = np.minimum(away, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return chosen


def _measured(subject: Subject, contact: Contact, value: float) -> Measurement:
    footing = float(subject.plan.get("footing_mm2", 0.0))
    share = contact.area_mm2 / footing if footing > 0 else 1.0
    low, high = (float(v) for v in np.percentile(contact.distance_mm, [1, 99]))
    values = {"contact_mm2": contact.area_mm2, "relieved_mm2": contact.relieved_mm2}
    values |= {"upright_mm2": contact.upright_mm2, "off_mm2": contact.off_mm2}
    values |= {"p1": low, "p99": high, "share_of_footing": share}
    said = f"over {contact.area_mm2:.0f} mm² of contact; left out: {contact.relieved_mm2:.0f} mm² relieved, "
    said += f"{contact.upright_mm2:.0f} mm² along the way out, {contact.off_mm2:.0f} mm² that stand off"
    if share < _LEAST_SHARE:
        said += f"; {share:.0%} of the planned footing, {_LEAST_SHARE:.0%} are wanted"
    return Measurement(value, said, values, failed=share < _LEAST_SHARE)


def _contact(subject: Subject, host: Mesh) -> Contact:
    low, high = subject.part.bounds_lps_mm
    bone = cropped(host, low - _CROP_MM, high + _CROP_MM)
    if not len(bone.faces):
        raise ValueError("no host bone lies near the part; a guide that is seated on bone is wanted")
    points, normals, each_mm2 = _near(subject.part, bone)
    distance, facing = _exact(Surface(bone), points, normals)
    facing &= distance < _OFF_MM
    relieved = facing & _in_relief(points, subject)
    upright = facing & ~relieved & _along_way(normals, subject)
    near_mm = max(_NEAR_MM, float(subject.plan.get("contact_offset_mm", 0.0)) + _BEYOND_MM)
    contact = facing & ~relieved & ~upright & (distance <= near_mm)
    if contact.sum() < _FEWEST:
        raise ValueError(
            f"{int(contact.sum())} places of the part face bone within {near_mm:g} mm; {_FEWEST} are wanted"
        )
    kinds = {"area": contact, "relieved": relieved, "upright": upright, "off": facing & ~relieved & ~upright & ~contact}
    areas = {f"{kind}_mm2": float(which.sum() * each_mm2) for kind, which in kinds.items()}
    return Contact(points[contact], normals[contact], distance[contact], **areas)


def _near(part: Mesh, bone: Mesh) -> tuple[FloatArray, FloatArray, float]:
    """Places spread over the part that are near bone and look at it; and the area that each stands for."""
    area = float(np.linalg.norm(face_vectors(part), axis=1).sum()) / 2
    count = int(np.clip(area / _PLACES_MM2, 1000, _MOST))
    points, normals, _ = spread_points(part, count)
    cloud = BoneCloud(bone)
    near = cloud.near(points, within_mm=_OFF_MM + 1.0)
    points, normals = points[near], normals[near]
    looks = np.einsum("ij,ij->i", normals, cloud.signed_mm(points)[1]) < _LOOKS
    return points[looks], normals[looks], area / count


def _exact(bone: Surface, points: FloatArray, normals: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Signed distances, and which places face their nearest place of the bone."""
    nearest, faces = bone.nearest(points)
    rest = points - nearest
    side = np.where(np.einsum("ij,ij->i", rest, bone.face_normals[faces]) < 0, -1.0, 1.0)
    signed = side * np.linalg.norm(rest, axis=1)
    gradient = np.where((np.abs(signed) < 1e-3)[:, None], bone.face_normals[faces], side[:, None] * unit_rows(rest))
    return signed, np.asarray(-np.einsum("ij,ij->i", normals, gradient) > np.cos(np.deg2rad(_FACING_DEG)))


def _along_way(normals: FloatArray, subject: Subject) -> BoolArray:
    if not subject.plan.get("comes_off", True):
        return np.zeros(len(normals), dtype=bool)
    return np.asarray(-normals @ way_out(subject) < np.sin(np.deg2rad(_UPRIGHT_DEG)))


def _in_relief(points: FloatArray, subject: Subject) -> BoolArray:
    out = np.zeros(len(points), dtype=bool)
    for relief in planned(subject.plan, "reliefs"):
        away = np.linalg.norm(points - np.asarray(relief["point_lps_mm"], dtype=np.float64), axis=1)
        out |= away < float(relief["radius_mm"]) + _RELIEF_BAND_MM
    return out
