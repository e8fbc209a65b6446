"""SK-TRIM, SK-VOL, SK-DON: a socket's brim, the room inside it, and whether the limb in its liner gets in, on the exported triangles."""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.verify.socket_inner import beside_openings
from anatofit.verify.socket_limb import AskedFace, asked_face, seen_from_axis
from anatofit.verify.socket_plan import SocketFrame, asked_wall
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface

_STEP_MM, _TURN = 2.0, 72  # of the rays that rooms and girths are measured by
_BELOW_BRIM_MM = 2.0
_OVER_MM = 0.1  # facets of the line


def socket_trim(subject: Subject, _: Requirement) -> Measurement:
    """How far the brim lies off the planned trim line at most, in mm: its edge is there, and all that stands above it is its rounding."""
    asked = asked_face(subject)
    line = asked.edge_mm
    surface = subject.once("surface", lambda: Surface(subject.part))
    missing = surface.distance_mm(asked.frame.lps(line))
    above = _above(subject, asked)
    worst = int(missing.argmax())
    said = f"worst {np.degrees(asked.angle[worst]):.0f} degrees from the front"
    values = {"edge_mm": float(missing.max()), "above_mm": above}
    return Measurement(max(float(missing.max()), above), said, values)


def _above(subject: Subject, asked: AskedFace) -> float:
    """By how much what stands above the line lies further from it than the wall is thick there."""
    from scipy.spatial import cKDTree

    local = asked.frame.local(subject.part.vertices_lps_mm)
    over = asked.over_edge_mm(local) > _OVER_MM
    if not over.any():
        return 0.0
    away, nearest = cKDTree(asked.edge_mm).query(local[over])
    wall = asked_wall(subject.plan, asked.frame, *asked.frame.chart(asked.edge_mm))[nearest]
    return max(0.0, float((away - wall).max()))


def socket_volume(subject: Subject, requirement: Requirement) -> Measurement:
    """The difference in per cent between the room inside the socket below a level and the one that is told."""
    frame, told = asked_face(subject).frame, float(requirement.parameters["told_mm3"])
    found = _room_mm3(subject, frame, float(requirement.parameters["level_mm"]))
    return Measurement(
        100.0 * abs(found / told - 1.0), f"{found / 1000.0:.1f} ml", {"found_mm3": found, "told_mm3": told}
    )


def _room_mm3(subject: Subject, frame: SocketFrame, level_mm: float) -> float:
    """Sectors of the half ball and wedges above it, each as deep as a ray reaches; openings are bridged from beside them."""
    surface = subject.once("surface", lambda: Surface(subject.part))
    angle = np.pi / _TURN * np.arange(2 * _TURN, dtype=np.float64)
    total = 0.0
    for edges, power in (
        (np.linspace(frame.lowest, frame.ball, 61), 3),
        (np.arange(frame.ball, level_mm, _STEP_MM), 2),
    ):
        edges = np.append(edges, level_mm) if power == 2 else edges
        v = (edges[1:] + edges[:-1]) / 2
        reach = _bridged(subject, frame, v, angle, seen_from_axis(surface, frame, v, angle))
        tall = np.diff(edges)[:, None]
        flat = np.cos(np.clip(frame.ball - v, 0.0, None) / frame.ball)[:, None]
        wedge = reach**power / power * (tall * flat / frame.ball if power == 3 else tall)
        total += float(wedge.sum() * (angle[1] - angle[0]))
    return total


def _bridged(subject: Subject, frame: SocketFrame, v: FloatArray, angle: FloatArray, reach: FloatArray) -> FloatArray:
    """Rays that meet nothing, or an opening's wall, take what those beside them reach; rows of such alone that of the next sound row."""
    start, way = frame.rays(np.repeat(v, len(angle)), np.tile(angle, len(v)))
    ends = frame.lps(start + np.nan_to_num(reach).reshape(-1, 1) * way)
    sound = np.isfinite(reach) & ~beside_openings(subject, ends).reshape(reach.shape)
    rows = [n for n, row in enumerate(sound) if row.any()]
    if not rows:
        raise ValueError("no ray from the axis meets the inner face")
    means = np.interp(np.arange(len(v)), rows, [float(reach[n][sound[n]].mean()) for n in rows])
    filled = [
        np.where(ok, row, np.interp(angle, angle[ok], row[ok], period=2 * np.pi))
        if ok.any()
        else np.full(len(angle), mean)
        for row, ok, mean in zip(reach, sound, means, strict=True)
    ]
    return np.array(filled)


def socket_donning(subject: Subject, _: Requirement) -> Measurement:
    """By how many per cent the girth of limb and liner must give way at most on the way in, along the limb's axis.

    Each level of the limb passes every level of the socket above its own, as far up as the brim is whole.
    """
    asked = asked_face(subject)
    frame = asked.frame
    top = float(asked.trim_mm.min()) - _BELOW_BRIM_MM
    levels = np.arange(frame.ball, top, _STEP_MM)
    angle = 2 * np.pi / _TURN * np.arange(_TURN, dtype=np.float64)
    surface = subject.once("surface", lambda: Surface(subject.part))
    assert subject.host is not None  # held by asked_face
    socket, limb = (
        _bridged(subject, frame, levels, angle, seen_from_axis(body, frame, levels, angle))
        for body in (surface, Surface(subject.host))
    )
    limb = limb + float(subject.plan["shape"]["liner_mm"])
    inside, outside = _girths(limb, angle), _girths(socket, angle)
    narrowest = np.minimum.accumulate(outside[::-1])[::-1]
    squeeze = 100.0 * (1.0 - narrowest / inside)
    worst = int(squeeze.argmax())
    past = np.minimum.accumulate(socket[::-1], axis=0)[::-1]
    values = {
        "undercut_mm": float((limb - past).max()),
        "in_place_percent": float(100.0 * (1.0 - outside / inside).max()),
    }
    said = f"the limb {levels[worst]:.0f} mm above its end; a single place gives way by {values['undercut_mm']:.1f} mm at most"
    return Measurement(float(max(squeeze[worst], 0.0)), said, values)


def _girths(reach: FloatArray, angle: FloatArray) -> FloatArray:
    """(n,) the way around at each level."""
    at = reach[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return np.asarray(np.linalg.norm(np.roll(at, -1, axis=1) - at, axis=2).sum(axis=1))
