"""Parts of a socket: its chart, what its strength is screened by, and what is refused or said by name."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from sockets import R, asked, limb, located, planned

from anatofit.app.settings import load_settings
from anatofit.devices.base import unfit_of
from anatofit.devices.socket import DEVICE
from anatofit.devices.socket.adapter import RIM_IN_MM, RIM_MM, RIM_OUT_MM, slot_tool
from anatofit.devices.socket.layout import Flare, Slot, SocketPlan, Station, Trim
from anatofit.devices.socket.rings import rings_to
from anatofit.devices.socket.skin import skin_of
from anatofit.devices.socket.walls import Walls, _steepness
from anatofit.errors import PrescriptionError, ScanUnsuitableError
from anatofit.geometry.capsule import Capsule, Lattice, evened, reaches_mm
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.make import Material, Printer
from anatofit.model.mesh import Mesh
from anatofit.samples.residual_limb import residual_limb
from anatofit.verify.socket_adapter import socket_strength
from anatofit.verify.subject import Subject


@pytest.fixture(scope="module")
def plan() -> SocketPlan:
    return planned(limb(R), asked())


def ball(radius: float, middle: FloatArray, fine: int = 90) -> Mesh:
    """A ball in bands, closed at both poles by fans."""
    polar, turn = np.pi * np.arange(1, fine) / fine, 2 * np.pi * np.arange(fine) / fine
    rings = [[[np.sin(p) * np.cos(t), np.sin(p) * np.sin(t), np.cos(p)] for t in turn] for p in polar]
    points = middle + radius * np.array([*np.array(rings).reshape(-1, 3), [0, 0, 1], [0, 0, -1]])
    one, other = np.arange(fine), (np.arange(fine) + 1) % fine
    faces = [np.stack([np.full(fine, len(points) - 2), one, other], 1)]
    for k in range(fine - 2):
        a = k * fine
        faces += [
            np.stack([a + one, a + fine + one, a + fine + other], 1),
            np.stack([a + one, a + fine + other, a + other], 1),
        ]
    last = (fine - 2) * fine
    return Mesh(
        points, np.concatenate([*faces, np.stack([last + other, last + one, np.full(fine, len(points) - 1)], 1)])
    )


def test_rays_of_the_chart_reach_a_ball_as_far_as_its_formula_says_through_the_pole_too() -> None:
    middle, radius = np.array([3.0, -4.0, 38.0]), 45.0
    lattice = Lattice.to(Capsule(40.0), 60.0, step_mm=2.0, around=48)
    first, last = reaches_mm(lattice, ball(radius, middle))
    start, way = lattice.rays()
    off = start - middle
    along = -(off * way).sum(-1)
    formula = along + np.sqrt(along**2 - (off**2).sum(-1) + radius**2)
    assert np.abs(first - formula).max() < 0.06 and np.array_equal(first, last)
    assert np.abs(evened(lattice, first, 2.0) - first)[:-8].max() < 0.05


def test_a_place_of_the_chart_comes_back_and_below_the_pole_a_ray_is_that_of_the_other_side() -> None:
    chart = Capsule(40.0)
    v, angle = np.array([chart.pole_mm + 1.0, 20.0, 40.0, 75.0]), np.array([0.4, -2.0, 3.0, 1.0])
    start, way = chart.rays(v, angle)
    back = chart.of(start + 37.0 * way)
    assert np.allclose(back[0], v) and np.allclose(back[1], angle) and np.allclose(back[2], 37.0)
    assert np.allclose(
        chart.rays(np.array(chart.pole_mm - 3.0), np.array(0.4))[1],
        chart.rays(np.array(chart.pole_mm + 3.0), np.array(0.4 + np.pi))[1],
    )


def test_a_hole_in_the_skin_is_filled_from_around_it() -> None:
    lattice = Lattice.to(Capsule(40.0), 60.0, step_mm=2.0, around=48)
    reach = np.full((len(lattice.v_mm), 48), 40.0)
    reach[20:30, 5:20] = np.nan
    assert np.allclose(evened(lattice, reach, 2.0), 40.0)


def test_strength_is_that_of_beams_on_a_tube_whose_formula_is_known(plan: SocketPlan) -> None:
    """A tube along the pylon in the place of the part: F/A + M/W, and the threads' shear."""
    outer, inner, axis = 50.0, 46.0, np.array(plan.adapter.axis_lps)
    turn = 2 * np.pi * np.arange(180) / 180
    u = np.cross(axis, [1.0, 0, 0]) / np.linalg.norm(np.cross(axis, [1.0, 0, 0]))
    ring = np.cos(turn)[:, None] * u + np.sin(turn)[:, None] * np.cross(axis, u)
    centre = np.array(plan.adapter.centre_lps_mm)
    rings = [centre - along * axis + r * ring for r, along in ((outer, 0), (outer, 400), (inner, 400), (inner, 0))]
    one, other = np.arange(180), (np.arange(180) + 1) % 180
    faces = [
        np.stack(t, 1)
        for k in range(4)
        for a, b in [(180 * k, 180 * ((k + 1) % 4))]
        for t in ((a + one, a + other, b + other), (a + one, b + other, b + one))
    ]
    tube = Mesh(np.concatenate(rings), np.concatenate(faces))
    tube = tube if tube.volume_mm3 > 0 else Mesh(tube.vertices_lps_mm, tube.faces[:, ::-1])
    asked_of = {
        "force_n": 2000.0,
        "lever_mm": 60.0,
        "strength_mpa": 30.0,
        "thread_mm": 6.0,
        "thread_long_mm": 14.0,
        "pitch_mm": 36.0,
    }
    wanted = Requirement(id="T", what="t", check="socket_strength", part="socket", unit="times", parameters=asked_of)
    found = socket_strength(Subject(part=tube, host=None, missing=None, plan=plan.model_dump(mode="json")), wanted)
    area, modulus = np.pi * (outer**2 - inner**2), np.pi / 4 * (outer**4 - inner**4) / outer
    assert found.values["stress_mpa"] == pytest.approx(2000.0 / area + 120000.0 / modulus, rel=0.01)
    assert found.values["screws"] == pytest.approx(np.pi * 6 * 14 * 15 / (120000.0 / 36 / 2))


def test_the_strength_that_a_socket_is_screened_by_is_that_of_its_material() -> None:
    weak = Material(
        name="W", density_g_cm3=1.0, smallest_wall_mm=0.8, smallest_hole_mm=1.0, strength_mpa=7.0, source="bars"
    )
    printer = Printer(name="P", build_volume_mm=(300.0, 300.0, 300.0), source="test")
    rows = DEVICE.requirements(asked(), planned(limb(R), asked()), material=weak, printer=printer)
    (row,) = [row for row in rows if row.id == "SK-STRONG-1"]
    assert row.parameters["strength_mpa"] == 7.0 and "7 MPa (W, " in row.what


def test_a_socket_of_rubber_or_of_unknown_strength_is_refused_by_name() -> None:
    materials = load_settings().materials
    assert "elastomer" in unfit_of(DEVICE, materials["TPU-85A"])
    assert "no strength_mpa" in unfit_of(DEVICE, materials["PMMA"])
    assert unfit_of(DEVICE, materials["PA12"]) == unfit_of(DEVICE, materials["PETG"]) == ""


def swelling(high_mm: float) -> Mesh:
    """A limb with a lip of skin around its middle that hangs down over itself."""
    skin = residual_limb(R, joint_mm=120.0, above_joint_mm=70.0, rings=110, around=72).skin
    points = skin.vertices_lps_mm.copy()
    middle = points[:, :2].mean(axis=0)
    share = np.exp(-0.5 * ((points[:, 2] - 60.0) / 6.0) ** 2)
    points[:, :2] += (points[:, :2] - middle) * (high_mm * share / 50.0)[:, None]
    points[:, 2] -= 1.4 * high_mm * share
    return Mesh(points, skin.faces)


def test_a_fold_of_the_skin_is_refused_by_name() -> None:
    folded = replace(limb(R), surfaces={"host": swelling(18.0)})
    with pytest.raises(ScanUnsuitableError, match="fold") as stopped:
        planned(folded, asked())
    assert [r.rule for r in stopped.value.reasons] == ["limb-overhang"]


def test_a_hole_that_was_left_in_the_skin_is_refused_by_name() -> None:
    skin = limb(R).surfaces["host"]
    off = np.linalg.norm(skin.triangles_lps_mm.mean(axis=1) - limb(R).landmarks["distal_tibia"], axis=1)
    holed = replace(limb(R), surfaces={"host": Mesh(skin.vertices_lps_mm, skin.faces[off > 14.0])})
    with pytest.raises(ScanUnsuitableError, match="not there") as stopped:
        planned(holed, asked())
    assert [r.rule for r in stopped.value.reasons] == ["surface-hole"]


def test_a_scan_that_ends_at_the_tendon_is_refused_by_name() -> None:
    short = replace(limb(R), curves={**limb(R).curves, "rim": limb(R).landmarks["patellar_tendon"][None]})
    with pytest.raises(ScanUnsuitableError, match="patellar tendon lies at") as stopped:
        planned(short, asked())
    assert [r.rule for r in stopped.value.reasons] == ["limb-too-short"]


def ending(above_tendon_mm: float) -> Anatomy:
    low = limb(R).landmarks["patellar_tendon"] + [0, 0, above_tendon_mm]
    return replace(limb(R), curves={**limb(R).curves, "rim": low[None]})


def test_a_scan_that_ends_a_little_below_the_ordered_trim_line_lowers_it_and_says_so(plan: SocketPlan) -> None:
    found = planned(ending(38.0), asked())
    assert "lower than ordered" in found.notes[0] and not plan.notes
    assert found.shape.top_mm == pytest.approx(found.tendon_mm + 32.0, abs=0.5)


def test_a_scan_that_ends_far_below_the_ordered_trim_line_is_refused() -> None:
    """A brim that ends at the tendon holds no condyle, whatever else of the socket holds."""
    with pytest.raises(PrescriptionError, match="21 mm lower than ordered, at most 10 mm are taken") as stopped:
        planned(ending(25.0), asked())
    assert [r.rule for r in stopped.value.reasons] == ["no-room"]


def without_side(anatomy: Anatomy) -> Anatomy:
    marks = {k: v for k, v in anatomy.landmarks.items() if k not in ("fibular_head", "medial_flare", "lateral_flare")}
    planes = {k: v for k, v in anatomy.planes.items() if k != "sagittal"}
    return replace(anatomy, laterality=Laterality.UNPAIRED, landmarks=marks, planes=planes)


def test_a_limb_of_unknown_side_gets_what_needs_none() -> None:
    found = planned(without_side(limb(R)), asked({"text": "engraved"}))
    assert found.laterality == "U" and found.texts[0].string == "A-1 TEST"
    assert any("fibular head relief" in note and "left out" in note for note in found.notes)
    with pytest.raises(PrescriptionError, match="side must be known"):
        planned(without_side(limb(R)), asked({"template": "ptb"}))
    with pytest.raises(PrescriptionError, match="adduction_deg"):
        planned(without_side(limb(R)), asked({"adduction_deg": 3}))


def test_slots_lie_beside_regions_and_fewer_of_them_are_told() -> None:
    found = planned(limb(R), asked({"slots": 24, "slot_length_mm": 10}))
    assert 3 <= len(found.vents) < 24 and f"{len(found.vents)} of 24 slots" in found.notes[-1]
    front = found.shape.frame.axes[0]
    places = np.array([vent.centre_lps_mm for vent in found.vents]) - np.array(found.shape.frame.origin_lps_mm)
    assert (places @ front).min() < -30 and all(abs(np.dot(v.axis_lps, v.along_lps)) < 1e-5 for v in found.vents)


def test_points_of_the_trim_line_are_the_orders_own(plan: SocketPlan) -> None:
    own = planned(limb(R), asked(plan={"trim": [{"medial_deg": 85.0, "above_tendon_mm": 21.0}]}))
    points = {t.angle_deg: t.v_mm - own.tendon_mm for t in own.shape.trim}
    assert points[85.0] == pytest.approx(21.0, abs=1e-3) and 90.0 not in points and 270.0 in points


@pytest.mark.parametrize(
    "design, said",
    [
        ({"bore_mm": 24, "hole_pitch_mm": 25, "hole_mm": 12}, "bore_mm"),
        ({"block_mm": 44}, "block_mm"),
        ({"distal_wall_mm": 3, "wall_mm": 5}, "distal_wall_mm"),
        ({"slot_length_mm": 10, "slot_width_mm": 8}, "slot_length_mm"),
        ({"wall_mm": 9}, "wall_mm"),
    ],
)
def test_a_design_that_contradicts_itself_is_refused(design: dict[str, float], said: str) -> None:
    with pytest.raises(PrescriptionError) as stopped:
        asked(design)
    assert [r.rule for r in stopped.value.reasons] == [f"design.{said}"]


def test_a_limb_lies_in_any_pose(plan: SocketPlan) -> None:
    turn = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    host = limb(R).surfaces["host"]
    found = planned(located(Mesh(host.vertices_lps_mm @ turn.T + 300.0, host.faces), R), asked())
    assert found.socket_volume_mm3 == pytest.approx(plan.socket_volume_mm3, rel=2e-3)
    assert found.tendon_mm == pytest.approx(plan.tendon_mm, abs=0.5)


def test_a_region_that_the_trim_line_cuts_off_or_that_lies_below_the_limb_is_told() -> None:
    spot = {"half_along_mm": 5, "half_around_mm": 5, "falloff_mm": 12, "depth_mm": 4, "source": "x"}
    high = {**spot, "name": "high", "at": "patellar_tendon", "proximal_mm": 90}
    cut = {**spot, "name": "cut", "at": "patellar_tendon", "proximal_mm": 40}
    low = {**spot, "name": "low", "at": "distal_end", "proximal_mm": -40}
    notes = planned(limb(R), asked(plan={"region": [high, cut, low]})).notes
    assert any("'high' lies wholly above the trim line: nothing of it is made" in note for note in notes)
    assert any("'cut' lies partly above the trim line: " in note and "% of it is made" in note for note in notes)
    assert any("'low' would lie" in note and "below the distal end" in note for note in notes)


def test_a_trim_line_that_would_fold_the_brim_is_refused_by_name() -> None:
    steep = {"trim": [{"medial_deg": 0, "above_tendon_mm": -30}]}
    with pytest.raises(PrescriptionError, match=r"rises at .* the brim folds") as stopped:
        planned(limb(R), asked(plan=steep))
    assert [reason.rule for reason in stopped.value.reasons] == ["no-room"]


def test_beside_a_steep_trim_line_the_outer_face_does_not_fold(plan: SocketPlan) -> None:
    steps = ((0.0, 175.0), (70.0, 175.0), (100.0, 125.0), (180.0, 125.0), (260.0, 125.0), (290.0, 175.0))
    line = tuple(Trim(angle_deg=a, v_mm=v) for a, v in steps)
    thick = (Station(v_mm=0.0, value_mm=6.0),)
    shape = plan.shape.model_copy(update={"trim": line, "flare": Flare(out_mm=10.0, along_mm=14.0), "wall": thick})
    skin = skin_of(limb(R).surfaces["host"], shape.frame, top_mm=shape.top_mm, smoothing_mm=shape.smoothing_mm)
    walls = Walls(skin, shape)
    rings = rings_to(shape, walls.trim_mm())
    v, angle, _ = Capsule(shape.frame.ball_mm).of(walls.outer_mm(rings))
    faces = rings.faces[(v[rings.faces] > shape.frame.ball_mm).all(axis=1)]
    one, other = ((angle[faces[:, k]] - angle[faces[:, 0]] + np.pi) % (2 * np.pi) - np.pi for k in (1, 2))
    assert (one * (v[faces[:, 2]] - v[faces[:, 0]]) - other * (v[faces[:, 1]] - v[faces[:, 0]])).min() > 0.0


def test_the_line_of_letters_that_has_no_room_is_named() -> None:
    with pytest.raises(PrescriptionError, match='"RIGHT TEST" takes 26 mm') as stopped:
        planned(limb(R), asked({"text": "engraved", "block_mm": 44, "hole_pitch_mm": 25}))
    assert "shorter case" not in str(stopped.value)


def test_balls_are_rolled_as_far_as_a_steep_face_makes_them_touch() -> None:
    lattice = Lattice.to(Capsule(40.0), 60.0, step_mm=2.0, around=48)
    reach = np.full((len(lattice.v_mm), 48), 40.0)
    assert _steepness(lattice, reach) == 0.0
    reach[20:] += 6.0
    assert _steepness(lattice, reach) == pytest.approx(3.0)


def test_edges_of_slots_are_taken_off_on_both_faces_of_the_wall() -> None:
    """No edge of a slot in a flat wall is sharper than 45 degrees; between its rims the slot is as wide as ordered."""
    from anatofit.geometry.bridge import mesh_of

    slot = Slot(
        centre_lps_mm=(0, 0, 0), axis_lps=(0, 0, 1), along_lps=(1, 0, 0), width_mm=4.0, length_mm=20.0, wall_mm=4.0
    )
    _, y, z = mesh_of(slot_tool(slot)).vertices_lps_mm.T
    for way, over in ((-1.0, RIM_IN_MM), (1.0, RIM_OUT_MM)):
        there = np.abs(way * z - 2.0 - over) < 1e-6
        assert np.ptp(y[there]) / 2 == pytest.approx(2.0 + RIM_MM + over, abs=0.02)
        assert (np.abs(y[np.abs(way * z - 2.0 + RIM_MM) < 0.05]) <= 2.06).all()
    assert RIM_MM >= 0.5
