"""Where the case number goes: the flattest free place of the inner face, upright, read from inside the skull."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from anatofit.devices.cranial_plate.layout import Screw, Text, triple
from anatofit.devices.cranial_plate.perforate import outer_points
from anatofit.devices.cranial_plate.site import Site
from anatofit.devices.cranial_plate.spec import CranialPlateSpec
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.field import gradient_lps
from anatofit.geometry.relief import roughness_mm, surface_offset
from anatofit.geometry.text import block_size_mm, split_lines
from anatofit.model.frame import FloatArray

SMALLEST_MM = 3.0  # height of capitals whose strokes are still 0.35 mm wide, the least that prints open: proposal
SHRINK_MM = 0.5
EDGE_MM = 1.5  # from the text to the edge of the body
MOST_LINES = 3
LATTICE_MM = 2.5  # of the places that are tried
EVEN_MM = 6.0  # radius over which the inner face is evened out to a plane
UPRIGHT = 0.7  # cosine between inner and outer normal: more lean is an edge, not a face
FLAT_MM = 0.4  # how far the inner face may leave the plane of the text, beside what a curvature of ROUND_MM makes of its width
ROUND_MM = 60.0
SMOOTH_MM = (
    0.2  # how far the inner face should leave a parabolic one: strokes of 0.3 mm drown in deeper dents: proposal
)
MIDDLE_PULL = 0.01  # mm of unevenness that a millimetre off the middle is worth
TURNS_DEG = (0.0, 30.0, -30.0, 60.0, -60.0, 90.0)  # of the base line; upright first, never upside down
SAMPLES = (9, 5)  # along and across the block


def place_text(
    site: Site, spec: CranialPlateSpec, screws: Sequence[Screw], *, case: str
) -> tuple[Text | None, list[str]]:
    """The text, as high as asked or as there is room for, in as few lines as need be. Raises PrescriptionError without room."""
    if spec.text == "none":
        return None, []
    inner, normal = _inner_points(site)
    # A smooth face first, smaller letters there before larger ones on a bumpy face.
    layouts = list(_layouts(case, spec.text_height_mm))
    for smooth_mm, (lines, height) in product((SMOOTH_MM, np.inf), layouts):
        size = np.array(block_size_mm(lines, height_mm=height))
        for turn_deg in TURNS_DEG:
            right, up = _axes(site, normal, turn_deg=turn_deg)
            score = _unevenness(site, inner, normal, right, up, size, screws, smooth_mm)
            best = int(np.argmin(score)) if len(score) else -1
            if best >= 0 and np.isfinite(score[best]):
                note = (
                    []
                    if height == spec.text_height_mm
                    else [
                        f"the case number is {height:g} mm high, {spec.text_height_mm:g} mm was asked: no room for more"
                    ]
                )
                return _text(case, lines, inner[best], right[best], up[best], height, spec.text_depth_mm, size), note
    raise PrescriptionError(
        Reason(
            "design.text",
            f"the case number has {len(case)} characters, and the inner face has no flat room for them at {SMALLEST_MM:g} mm height. "
            "Shorten the case number, or set text = 'none' and mark the part otherwise",
        )
    )


def _layouts(case: str, wanted_mm: float) -> Iterator[tuple[tuple[str, ...], float]]:
    """Lines and height, the most legible first: one line, smaller and smaller, before it is broken."""
    heights = [wanted_mm]
    while heights[-1] - SHRINK_MM > SMALLEST_MM:
        heights.append(round(heights[-1] - SHRINK_MM, 6))
    if heights[-1] > SMALLEST_MM:
        heights.append(SMALLEST_MM)
    seen: list[tuple[str, ...]] = []
    for count in range(1, MOST_LINES + 1):
        lines = split_lines(case, count=count)
        if lines not in seen:
            seen.append(lines)
            yield from ((lines, height) for height in heights)


def _text(
    case: str,
    lines: tuple[str, ...],
    origin: FloatArray,
    right: FloatArray,
    up: FloatArray,
    height: float,
    depth: float,
    size: FloatArray,
) -> Text:
    return Text(
        string=case,
        lines=lines,
        origin_lps_mm=triple(origin),
        right_lps=triple(right),
        up_lps=triple(up),
        height_mm=round(height, 6),
        depth_mm=depth,
        width_mm=round(float(size[0]), 6),
        block_height_mm=round(float(size[1]), 6),
    )


def _inner_points(site: Site) -> tuple[FloatArray, FloatArray]:
    """Points of the inner face, and the outward normal above each."""
    outer = outer_points(site, pitch_mm=LATTICE_MM)
    outer = outer[site.free_at(outer) < 0] if len(outer) else outer
    if not len(outer):
        return np.zeros((0, 3)), np.zeros((0, 3))
    normal = site.normal_at(outer)
    depth = surface_offset(site.body, site.grid, outer - 3.0 * normal, normal, reach_mm=5.0)
    found = np.isfinite(depth)
    inner = (outer + (depth[:, None] - 3.0) * normal)[found]
    return inner, _evened(inner, -gradient_lps(site.body, site.grid, inner), normal[found])


def _evened(points: FloatArray, normal: FloatArray, outward: FloatArray) -> FloatArray:
    """The inner face's own normals, averaged over about the size of a block of text; those that lean too far keep the outer face's."""
    from scipy.spatial import cKDTree

    if not len(points):
        return normal
    near = cKDTree(points).query_ball_point(points, r=EVEN_MM, return_sorted=True)
    mean = np.array([normal[n].sum(axis=0) for n in near])
    mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)
    upright = np.einsum("ij,ij->i", mean, outward) > UPRIGHT
    return np.asarray(np.where(upright[:, None], mean, outward))


def _axes(site: Site, normal: FloatArray, *, turn_deg: float) -> tuple[FloatArray, FloatArray]:
    """Right and up as seen from inside looking out along the normal; up is towards the head, or the front on a flat top."""
    head, front = np.array([0.0, 0.0, 1.0]), np.array([0.0, -1.0, 0.0])
    use_head = abs(float(site.direction_lps[2])) < 0.9
    up = np.broadcast_to(head if use_head else front, normal.shape)
    up = up - normal * np.einsum("ij,ij->i", up, normal)[:, None]
    up = up / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9)
    right = np.cross(normal, up)
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    return c * right + s * up, c * up - s * right


def uneven_mm(size_mm: FloatArray) -> float:
    """How far the inner face may leave the plane of a block of text of this width and height."""
    return FLAT_MM + float(size_mm @ size_mm) / 8 / ROUND_MM


def _unevenness(
    site: Site,
    inner: FloatArray,
    normal: FloatArray,
    right: FloatArray,
    up: FloatArray,
    size: FloatArray,
    screws: Sequence[Screw],
    smooth_mm: float,
) -> FloatArray:
    """mm by which the inner face leaves the text's plane at each place; inf where the text has no room."""
    if not len(inner):
        return np.zeros(0)
    flat_mm = uneven_mm(size)
    x, y = (np.linspace(-0.5, 0.5, n) for n in SAMPLES)
    px, py = (a.ravel() for a in np.meshgrid(x * (size[0] + 2 * EDGE_MM), y * (size[1] + 2 * EDGE_MM)))
    points = inner[:, None, :] + px[None, :, None] * right[:, None, :] + py[None, :, None] * up[:, None, :]
    free = site.free_at(points.reshape(-1, 3)).reshape(len(inner), -1).max(axis=1)
    for screw in screws:
        rest = np.array(screw.centre_lps_mm) - inner
        a, b = (np.abs(np.einsum("ij,ij->i", rest, v)) for v in (right, up))
        keep = screw.recess_diameter_mm / 2 + EDGE_MM
        free = np.where((a < size[0] / 2 + keep) & (b < size[1] / 2 + keep), np.inf, free)
    room = np.flatnonzero(free < 0)
    flat, out = points[room].reshape(-1, 3), np.repeat(normal[room], len(px), axis=0)
    offset = surface_offset(site.body, site.grid, flat, out, reach_mm=flat_mm + 0.3).reshape(len(room), len(px))
    off = np.nan_to_num(np.abs(offset), nan=np.inf).max(axis=1)
    even = (off <= flat_mm) & (roughness_mm(np.nan_to_num(offset), px, py) <= smooth_mm)
    score = np.full(len(inner), np.inf)
    aside = np.linalg.norm(inner[room] - inner.mean(axis=0), axis=1)
    score[room] = np.where(even, off + MIDDLE_PULL * aside, np.inf)
    return score
