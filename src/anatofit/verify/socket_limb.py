"""The inner face that is asked of a socket, worked out anew from models/host.stl and plan.json.

The limb is looked at by rays, evened by circular convolutions row by row, and moved along its normals; the design's code is not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.verify.socket_plan import SocketFrame, asked_offset, frame_of, trim_line
from anatofit.verify.subject import Subject
from anatofit.verify.surface import IntArray, Surface

ROW_MM, AROUND = 1.3, 288  # of the nodes: 1.2 mm around a knee
_FAR_MM = 250.0  # beyond the reach of any limb from its axis
_ABOVE_MM = 6.0  # of the nodes above the trim line, and four deviations: beside an edge a mean is one-sided
NORMALS_MM = 4.0  # the evened limb is evened by so much more before its normals are taken
_TRUNCATED = 3.6  # standard deviations of a bell


@dataclass(frozen=True, eq=False)
class AskedFace:
    """Nodes by row and angle, in the limb's frame. face_mm: (n, m, 3) of the asked inner face.

    raw_mm, even_mm: (n, m) along the rays to the scan and to the evened limb. trim_mm: (m,) v of the trim line.
    """

    frame: SocketFrame
    v: FloatArray
    angle: FloatArray
    raw_mm: FloatArray
    even_mm: FloatArray
    face_mm: FloatArray
    trim_mm: FloatArray

    @property
    def below_trim(self) -> FloatArray:
        """(n, m) how far below the trim line each node lies, along the limb."""
        return np.asarray(self.trim_mm[None] - self.v[:, None])

    @cached_property
    def edge_mm(self) -> FloatArray:
        """(m, 3) the planned edge of the inner face at the nodes' angles."""
        below = self.below_trim
        row, column = (below > 0).sum(axis=0) - 1, np.arange(len(self.angle))
        share = (below[row, column] / (self.v[1] - self.v[0]))[:, None]
        return np.asarray((1 - share) * self.face_mm[row, column] + share * self.face_mm[row + 1, column])

    def over_edge_mm(self, local_mm: FloatArray) -> FloatArray:
        """(n,) how far along the limb places lie above the planned edge at their own angle; negative below."""
        v, angle = self.frame.chart(local_mm)
        edge_v, edge_angle = self.frame.chart(self.edge_mm)
        return np.asarray(v - np.interp(angle, edge_angle, edge_v, period=2 * np.pi))

    @cached_property
    def outward(self) -> FloatArray:
        """(n, m, 3) unit vectors out of the asked inner face."""
        return _normals(self.face_mm)

    def mesh(self) -> Mesh:
        """The asked inner face as triangles that look outward, up to a little above the trim line."""
        n, m = len(self.v), len(self.angle)
        return Mesh(self.face_mm.reshape(-1, 3), _strips(n, m))


def asked_face(subject: Subject) -> AskedFace:
    """Made once for all checks. Raises ValueError where the limb is missing."""
    return subject.once("asked face", lambda: _asked(subject))


def _asked(subject: Subject) -> AskedFace:
    if subject.host is None:
        raise subject.absent("models/host.stl")
    plan, frame = subject.plan, frame_of(subject.plan)
    angle = 2 * np.pi / AROUND * np.arange(AROUND, dtype=np.float64)
    trim = trim_line(plan, angle)
    sigma = float(plan["shape"]["smoothing_mm"])
    v = np.arange(frame.lowest + ROW_MM / 4, float(trim.max()) + _ABOVE_MM + 4.0 * sigma, ROW_MM)
    raw = seen_from_axis(Surface(subject.host), frame, v, angle)
    even = _evened(raw, frame, v, angle, sigma)
    start, way = _grid(frame, v, angle)
    limb = start + even[..., None] * way
    smooth = start + _evened(even, frame, v, angle, NORMALS_MM)[..., None] * way
    offset = asked_offset(plan, frame, np.repeat(v, AROUND), np.tile(angle, len(v))).reshape(raw.shape)
    return AskedFace(frame, v, angle, raw, even, limb + offset[..., None] * _normals(smooth), trim)


def _grid(frame: SocketFrame, v: FloatArray, angle: FloatArray) -> tuple[FloatArray, FloatArray]:
    start, way = frame.rays(np.repeat(v, len(angle)), np.tile(angle, len(v)))
    shape = (len(v), len(angle), 3)
    return start.reshape(shape), way.reshape(shape)


def seen_from_axis(surface: Surface, frame: SocketFrame, v: FloatArray, angle: FloatArray) -> FloatArray:
    """(n, m) how far along each ray of the chart a surface is met first; nan where it is not."""
    start, way = frame.rays(np.repeat(v, len(angle)), np.tile(angle, len(v)))
    begin, end = frame.lps(start), frame.lps(start + _FAR_MM * way)
    met, _ = surface.first_hits(begin, end)
    return np.where(np.isfinite(met), met, np.nan).reshape(len(v), len(angle))


def _evened(reach: FloatArray, frame: SocketFrame, v: FloatArray, angle: FloatArray, sigma: float) -> FloatArray:
    """Means weighed by a bell of the distance on half a ball with a cylinder above, and by area: a circular convolution for each pair of rows."""
    there = np.isfinite(reach)
    if sigma <= 0 and there.all():
        return reach
    by = sigma if sigma > 0 else ROW_MM
    flat = np.cos(np.clip(frame.ball - v, 0.0, None) / frame.ball)
    start, way = frame.rays(v, np.zeros(len(v)))
    places = start + frame.ball * way
    area = np.fft.rfft(np.where(there, flat[:, None], 0.0), axis=1)
    value = np.fft.rfft(np.where(there, reach, 0.0) * flat[:, None], axis=1)
    out = np.empty_like(reach)
    for i, at in enumerate(places):
        near = np.flatnonzero(np.abs(v - v[i]) < _TRUNCATED * by * 1.2)
        ring = places[near]
        away2 = (
            (ring[:, 2] - at[2])[:, None] ** 2 + ring[:, :1] ** 2 + at[0] ** 2 - 2 * ring[:, :1] * at[0] * np.cos(angle)
        )
        bell = np.fft.rfft(np.where(away2 < (_TRUNCATED * by) ** 2, np.exp(-away2 / (2 * by * by)), 0.0), axis=1)
        top, low = (np.fft.irfft((bell * f[near]).sum(axis=0), n=len(angle)) for f in (value, area))
        out[i] = top / np.where(low > 1e-9, low, np.nan)
    return _carried_up(out if sigma > 0 else np.where(there, reach, out))


def _carried_up(reach: FloatArray) -> FloatArray:
    """Where the scan has ended, each angle keeps what it reached last: nothing there is judged, but what is beside it has neighbours."""
    out = reach.copy()
    for below, row in pairwise(out):
        row[:] = np.where(np.isfinite(row), row, below)
    return out


def _normals(points: FloatArray) -> FloatArray:
    """(n, m, 3) unit vectors outward, of places by row and angle."""
    along = np.gradient(points, axis=0)
    around = np.roll(points, -1, axis=1) - np.roll(points, 1, axis=1)
    normal = np.cross(around, along)
    return np.asarray(normal / np.linalg.norm(normal, axis=2, keepdims=True))


def _strips(n: int, m: int) -> IntArray:
    row, column = (a.ravel() for a in np.meshgrid(np.arange(n - 1), np.arange(m), indexing="ij"))
    after = (column + 1) % m
    a, b, c, d = row * m + column, row * m + after, (row + 1) * m + column, (row + 1) * m + after
    return np.concatenate([np.stack([a, b, d], axis=1), np.stack([a, d, c], axis=1)])
