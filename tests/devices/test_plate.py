"""Plates for skulls that we can compute, measured by other means than they were built with."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import trimesh
from measure import distance, inside, ray_hits
from skulls import Skull, make_plate

from anatofit.devices.cranial_plate import DEVICE
from anatofit.devices.cranial_plate.perforate import even_exit
from anatofit.errors import DefectError, PrescriptionError
from anatofit.geometry.canonical import unmatched_edges
from anatofit.geometry.relief import roughness_mm
from anatofit.model.anatomy import Anatomy
from anatofit.model.mesh import Mesh

SMALL = Skull(hole_radius_mm=16.0)
THIN = Skull(hole_radius_mm=14.0, thickness_mm=2.0)
UNDERCUT = Skull(hole_radius_mm=18.0, thickness_mm=7.0, wave=0.12, wall_lean=0.5)
TINY = Skull(hole_radius_mm=10.0, thickness_mm=3.0)
MATERIAL = SimpleNamespace(name="PEEK", density_g_cm3=1.32, smallest_wall_mm=0.8, smallest_hole_mm=1.0)
PRINTER = SimpleNamespace(name="any", build_volume_mm=(200.0, 200.0, 200.0))

Maker = Callable[[Skull], Anatomy]


def _solid(mesh: Mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices_lps_mm, mesh.faces, process=False)


def _clearance(part: Mesh, host: Mesh) -> float:
    return float(distance(host, part.vertices_lps_mm[::5]).min())


def test_the_same_plan_builds_the_same_bytes_and_survives_json(skull: Maker) -> None:
    anatomy = skull(SMALL)
    plan, mesh = make_plate(anatomy, {})
    again = DEVICE.read_plan(json.loads(plan.model_dump_json()))
    assert again == plan == DEVICE.plan(anatomy, DEVICE.spec({}), case="A-0001")
    (other,) = DEVICE.build(anatomy, again)
    assert other.mesh.vertices_lps_mm.tobytes() == mesh.vertices_lps_mm.tobytes()
    assert other.mesh.faces.tobytes() == mesh.faces.tobytes()


def test_the_plan_has_the_keys_that_others_read(skull: Maker) -> None:
    plan = json.loads(DEVICE.plan(skull(SMALL), DEVICE.spec({}), case="A-0001").model_dump_json())
    assert plan["schema"] == 1
    assert plan["device"] == "cranial-plate"
    assert plan["laterality"] == "R"
    assert {
        "insertion_direction_lps",
        "insertion_length_mm",
        "perforations",
        "screws",
        "tabs",
        "text",
        "rim_lps_mm",
        "midsagittal",
    } <= set(plan)
    assert len(plan["tabs"]) == 4 == len(plan["screws"])


@pytest.mark.parametrize(
    ("shape", "design"),
    [
        (SMALL, {}),
        (SMALL, {"thickness_mode": "set", "thickness_mm": 4.0, "fixation": "none", "gap_mm": 1.5}),
        (THIN, {"fixation": "recess", "text": "none"}),
        (UNDERCUT, {"gap_mm": 0.3}),
        (TINY, {"text_height_mm": 3.0, "perforations": "off", "fixation": "none"}),
    ],
)
def test_a_plate_is_one_closed_solid_that_keeps_its_distance(
    skull: Maker, shape: Skull, design: dict[str, object]
) -> None:
    anatomy = skull(shape)
    plan, mesh = make_plate(anatomy, design, case="X1")
    solid = _solid(mesh)
    assert unmatched_edges(mesh.faces) == 0
    assert solid.is_watertight and solid.body_count == 1 and solid.volume > 0
    assert _clearance(mesh, anatomy.surfaces["host"]) >= plan.gap_mm - 0.05
    assert not inside(anatomy.surfaces["host"], mesh.vertices_lps_mm[::50]).any()


def test_the_part_can_be_drawn_out_without_touching(skull: Maker) -> None:
    anatomy = skull(UNDERCUT)
    plan, mesh = make_plate(anatomy, {})
    way = np.array(plan.insertion_direction_lps)
    for away_mm in (0.5, 1.0, 2.0, 4.0, 8.0):
        moved = Mesh(mesh.vertices_lps_mm + away_mm * way, mesh.faces)
        assert _clearance(moved, anatomy.surfaces["host"]) > 0.1


def test_a_set_thickness_is_met_in_the_middle_of_the_body(skull: Maker) -> None:
    anatomy = skull(SMALL)
    plan, mesh = make_plate(
        anatomy,
        {"thickness_mode": "set", "thickness_mm": 4.0, "perforations": "off", "fixation": "none", "text": "none"},
    )
    out = np.array(plan.insertion_direction_lps)
    centre = np.asarray(anatomy.landmarks["defect_centre"])
    depth = ray_hits(mesh, centre + 20 * out, -out)
    assert len(depth) == 2
    assert depth[1] - depth[0] == pytest.approx(4.0, abs=0.05)


def test_the_outer_face_is_the_outer_table(skull: Maker) -> None:
    anatomy = skull(SMALL)
    plan, mesh = make_plate(anatomy, {"fixation": "none", "perforations": "off"})
    off = distance(anatomy.surfaces["outer_contour"], mesh.vertices_lps_mm)
    outside = _solid(mesh).vertex_normals @ np.array(plan.insertion_direction_lps) > 0.9
    rest = mesh.vertices_lps_mm - np.asarray(anatomy.landmarks["defect_centre"])
    middle = np.linalg.norm(rest, axis=1) < 12.0
    assert off[outside & middle].max() < 0.05


def test_holes_are_open_and_as_wide_as_planned(skull: Maker) -> None:
    plan, mesh = make_plate(skull(SMALL), {"perforation_pitch_mm": 6.0, "text": "none"})
    assert len(plan.perforations) >= 4
    for hole in [*plan.perforations, *plan.screws]:
        centre, axis = np.array(hole.centre_lps_mm), np.array(hole.axis_lps)
        side = np.cross(axis, [0.3, 0.5, 0.8])
        side /= np.linalg.norm(side)
        for offset, hit in ((0.45, False), (0.58, True)):
            start = centre + 12 * axis + side * offset * hole.diameter_mm
            assert (len(ray_hits(mesh, start, -axis)) > 0) == hit


def test_the_engraving_reads_upright_from_inside_and_has_its_depth(skull: Maker) -> None:
    anatomy = skull(SMALL)
    plain = make_plate(anatomy, {"text": "none", "perforations": "off", "fixation": "none"})[1]
    plan, mesh = make_plate(anatomy, {"perforations": "off", "fixation": "none"}, case="L")
    text = plan.text
    right, up, origin = np.array(text.right_lps), np.array(text.up_lps), np.array(text.origin_lps_mm)
    outward = np.cross(up, right)
    assert outward @ np.array(plan.insertion_direction_lps) > 0.8

    def first(plate: Mesh, x: float, y: float) -> float:
        return float(ray_hits(plate, origin + x * right + y * up - 10 * outward, outward)[0])

    h, w = text.height_mm, text.width_mm
    across = np.linspace(-w / 2, w / 2, 41)
    depth = np.array([[first(mesh, x, y) - first(plain, x, y) for x in across] for y in (-0.45 * h, 0.2 * h)])
    assert depth.max() == pytest.approx(text.depth_mm, abs=0.1)
    foot, stem = (depth > text.depth_mm / 2).sum(axis=1)
    assert foot > stem > 0
    assert across[np.argmax(depth[1])] < 0  # an L has its stem on the left


def test_a_defect_that_opens_into_a_sinus_is_said(skull: Maker) -> None:
    anatomy = skull(SMALL)
    open_ = dataclasses.replace(anatomy, figures={**anatomy.figures, "missing_in_air_mm3": 217.4})
    plan = DEVICE.plan(open_, DEVICE.spec({}), case="A-0001")
    assert any("217 mm³" in note and "sinus" in note for note in plan.notes)
    assert not any("sinus" in note for note in DEVICE.plan(anatomy, DEVICE.spec({}), case="A-0001").notes)


def test_a_text_without_room_is_refused_by_name(skull: Maker) -> None:
    with pytest.raises(PrescriptionError, match=r"design\.text"):
        DEVICE.plan(skull(TINY), DEVICE.spec({"fixation": "none"}), case="WWWWWWWWWWWWWWWW")


@pytest.mark.parametrize(
    ("radius_mm", "thickness_mm", "gap_mm", "rule"), [(6.0, 3.0, 0.5, "body-too-small"), (1.4, 2.0, 1.5, "no-body")]
)
def test_a_defect_too_small_for_a_part_is_refused(
    skull: Maker, radius_mm: float, thickness_mm: float, gap_mm: float, rule: str
) -> None:
    anatomy = skull(Skull(hole_radius_mm=radius_mm, thickness_mm=thickness_mm))
    design = {"fixation": "none", "text": "none", "perforations": "off", "gap_mm": gap_mm, "edge_radius_mm": 1.2}
    with pytest.raises(DefectError, match=rule) as refused:
        make_plate(anatomy, design)
    assert refused.value.exit_code == 3


def test_a_body_thinner_than_its_edges_is_refused_when_it_is_built(skull: Maker) -> None:
    anatomy = skull(Skull(hole_radius_mm=11.0, thickness_mm=3.0))
    plan = DEVICE.plan(anatomy, DEVICE.spec({"fixation": "none", "text": "none"}), case="X1")
    with pytest.raises(DefectError, match="no-body"):
        DEVICE.build(anatomy, plan.model_copy(update={"edge_radius_mm": 4.0}))


def test_holes_keep_off_an_oblique_inner_face(skull: Maker) -> None:
    site = SimpleNamespace(
        body_at=lambda p: np.maximum(p[:, 2], -3.0 - 1.0 * p[:, 0] * (p[:, 0] > 0) - p[:, 2]), edge_radius_mm=0.6
    )
    points = np.array([[-5.0, 0.0, 0.0], [0.5, 0.0, 0.0], [5.0, 0.0, 0.0]])
    assert even_exit(site, points, np.tile([0.0, 0.0, 1.0], (3, 1)), 1.0).tolist() == [True, False, False]  # type: ignore[arg-type]


def test_holes_keep_body_around_them_all_the_way() -> None:
    # A slab of 4 mm that ends at x = 0, and at x = -3 in the middle third of its height.
    def body_at(p: np.ndarray) -> np.ndarray:
        side = p[:, 0] + 3.0 * (np.abs(p[:, 2] + 2.0) < 0.7)
        return np.maximum(np.maximum(p[:, 2], -4.0 - p[:, 2]), side)

    site = SimpleNamespace(body_at=body_at, edge_radius_mm=0.6)
    points = np.array([[-8.0, 0.0, 0.0], [-7.0, 0.0, 0.0], [-5.0, 0.0, 0.0]])
    assert even_exit(site, points, np.tile([0.0, 0.0, 1.0], (3, 1)), 1.0).tolist() == [True, True, False]  # type: ignore[arg-type]


def test_a_dent_beneath_the_text_is_told_from_a_bend() -> None:
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(-10, 10, 9), np.linspace(-3, 3, 5)))
    bend = 0.01 * x**2 - 0.02 * x * y + 0.1 * y
    dent = bend + 0.8 * np.exp(-((x - 4) ** 2 + y**2) / 8)
    smooth, dented = roughness_mm(np.stack([bend, dent]), x, y)
    assert smooth < 1e-9 and dented > 0.1


def test_the_requirements_name_every_check_once(skull: Maker) -> None:
    spec = DEVICE.spec({})
    plan = DEVICE.plan(skull(SMALL), spec, case="A-0001")
    found = DEVICE.requirements(spec, plan, material=MATERIAL, printer=PRINTER)
    ids = [r.id for r in found]
    assert len(ids) == len(set(ids)) == 20
    assert {
        "CR-MESH-1",
        "CR-WALL-1",
        "CR-GAP-1",
        "CR-HOST-1",
        "CR-INSERT-1",
        "CR-STEP-1",
        "CR-COVER-1",
        "CR-SIDE-1",
        "CR-HOLE-1",
        "CR-SCREW-1",
        "CR-TEXT-1",
        "CR-FILE-1",
    } <= set(ids)


def _random_design(rng: random.Random) -> dict[str, object]:
    design: dict[str, object] = {}
    for name, row in DEVICE.envelope.rows.items():
        if row.settable and row.kind == "choice":
            design[name] = rng.choice(row.choices)
        elif row.settable and row.kind == "count":
            design[name] = rng.randint(int(row.min or 0), int(row.max or 0))
        elif row.settable:
            design[name] = round(rng.choice([row.min, row.max, rng.uniform(row.min, row.max)]), 3)
    return design


@pytest.mark.parametrize("seed", range(6))
def test_a_random_design_is_built_or_refused_by_name(skull: Maker, seed: int) -> None:
    rng = random.Random(seed)
    anatomy = skull(rng.choice([SMALL, THIN, UNDERCUT, TINY]))
    try:
        plan, mesh = make_plate(anatomy, _random_design(rng))
    except (PrescriptionError, DefectError) as stopped:
        if not all(r.rule.startswith(("design.", "no-body", "body-too-small")) for r in stopped.reasons):
            raise
        return
    assert unmatched_edges(mesh.faces) == 0
    assert _clearance(mesh, anatomy.surfaces["host"]) >= plan.gap_mm - 0.05
