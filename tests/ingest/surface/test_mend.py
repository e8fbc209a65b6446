"""Faults of a surface are mended with a record, or refused by name; every triangle is accounted for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.surface.read import Stated, inspect_surface, read_surface
from anatofit.model.mesh import Mesh
from anatofit.model.surface_scan import SurfaceReport, SurfaceScan
from tests.ingest.surface import shapes
from tests.ingest.surface.shapes import ball, joined, tube, with_faces, written

LIMB = tube()
BALL = ball()


def scan_of(folder: Path, mesh: Mesh, *, as_obj: bool = False) -> SurfaceScan:
    data = shapes.obj(mesh) if as_obj else shapes.stl(mesh)
    return read_surface(written(folder, "scan.obj" if as_obj else "scan.stl", data), unit="mm")


def done(report: SurfaceReport) -> dict[str, int]:
    return {r.what: r.count for r in report.repairs}


def refusal(folder: Path, mesh: Mesh) -> list[str]:
    with pytest.raises(ScanUnsuitableError) as error:
        scan_of(folder, mesh, as_obj=True)
    return [r.rule for r in error.value.reasons]


def test_a_clean_surface_stays_as_it_is(tmp_path) -> None:
    scan = scan_of(tmp_path, LIMB, as_obj=True)
    assert np.array_equal(shapes.corner_set(scan.mesh), shapes.corner_set(LIMB))
    assert scan.report.repairs == () and scan.report.balance is not None
    assert scan.report.balance.read == scan.report.balance.kept == len(LIMB.faces)


def test_corners_of_an_stl_become_vertices(tmp_path) -> None:
    scan = scan_of(tmp_path, LIMB)
    assert len(scan.mesh.vertices_lps_mm) == len(LIMB.vertices_lps_mm)
    assert done(scan.report) == {"corners merged": 3 * len(LIMB.faces) - len(LIMB.vertices_lps_mm)}


def test_the_open_end_of_a_limb_stays_and_is_measured(tmp_path) -> None:
    scan = scan_of(tmp_path, LIMB)
    (loop,) = scan.loops
    assert loop.facts.perimeter_mm == pytest.approx(40 * 2 * 50 * np.sin(np.pi / 40), abs=1e-3)
    assert loop.facts.centre_mm == pytest.approx((0, 0, 200), abs=1e-3) and loop.facts.flatness_mm < 1e-4
    assert len(loop.points_mm) == 40 and np.allclose(loop.points_mm[:, 2], 200)


@pytest.mark.parametrize("mesh", [LIMB, BALL], ids=["open", "closed"])
def test_an_inside_out_surface_is_turned(tmp_path, mesh: Mesh) -> None:
    scan = scan_of(tmp_path, with_faces(mesh, mesh.faces[:, [0, 2, 1]]))
    assert np.array_equal(shapes.corner_set(scan.mesh), shapes.corner_set(mesh))
    assert done(scan.report)["inside-out"] == len(mesh.faces)


def test_single_triangles_that_run_the_wrong_way_are_turned(tmp_path) -> None:
    faces = LIMB.faces.copy()
    faces[::7] = faces[::7, [0, 2, 1]]
    scan = scan_of(tmp_path, with_faces(LIMB, faces))
    assert np.array_equal(shapes.corner_set(scan.mesh), shapes.corner_set(LIMB))
    assert done(scan.report)["turned triangles"] == len(faces[::7])


def test_double_and_degenerate_triangles_are_dropped_and_counted(tmp_path) -> None:
    more = [LIMB.faces[:5], LIMB.faces[5:9, [1, 0, 2]], np.array([[3, 3, 7], [8, 9, 9]])]
    scan = scan_of(tmp_path, with_faces(LIMB, np.concatenate([LIMB.faces, *more])))
    assert scan.report.balance is not None and scan.report.balance.dropped == {"degenerate": 2, "duplicate": 9}
    assert np.array_equal(shapes.corner_set(scan.mesh), shapes.corner_set(LIMB))


def test_a_triangle_whose_corners_lie_in_a_line_leaves_no_crack(tmp_path) -> None:
    # a corner in the middle of one edge of a box, with a flat triangle on that side of it that does not know of the corner
    corners = np.array([[x, y, z] for x in (0, 100) for y in (0, 100) for z in (0, 100)] + [[50, 0, 0]], dtype=float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (1, 5, 7, 3)]
    faces = [f for a, b, c, d in quads for f in ((a, b, c), (a, c, d))]
    faces += [(0, 2, 8), (8, 2, 6), (8, 6, 4), (0, 8, 4)]
    mesh = Mesh(corners, np.array(faces))
    scan = scan_of(tmp_path, mesh, as_obj=True)
    assert scan.loops == () and scan.mesh.volume_mm3 == pytest.approx(1e6)
    assert done(scan.report)["flat triangles"] == 1


def test_cracks_that_rounding_left_are_closed(tmp_path) -> None:
    points = LIMB.vertices_lps_mm[LIMB.faces].reshape(-1, 3)
    points = points + np.random.default_rng(3).uniform(-1e-4, 1e-4, points.shape)
    soup = Mesh(points, np.arange(len(points)).reshape(-1, 3))
    scan = scan_of(tmp_path, soup, as_obj=True)
    assert len(scan.loops) == 1 and len(scan.mesh.faces) == len(LIMB.faces)
    assert done(scan.report)["cracks"] == len(points) - len(LIMB.vertices_lps_mm)


def test_a_small_hole_is_closed_and_a_large_one_kept(tmp_path) -> None:
    small, large = [3], np.arange(300, 900)
    scan = scan_of(tmp_path, with_faces(BALL, np.delete(BALL.faces, small, axis=0)))
    balance = scan.report.balance
    assert scan.loops == () and done(scan.report)["small holes"] == 1
    assert balance is not None and balance.added == 1 and balance.kept == len(BALL.faces) - 1
    assert scan.mesh.volume_mm3 == pytest.approx(BALL.volume_mm3, rel=1e-3)
    assert len(scan_of(tmp_path, with_faces(BALL, np.delete(BALL.faces, large, axis=0))).loops) == 2


def test_islands_are_dropped_with_their_share(tmp_path) -> None:
    specks = [ball(2.0, (200.0, 10.0 * n, 0.0), fine=4) for n in range(3)]
    scan = scan_of(tmp_path, joined(BALL, *specks))
    assert scan.report.balance is not None
    assert scan.report.balance.dropped == {"island": 3 * len(specks[0].faces)}
    assert done(scan.report)["islands"] == 3 and len(scan.mesh.faces) == len(BALL.faces)


def test_a_body_inside_another_is_set_apart_and_not_lost(tmp_path) -> None:
    scan = scan_of(tmp_path, joined(BALL, with_faces(ball(40.0), ball(40.0).faces[:, [0, 2, 1]])))
    balance = scan.report.balance
    assert balance is not None and (balance.kept, balance.inner) == (len(BALL.faces), len(ball(40.0).faces))
    assert [m.volume_mm3 for m in scan.inner] == pytest.approx([ball(40.0).volume_mm3], rel=1e-5)
    assert [b.inside for b in scan.report.bodies] == [False, True]


def test_bones_within_an_open_limb_are_set_apart(tmp_path) -> None:
    bone = Mesh(
        tube(radius_mm=12, height_mm=180).vertices_lps_mm + np.array([15, 0, 19]),
        tube(radius_mm=12, height_mm=180).faces,
    )
    scan = scan_of(tmp_path, joined(LIMB, bone))
    assert len(scan.inner) == 1 and len(scan.mesh.faces) == len(LIMB.faces)
    assert [loop.facts.perimeter_mm for loop in scan.loops] == pytest.approx([313.8], abs=0.1)


def test_two_bodies_beside_each_other_stay_and_are_told(tmp_path) -> None:
    scan = scan_of(tmp_path, joined(BALL, ball(40.0, (150.0, 0.0, 0.0))))
    assert len(scan.report.bodies) == 2 and "2 bodies lie beside each other" in scan.report.notes


def test_bodies_that_touch_along_an_edge_are_parted(tmp_path) -> None:
    corners = np.array([[x, y, z] for x in (0, 50) for y in (0, 50) for z in (0, 50)], dtype=float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (1, 5, 7, 3), (0, 2, 6, 4)]
    box = Mesh(corners, np.array([f for a, b, c, d in quads for f in ((a, b, c), (a, c, d))]))
    both = joined(box, Mesh(corners + np.array([50, 50, 0]), box.faces))
    scan = scan_of(tmp_path, both)
    assert scan.mesh.volume_mm3 == pytest.approx(2 * 125_000) and scan.loops == ()
    assert done(scan.report)["crowded edges"] == 1 and len(scan.report.bodies) == 2


def test_a_strip_with_one_side_is_refused(tmp_path) -> None:
    t = 2 * np.pi * np.arange(40) / 40
    rims = [
        np.stack(
            [(100 + w * np.cos(t / 2)) * np.cos(t), (100 + w * np.cos(t / 2)) * np.sin(t), w * np.sin(t / 2)], axis=1
        )
        for w in (-20, 20)
    ]
    n = np.arange(39)
    faces = np.concatenate(
        [np.stack([n, n + 1, n + 40], axis=1), np.stack([n + 1, n + 41, n + 40], axis=1), [[39, 40, 79], [40, 0, 79]]]
    )
    assert refusal(tmp_path, Mesh(np.concatenate(rims), faces)) == ["surface-one-sided"]


def test_scraps_are_no_surface(tmp_path) -> None:
    random = np.random.default_rng(5)
    corners = np.repeat(random.uniform(0, 200, (300, 1, 3)), 3, axis=1) + random.uniform(-3, 3, (300, 3, 3))
    assert refusal(tmp_path, Mesh(corners.reshape(-1, 3), np.arange(900).reshape(-1, 3))) == ["surface-torn"]


def test_two_bodies_that_run_through_each_other_are_refused(tmp_path) -> None:
    assert refusal(tmp_path, joined(BALL, ball(60.0, (50.0, 3.0, 2.0)))) == ["surface-crossing"]


def test_a_small_fold_is_cut_out_and_closed(tmp_path) -> None:
    fine = ball(15.0, fine=40)
    points = np.array(fine.vertices_lps_mm)
    k = int(np.argmax(points @ [1.0, 0.3, 0.2]))
    there = points[k] + 2.0 * np.cross(points[k] / 15.0, [0.0, 0.0, 1.0])
    ring = np.unique(fine.faces[(fine.faces == k).any(axis=1)])
    peak = next(v for v in np.argsort(np.linalg.norm(points - there, axis=1)) if v not in ring)
    points[k], points[peak] = (
        there,
        1.1 * points[peak],
    )  # one corner drawn over its neighbours, through a peak beside them
    scan = scan_of(tmp_path, Mesh(points, fine.faces))
    assert done(scan.report)["crossings"] > 0 and scan.loops == ()
    assert scan.report.balance is not None and scan.report.balance.dropped["crossing"] == done(scan.report)["crossings"]
    assert scan.mesh.volume_mm3 == pytest.approx(fine.volume_mm3, rel=2e-3)


def test_a_thin_fold_at_the_rim_of_a_coarse_skin_is_cut_out_without_its_neighbours(tmp_path) -> None:
    """With the triangles of 3 mm around it the place would be too wide to be closed."""
    skin = tube(radius_mm=16.0, height_mm=50.0, around=32, along=16)
    points, corner = np.array(skin.vertices_lps_mm), len(skin.vertices_lps_mm) - 20
    outward = points[corner] / [16.0, 16.0, np.inf]
    points[corner] += 0.1 * outward + 3.1 * np.cross([0.0, 0.0, 1.0], outward) - [0.0, 0.0, 2.8]
    scan = scan_of(tmp_path, Mesh(points, skin.faces))
    (loop,) = scan.loops
    assert done(scan.report)["crossings"] == 4 and loop.facts.points == 34


def test_more_than_two_triangles_at_an_edge_that_cannot_be_told_apart_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("anatofit.ingest.surface.mend.MOST_CROWDED", 10)
    fins = np.array([[a, b, len(BALL.vertices_lps_mm)] for a, b, _ in BALL.faces[:40]])
    points = np.vstack([BALL.vertices_lps_mm, [[0.0, 0.0, 200.0]]])
    assert refusal(tmp_path, Mesh(points, np.concatenate([BALL.faces, fins]))) == ["surface-non-manifold"]


def test_a_sheet_too_flat_to_tell_its_outside_says_so(tmp_path) -> None:
    x, y = np.meshgrid(np.arange(12.0) * 10, np.arange(12.0) * 10)
    points = np.stack([x.ravel(), y.ravel(), np.zeros(144)], axis=1)
    n = (np.arange(11)[:, None] * 12 + np.arange(11)).ravel()
    faces = np.concatenate([np.stack([n, n + 1, n + 13], axis=1), np.stack([n, n + 13, n + 12], axis=1)])
    scan = scan_of(tmp_path, Mesh(points, faces), as_obj=True)
    assert any("too flat and open" in note for note in scan.report.notes)


def test_without_a_unit_the_surface_is_still_looked_at(tmp_path) -> None:
    report = inspect_surface(written(tmp_path, "scan.stl", shapes.stl(LIMB)), Stated())
    assert report.balance is not None and [f.rule for f in report.findings] == ["surface-unit"] and not report.fit


def spoiled(mesh: Mesh, random: np.random.Generator) -> Mesh:
    """Faces lost, doubled, turned, flattened or torn off, and corners moved or joined, at a few places."""
    points, faces = np.array(mesh.vertices_lps_mm), np.array(mesh.faces)
    for way in random.integers(0, 7, int(random.integers(1, 4))):
        some = random.integers(0, len(faces), int(random.integers(1, 9)))
        if way == 0:
            faces = np.delete(faces, some, axis=0)
        elif way == 1:
            faces = np.concatenate([faces, faces[some]])
        elif way == 2:
            faces[some] = faces[some][:, [1, 0, 2]]
        elif way == 3:
            faces[some, 0] = faces[some, 1]
        elif way == 4:
            faces[faces == faces[some[0], 0]] = faces[some[-1], 1]
        elif way == 5:
            points[faces[some, 0]] += random.normal(0, random.choice([0.1, 3.0]), (len(some), 3))
        else:
            torn = points[faces[some]].reshape(-1, 3) + random.normal(0, 1e-4, (3 * len(some), 3))
            faces[some] = np.arange(len(torn)).reshape(-1, 3) + len(points)
            points = np.vstack([points, torn])
    return Mesh(points, faces)


def test_whatever_was_done_to_a_surface_what_comes_in_is_whole_or_refused(tmp_path) -> None:
    """Held against the code that checks packs, which shares nothing with intake."""
    from anatofit.verify.self_intersection import self_crossings
    from anatofit.verify.topology import bad_edges

    random, fit, refused = np.random.default_rng(11), 0, set[str]()
    shapes_ = [
        tube(around=14, along=6, dome=3),
        ball(fine=7),
        joined(tube(around=12, along=5, dome=3), ball(12.0, (0, 0, 60), fine=4)),
    ]
    for n in range(60):
        mesh = spoiled(shapes_[n % 3], random)
        try:
            scan = scan_of(tmp_path, mesh, as_obj=True)
        except ScanUnsuitableError as error:
            refused |= {r.rule for r in error.reasons}
            continue
        fit += 1
        assert (
            scan.report.balance is not None
            and scan.report.balance.holds
            and scan.report.balance.read == len(mesh.faces)
        )
        assert self_crossings(scan.mesh) == 0
        assert bad_edges(scan.mesh) == sum(len(loop.points_mm) for loop in scan.loops)
    assert fit > 30 and refused <= {"surface-crossing", "surface-non-manifold", "surface-one-sided"}
