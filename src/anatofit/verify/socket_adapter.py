"""SK-ADAPT, SK-ALIGN, SK-STRONG: the face that the prosthesis is screwed to, how it stands to the limb, and a screening of strength."""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.verify.socket_plan import frame_of, trim_line
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import face_vectors, unit_rows

_FLAT = np.cos(np.radians(3.0))
_NEAR_MM = 1.5
_ANGLES = 36
_EVERY_MM = 4.0


def adapter_deg(subject: Subject, _: Requirement) -> Measurement:
    """The angle in degrees between the adapter's exported face and the planned one."""
    normal, _centre, area = _face(subject)
    wanted = unit_vector(np.array(subject.plan["adapter"]["axis_lps"], dtype=np.float64))
    return Measurement(_between_deg(normal, wanted), "", {"area_mm2": area})


def adapter_mm(subject: Subject, _: Requirement) -> Measurement:
    """How far the middle of the adapter's exported face lies from the planned one, in mm."""
    _normal, centre, area = _face(subject)
    return Measurement(
        float(np.linalg.norm(centre - np.array(subject.plan["adapter"]["centre_lps_mm"]))), "", {"area_mm2": area}
    )


def adapter_alignment(subject: Subject, requirement: Requirement) -> Measurement:
    """The greatest difference in degrees of flexion and adduction, of the exported face against the limb's axis, from what was ordered."""
    normal, _centre, _area = _face(subject)
    frame = frame_of(subject.plan)
    front, medial, up = frame.axes @ normal * np.array([1.0, frame.sign or 1, 1.0])
    found = {
        "flexion_deg": float(np.degrees(np.arctan2(front, -up))),
        "adduction_deg": -float(np.degrees(np.arcsin(np.clip(medial, -1, 1)))),
    }
    off = max(abs(found[key] - float(requirement.parameters[key])) for key in found)
    return Measurement(
        off, f"flexion {found['flexion_deg']:.2f}, adduction {found['adduction_deg']:.2f} degrees", found
    )


def _face(subject: Subject) -> tuple[FloatArray, FloatArray, float]:
    """Mean normal, middle and area of the flat faces that lie where the adapter's face is planned."""
    vectors = face_vectors(subject.part)
    axis = unit_vector(np.array(subject.plan["adapter"]["axis_lps"], dtype=np.float64))
    centres = subject.part.triangles_lps_mm.mean(axis=1)
    near = np.abs((centres - np.array(subject.plan["adapter"]["centre_lps_mm"])) @ axis) < _NEAR_MM
    near &= unit_rows(vectors) @ axis > _FLAT
    if not near.any():
        raise ValueError("the part has no flat face where its adapter is planned")
    size = np.linalg.norm(vectors[near], axis=1)
    return (
        unit_vector(vectors[near].sum(axis=0)),
        np.average(centres[near], axis=0, weights=size),
        float(size.sum() / 2),
    )


def _between_deg(one: FloatArray, other: FloatArray) -> float:
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(one, other)), one @ other)))


def socket_strength(subject: Subject, requirement: Requirement) -> Measurement:
    """The least factor of strength over stress: of cuts across the exported part by the theory of beams, and of the screws' threads.

    A screening: force_n along the pylon at lever_mm to any side, on sections as far up as they are whole; no notches, no fatigue, no creep.
    """
    p = {
        key: float(requirement.parameters[key])
        for key in ("force_n", "lever_mm", "strength_mpa", "thread_mm", "thread_long_mm", "pitch_mm")
    }
    moment = p["force_n"] * p["lever_mm"]
    stresses = [(level, p["force_n"] / area + moment / modulus) for level, area, modulus in _sections(subject)]
    level, stress = max(stresses, key=lambda row: row[1])
    wall = p["strength_mpa"] / stress
    pulled = moment / p["pitch_mm"] / 2
    screws = np.pi * p["thread_mm"] * p["thread_long_mm"] * p["strength_mpa"] / 2 / pulled
    least = requirement.limit_low or 0.0
    said = f"wall {wall:.1f} (at {stress:.1f} MPa, {level:.0f} mm from the adapter's face), threads of the four screws {screws:.1f}"
    if wall < least:
        said += f"; a wall {least / wall:.1f} times as thick would hold"
    if screws < least:
        said += f"; threads {np.ceil(p['thread_long_mm'] * least / screws):.0f} mm long would hold"
    return Measurement(
        min(wall, screws), said, {"wall": wall, "screws": screws, "stress_mpa": stress, "moment_nm": moment / 1000.0}
    )


def _sections(subject: Subject) -> list[tuple[float, float, float]]:
    """Distance from the face, area, and least modulus of bending about any axis through the middle, of cuts square to the pylon."""
    frame = frame_of(subject.plan)
    adapter = subject.plan["adapter"]
    axis = -unit_vector(np.array(adapter["axis_lps"], dtype=np.float64))
    face = np.array(adapter["centre_lps_mm"], dtype=np.float64)
    angle = np.linspace(0.0, 2 * np.pi, _ANGLES, endpoint=False)
    low = trim_line(subject.plan, angle).min() - float(subject.plan["shape"]["flare"]["along_mm"])
    top = float((frame.lps(np.array([[0.0, 0.0, low]]))[0] - face) @ axis)
    deep = max(float(h["depth_mm"]) for h in subject.plan["holes"])
    u = unit_vector(np.cross(axis, np.eye(3)[int(np.abs(axis).argmin())]))
    across = np.stack([u, np.cross(axis, u)])
    return [
        (level, *_modulus(subject.part, face, axis, across, level)) for level in np.arange(deep + 1.0, top, _EVERY_MM)
    ]


def _modulus(part: Mesh, face: FloatArray, axis: FloatArray, across: FloatArray, level: float) -> tuple[float, float]:
    """Area and least modulus of one cut, from the edges that it has in each triangle (Green's theorem)."""
    a, b = _edges(part, (part.vertices_lps_mm - face) @ axis - level)
    a, b = (a - face) @ across.T, (b - face) @ across.T
    turned = a[:, 0] * b[:, 1] - b[:, 0] * a[:, 1]
    area = turned.sum() / 2
    middle = ((a + b) * turned[:, None]).sum(axis=0) / (6 * area)
    a, b = a - middle, b - middle
    turned = a[:, 0] * b[:, 1] - b[:, 0] * a[:, 1]
    second = sum(np.einsum("n,ni,nj->ij", turned, p, q) for p, q in ((a, a), (b, b), ((a + b), (a + b)))) / 24
    way = np.linspace(0.0, np.pi, _ANGLES, endpoint=False)
    ways = np.stack([np.cos(way), np.sin(way)])
    inertia = np.einsum("in,ij,jn->n", ways, second * np.sign(area), ways)
    far = np.abs(np.concatenate([a, b]) @ ways).max(axis=0)
    return abs(float(area)), float((inertia / far).min())


def _edges(part: Mesh, height: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(n, 3) ends of the edges in which triangles are cut at height 0, all the same way around."""
    h = height[part.faces]
    above = h > 0
    cut = above.any(axis=1) & ~above.all(axis=1)
    corners, h, above = part.triangles_lps_mm[cut], h[cut], above[cut]
    alone = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), (~above).argmax(axis=1))
    row = np.arange(len(alone))
    ends = []
    for n in (1, 2):
        other = (alone + n) % 3
        share = h[row, alone] / (h[row, alone] - h[row, other])
        ends.append(corners[row, alone] + share[:, None] * (corners[row, other] - corners[row, alone]))
    first_up = above[row, alone]
    return np.where(first_up[:, None], ends[0], ends[1]), np.where(first_up[:, None], ends[1], ends[0])
