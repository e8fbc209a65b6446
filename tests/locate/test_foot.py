"""A foot is recognised by its shape in any pose: plane, axis, side, landmarks and measures of the computed foot, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anatofit.app.codec import decode, digest, encode
from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.surface.read import read_surface
from anatofit.locate.foot.find import locate_foot
from anatofit.locate.foot.located import FootForm, LocatedFoot
from anatofit.locate.foot.waist import anatomy_of
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.model.surface_scan import SurfaceAnatomy
from anatofit.samples.foot import skin, sole_mm, truth, turned_over
from anatofit.samples.foot_forms import impression, plantar_sheet
from anatofit.samples.long_bone import long_bone
from tests.ingest.surface.shapes import tube
from tests.locate.computed_foot import Posed, posed

R, L = Laterality.RIGHT, Laterality.LEFT
# Landmarks by how near they must come, mm of a foot of 250 mm: a border's outermost point is flat along the foot, a pad is round.
NEAR_MM = {
    "toe_tip": 2.5,
    "metatarsale_tibiale": 4.0,
    "metatarsale_fibulare": 4.0,
    "heel": 3.0,
    "first_metatarsal_head": 3.0,
    "fifth_metatarsal_head": 3.0,
}


@pytest.fixture(scope="module")
def right() -> Mesh:
    return skin(R)


@pytest.mark.parametrize(
    ("side", "length_mm", "step_mm", "seed"),
    [(R, 250.0, 2.0, 1), (L, 250.0, 2.0, 2), (L, 190.0, 3.5, 3), (R, 300.0, 4.5, 4), (R, 225.0, 3.0, 5)],
)
def test_plane_axis_side_and_landmarks_of_a_foot_in_any_pose(
    side: Laterality, length_mm: float, step_mm: float, seed: int
) -> None:
    known = truth(side, length_mm=length_mm)
    scan = posed(skin(side, length_mm=length_mm, step_mm=step_mm), seed, noise_mm=0.3)
    foot = locate_foot(scan.mesh, ordered=side)
    assert foot.form is FootForm.FULL and foot.laterality is side and foot.side.confidence > 0.9
    # the small pads give way a little more than the heel: that tilts the plane by some tenths
    assert scan.direction_back(foot.planes["plantar"].normal_lps)[2] > np.cos(np.radians(0.5))
    assert scan.direction_back(foot.planes["coronal"].normal_lps)[0] > np.cos(np.radians(2.0))
    medial = scan.direction_back(foot.planes["sagittal"].normal_lps)[1]
    assert medial > 0.99 if side is R else medial < -0.99
    grown = length_mm / 250.0
    for name, near in NEAR_MM.items():
        off = scan.back(foot.landmarks[name].point_lps_mm)[:2] - known.landmarks[name][:2]
        assert np.linalg.norm(off) < near * max(grown, 1.0), name
    assert abs(scan.back(foot.landmarks["pternion"].point_lps_mm)[0]) < 1.5
    figures = foot.figures
    assert figures["foot_length_mm"].value == pytest.approx(known.length_mm, abs=2.0)
    assert figures["heel_width_mm"].value == pytest.approx(known.heel_width_mm, abs=2.0)
    assert figures["ball_width_mm"].value == pytest.approx(known.ball_width_mm, abs=3.0 * max(grown, 1.0))


@pytest.mark.parametrize("arch_mm", [6.0, 14.0, 24.0])
def test_the_arch_is_as_high_as_its_formula(arch_mm: float) -> None:
    scan = posed(skin(R, arch_mm=arch_mm), 7, noise_mm=0.3)
    foot = locate_foot(scan.mesh)
    heel, head = (truth(R).landmarks[name][:2] for name in ("heel", "first_metatarsal_head"))
    line = heel + np.linspace(0.15, 0.85, 200)[:, None] * (head - heel)
    height = float(sole_mm(line[:, 0], line[:, 1], arch_mm=arch_mm).max())
    assert foot.figures["arch_height_mm"].value == pytest.approx(height, abs=0.8)
    assert foot.figures["dorsum_height_mm"].value == pytest.approx(64.5, abs=1.5)


def test_the_heights_are_those_of_the_sole(right: Mesh) -> None:
    scan = posed(right, 8)
    foot = locate_foot(scan.mesh)
    inner = foot.footprint & foot.sole.there
    nodes = foot.sole.nodes_mm(inner)
    at = scan.back(foot.sole.to_lps_mm(nodes * [1.0, 1.0, 0.0]))
    known = sole_mm(at[:, 0], at[:, 1], arch_mm=18.0)
    assert (
        float(np.median(np.abs(nodes[:, 2] - known))) < 0.2
    )  # pads are evened out by a tenth before the plane is laid on them


def test_the_arch_index_falls_as_the_arch_rises() -> None:
    found = [locate_foot(skin(R, arch_mm=arch)).figures["arch_index"].value for arch in (1.0, 8.0, 20.0)]
    assert found[0] > 0.26 > found[1] > found[2] > 0.0  # flat from 0.26 on (Cavanagh and Rodgers 1987)


def test_a_mirrored_foot_is_of_the_other_side_in_every_figure(right: Mesh) -> None:
    one, other = locate_foot(right), locate_foot(turned_over(right))
    assert (one.laterality, other.laterality) == (R, L)
    for name, measured in one.figures.items():
        assert other.figures[name].value == pytest.approx(measured.value, abs=0.6 + 0.02 * abs(measured.value)), name


def test_an_ankle_left_open_and_one_cut_low_change_nothing(right: Mesh) -> None:
    top = right.vertices_lps_mm[:, 2].max() - 1.0
    used, faces = np.unique(
        right.faces[(right.vertices_lps_mm[:, 2] < top)[right.faces].all(axis=1)], return_inverse=True
    )
    opened = Mesh(right.vertices_lps_mm[used], faces.reshape(-1, 3))
    closed = locate_foot(right)
    for mesh in (opened, skin(R, ankle=False)):
        scan = posed(mesh, 9, noise_mm=0.3)
        foot = locate_foot(scan.mesh)
        assert foot.form is FootForm.FULL and foot.laterality is R
        assert scan.direction_back(foot.planes["plantar"].normal_lps)[2] > 0.999
        assert foot.figures["arch_height_mm"].value == pytest.approx(closed.figures["arch_height_mm"].value, abs=0.6)


def _agrees(scan: Posed, foot: LocatedFoot, side: Laterality) -> None:
    assert foot.laterality is side and foot.side.confidence > 0.5
    assert scan.direction_back(foot.planes["plantar"].normal_lps)[2] > np.cos(np.radians(0.6))
    for name in ("heel", "first_metatarsal_head", "fifth_metatarsal_head"):
        off = scan.back(foot.landmarks[name].point_lps_mm)[:2] - truth(side).landmarks[name][:2]
        assert np.linalg.norm(off) < 4.0, name


@pytest.mark.parametrize("side", [R, L])
def test_a_sheet_of_the_sole_says_the_same_whichever_way_its_triangles_look(side: Laterality) -> None:
    sheet = plantar_sheet(skin(side))
    for faces in (sheet.faces, sheet.faces[:, ::-1]):
        scan = posed(Mesh(sheet.vertices_lps_mm, faces), 11, noise_mm=0.3)
        foot = locate_foot(scan.mesh, ordered=side)
        assert foot.form is FootForm.SHEET
        _agrees(scan, foot, side)
        assert {"heel_valgus_deg", "dorsum_height_mm"} <= set(foot.not_told)


@pytest.mark.parametrize(("side", "closed"), [(R, True), (L, False)])
def test_an_impression_is_the_sole_of_the_foot_that_made_it(side: Laterality, closed: bool) -> None:
    scan = posed(impression(skin(side), closed=closed), 12, noise_mm=0.3)
    foot = locate_foot(scan.mesh, ordered=side)
    assert foot.form is FootForm.IMPRESSION
    _agrees(scan, foot, side)


def test_a_foot_of_the_other_side_is_refused(right: Mesh) -> None:
    for mesh in (right, plantar_sheet(right), impression(right)):
        with pytest.raises(ScanUnsuitableError) as refusal:
            locate_foot(posed(mesh, 13).mesh, ordered=L)
        assert [r.rule for r in refusal.value.reasons] == ["wrong-side"]


def even_foot() -> Mesh:
    """A foot that is its own mirror image."""
    from anatofit.geometry.bridge import mesh_of_field
    from anatofit.samples import foot as made

    grid = made._grid(3.0)
    x, y, z = made._nodes(grid)
    both = made._cone(x, y, (33.0, 0.0, 30.0), (180.0, 0.0, 45.0))
    both = np.minimum(both, made._cone(x, y, (180.0, 0.0, 45.0), (236.0, 0.0, 14.0)))
    arch = 10.0 * np.exp(-(((x - 105.0) / 30.0) ** 2)) + 0.002 * y**2 + 0.0 * x
    values = np.maximum(np.maximum(both + 0 * z, arch - z), z - np.where(x < 100, 85.0, 30.0)).astype(np.float32)
    return mesh_of_field(values, grid)


def test_what_cannot_be_told_or_is_no_foot_is_refused_by_name(right: Mesh) -> None:
    even = even_foot()
    assert locate_foot(even, ordered=L).laterality is L  # the order tells what the shape does not
    x, y = np.meshgrid(np.arange(0.0, 250.0, 5.0), np.arange(0.0, 95.0, 5.0))
    flat = np.stack([x.ravel(), y.ravel(), 0.0 * x.ravel()], axis=1)
    n = np.arange(x.size).reshape(x.shape)
    quads = np.stack([n[:-1, :-1], n[:-1, 1:], n[1:, 1:], n[1:, :-1]], axis=-1).reshape(-1, 4)
    card = Mesh(flat, np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]]))
    for mesh, rule in ((long_bone(L), "not-a-foot"), (tube(), "not-a-foot"), (even, "foot-side"), (card, "foot-up")):
        with pytest.raises(ScanUnsuitableError) as refusal:
            locate_foot(posed(mesh, 14).mesh)
        assert [r.rule for r in refusal.value.reasons] == [rule]


def test_confidence_puts_the_errors_of_landmarks_in_order() -> None:
    random = np.random.default_rng(3)
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in NEAR_MM}
    for number in range(12):
        side = (R, L)[number % 2]
        mesh = skin(side, step_mm=4.0, arch_mm=float(random.uniform(4, 24)))
        mesh = plantar_sheet(mesh, high_mm=float(random.uniform(6, 20))) if number % 3 == 2 else mesh
        stretch = random.uniform(0.9, 1.1, 3)
        points = mesh.vertices_lps_mm * stretch
        points[:, 2] = np.maximum(points[:, 2], (0.0, 1.5)[number % 4 == 1])  # stood on glass: the pads are flat
        scan = posed(Mesh(points, mesh.faces), number, noise_mm=float(random.choice([0.1, 0.3, 0.8])))
        foot = locate_foot(scan.mesh, ordered=side)
        for name in NEAR_MM:
            off = scan.back(foot.landmarks[name].point_lps_mm) - truth(side).landmarks[name] * stretch
            rows[name].append((foot.landmarks[name].confidence, float(np.linalg.norm(off[:2]))))
    order = [np.corrcoef(*np.argsort(np.argsort(pairs, axis=0), axis=0).T)[0, 1] for pairs in rows.values()]
    assert np.mean(order) < -0.15  # of one landmark, the less sure the further off
    assert np.median([error for pairs in rows.values() for _, error in pairs]) < 2.5


def test_the_waist_holds_a_confidence_for_all_that_was_found(right: Mesh) -> None:
    anatomy = anatomy_of(locate_foot(right))
    assert anatomy.kind == "foot" and anatomy.laterality is R
    assert set(anatomy.confidence) == {*anatomy.landmarks, *anatomy.figures, "side"}
    assert all(0.0 <= sure <= 1.0 for sure in anatomy.confidence.values())
    assert set(anatomy.surfaces) == {"host", "sole"} and set(anatomy.planes) == {"plantar", "sagittal", "coronal"}
    assert anatomy.node_values["footprint"].shape == anatomy.heights["sole"].height_mm.shape
    assert digest(decode(*encode(anatomy))) == digest(anatomy)
    outline = anatomy.heights["sole"].to_local_mm(anatomy.curves["outline"])
    assert np.abs(outline[:, 2]).max() < 1e-6 and np.ptp(outline[:, 0]) == pytest.approx(250.0, abs=4.0)


def test_a_real_right_foot_is_a_right_foot_in_every_form_and_mirrored_a_left_one(cases: Path) -> None:
    path = cases / "foot-and-leg" / "right_foot_skin_cut90mm.stl"
    mesh = read_surface(path, unit="mm", frame="LPS", anatomy=SurfaceAnatomy.FOOT).mesh
    foot = locate_foot(mesh, ordered=R)
    assert foot.side.confidence > 0.7 and 235.0 < foot.figures["foot_length_mm"].value < 260.0
    assert foot.sole.axes_lps[0] @ [0.0, -1.0, 0.0] > 0.95 and foot.sole.axes_lps[2][2] > 0.99
    other = Mesh(mesh.vertices_lps_mm * [-1.0, 1.0, 1.0], mesh.faces[:, ::-1])
    assert locate_foot(posed(other, 15, noise_mm=0.3).mesh).laterality is L
