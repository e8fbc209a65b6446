"""A surface becomes a foot with its sole, axes, side, landmarks and measures, or every reason why not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.geometry.ground import signed_mask
from anatofit.locate.foot.footprint import crease_of, footprint
from anatofit.locate.foot.form import Shown, shown
from anatofit.locate.foot.landmarks import landmarks_of
from anatofit.locate.foot.located import FootForm, LocatedFoot, Side
from anatofit.locate.foot.measures import measures_of
from anatofit.locate.foot.side import side_of
from anatofit.locate.foot.stand import Stood, on_second_ray, stood
from anatofit.locate.foot.view import evened
from anatofit.locate.located import Sign, lacking
from anatofit.model.frame import FloatArray, Laterality, Plane
from anatofit.model.mesh import Mesh

SIDES = {Laterality.RIGHT: "right", Laterality.LEFT: "left"}
# A side that is told so surely needs no look the other way up; how much better the signs must agree there before it is taken.
_SURE, _BETTER = 0.6, 0.2
# What lies in one plane to so much (standard deviation) as far as so many nodes off its edge is a cut, or a sole on glass without an arch.
_CUT_EVEN_MM, _CUT_INNER = 0.35, 8
# A foot is thin at its toes, some 0.25 of the ball's width; a limb or a tube is as thick there as it is wide.
_TOES, _TOES_THICK = (0.84, 0.93), 0.6


def locate_foot(
    mesh: Mesh, *, ordered: Laterality = Laterality.UNPAIRED, up_lps: FloatArray | None = None
) -> LocatedFoot:
    """The foot that a surface shows, in any pose. mesh: a foot (closed, or open at the ankle), a sheet of its sole, or a block with its
    impression, mm. up_lps: dorsal as a person stated it; asked for only where a sheet is too flat to tell its two sides apart.

    Raises ScanUnsuitableError where the shape is no foot's (not-a-foot), its dorsal side cannot be told (foot-up), nothing tells
    its side (foot-side), or it is of the other side than ordered (wrong-side).
    """
    found = shown(mesh, up_lps=up_lps)
    if found is None:
        said = "the sheet is too flat to tell the side of the foot from the ground's. State up in the file's own axes"
        raise ScanUnsuitableError(Reason("foot-up", said))
    foot, side = _better_way_up(found) if found.form is FootForm.FULL else _looked_at(found)
    return _located(mesh, foot, side, _sided(side, ordered))


def _looked_at(found: Shown) -> tuple[Stood, Side]:
    """The foot on its plane and its side. Raises ScanUnsuitableError for what is no foot."""
    foot = stood(found)
    why = ("no plane under heel and ball was found on 60 to 600 mm of it",) if foot is None else lacking(_signs(foot))
    if foot is None or why:
        said = f"the surface ({found.form}) is no foot by its shape: {'; '.join(why)}. Check source and unit"
        raise ScanUnsuitableError(Reason("not-a-foot", said))
    return foot, side_of(foot)


def _better_way_up(found: Shown) -> tuple[Stood, Side]:
    """The foot as it seems to stand, or the other way up where that shows none, stands on a cut, or has signs that agree far less.

    Raises ScanUnsuitableError where neither is a foot, or both are and both stand on what is as flat as a cut.
    """
    seems = _tried(found)
    if not isinstance(seems, ScanUnsuitableError) and seems[1].confidence >= _SURE and not _as_flat_as_a_cut(seems[0]):
        return seems
    ways = [seems, _tried(replace(found, dorsal_lps=-found.dorsal_lps))]
    feet = [way for way in ways if not isinstance(way, ScanUnsuitableError)]
    if not feet:
        assert isinstance(ways[0], ScanUnsuitableError)
        raise ways[0]
    if len(feet) == 1:
        return feet[0]
    uneven = [way for way in feet if not _as_flat_as_a_cut(way[0])]
    if not uneven:
        said = "both sides of the surface are as flat as a cut: nothing tells the sole. Leave the ankle on the foot when it is scanned"
        raise ScanUnsuitableError(Reason("foot-up", said))
    if len(uneven) == 1:
        return uneven[0]
    first, second = uneven
    return second if second[1].confidence > first[1].confidence + _BETTER else first


def _tried(found: Shown) -> tuple[Stood, Side] | ScanUnsuitableError:
    try:
        return _looked_at(found)
    except ScanUnsuitableError as error:
        return error


def _as_flat_as_a_cut(foot: Stood) -> bool:
    """Whether heel and midfoot lie in one plane, off the edge, noise evened out."""
    from scipy.ndimage import binary_erosion

    share = (foot.sole.x_mm - foot.borders.start_mm) / foot.borders.length_mm
    inner = binary_erosion(foot.sole.there, iterations=_CUT_INNER) & ((share > 0.05) & (share < 0.6))[None, :]
    x, y, z = replace(foot.sole, height_mm=evened(foot.sole)).nodes_mm(inner).T
    terms = np.stack([np.ones(len(x)), x, y], axis=1)
    off = z - terms @ np.linalg.lstsq(terms, z, rcond=None)[0]
    return bool(len(off) < 100 or off.std() < _CUT_EVEN_MM)


def _sided(side: Side, ordered: Laterality) -> Laterality:
    """The side by the shape, which must be the ordered one; that of the order where the shape does not tell. Raises ScanUnsuitableError."""
    if side.laterality not in SIDES and ordered not in SIDES:
        said = (
            f"the shape does not tell which foot it is (confidence {side.confidence:.2f}), and the order names no side. "
            'Order it with laterality = "L" or "R"'
        )
        raise ScanUnsuitableError(Reason("foot-side", said))
    if side.laterality in SIDES and ordered in SIDES and side.laterality is not ordered:
        said = (
            f"the foot is a {SIDES[side.laterality]} one by its shape (confidence {side.confidence:.2f}), the order is for the "
            f"{SIDES[ordered]} side. Check order and source"
        )
        raise ScanUnsuitableError(Reason("wrong-side", said))
    return side.laterality if side.laterality in SIDES else ordered


def _signs(foot: Stood) -> list[Sign]:
    """Proportions that adults' and children's feet show, half as wide again as is met (ANSUR II 2012; proposals). Feet below 100 mm are
    those of infants who do not walk yet."""
    borders = foot.borders
    length = borders.length_mm
    width = max(float(borders.width_mm[borders.within((0.5, 0.85))].max()), 1e-9)
    signs = [
        Sign("the length in mm", length, 100.0, 360.0),
        Sign("the length by the ball's width", length / width, 1.8, 4.2),
        Sign("the heel's width by the ball's", borders.heel_width_mm() / width, 0.4, 1.0),
        Sign("how surely heel and toes are told apart", foot.end_confidence, 0.15),
    ]
    if foot.shown.form is FootForm.FULL:
        signs.append(Sign("the toes' thickness by the ball's width", _toes_mm(foot) / width, 0.05, _TOES_THICK))
    return signs


def _toes_mm(foot: Stood) -> float:
    """How high the surface stands over the plane at the toes."""
    share = (foot.local_mm[:, 0] - foot.borders.start_mm) / foot.borders.length_mm
    toes = foot.local_mm[(share > _TOES[0]) & (share < _TOES[1]), 2]
    return float(np.quantile(toes, 0.99)) if len(toes) else 0.0


def _located(mesh: Mesh, foot: Stood, side: Side, laterality: Laterality) -> LocatedFoot:
    medial = -1.0 if laterality is Laterality.LEFT else 1.0
    foot = on_second_ray(foot, medial_left=medial > 0)
    marks = landmarks_of(foot, medial_sign=medial, side_confidence=side.confidence)
    figures, missing = measures_of(foot, marks)
    crease = crease_of(foot, marks)
    prints = footprint(foot, crease)
    return LocatedFoot(
        form=foot.shown.form,
        mesh=mesh,
        sole_mesh=_sole_mesh(foot),
        sole=foot.sole,
        laterality=laterality,
        side=side,
        landmarks=marks.found(foot.sole),
        figures=figures,
        planes=_planes(foot, medial),
        curves={"outline": _outline(foot)},
        footprint=prints,
        toes_from_mm=crease.ahead_mm,
        not_told={**marks.not_told, **missing},
    )


def _planes(foot: Stood, medial: float) -> dict[str, Plane]:
    sole = foot.sole
    distal, left, dorsal = sole.axes_lps
    origin = sole.origin_lps_mm
    return {
        "plantar": Plane(origin, dorsal),
        "sagittal": Plane(origin, medial * left),
        "coronal": Plane(origin, distal),
    }


def _sole_mesh(foot: Stood) -> Mesh:
    """The sole as an open sheet that looks down: what of a foot is seen from below within the height of its flanks."""
    mesh = foot.shown.mesh
    if foot.shown.form is not FootForm.FULL:
        return mesh
    local = foot.sole.to_local_mm(mesh.vertices_lps_mm)
    corners = local[mesh.faces]
    down = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] < 0
    low = corners[..., 2].max(axis=1) <= np.nanmax(foot.sole.height_mm)
    used, faces = np.unique(mesh.faces[down & low], return_inverse=True)
    return Mesh(mesh.vertices_lps_mm[used], faces.reshape(-1, 3))


def _outline(foot: Stood) -> FloatArray:
    """(n, 3) closed, counter-clockwise seen from above: the edge of the sole with its flanks, in the plantar plane."""
    from scipy.ndimage import gaussian_filter
    from skimage.measure import find_contours

    sole = foot.sole
    off = gaussian_filter(signed_mask(sole.there, step_mm=sole.step_mm), 1.0 / sole.step_mm)
    loop = max(find_contours(np.pad(off, 2, mode="edge"), 0.0), key=len)[:-1, ::-1] - 2
    turned = loop if _area(loop) > 0 else loop[::-1]
    flat = np.column_stack([sole.low_mm + sole.step_mm * turned, np.zeros(len(turned))])
    return sole.to_lps_mm(flat)


def _area(loop: FloatArray) -> float:
    x, y = loop.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
