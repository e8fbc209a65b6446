"""Stock plates laid on a computed bone: one that was made for it rests where it was made, and ranks before any other."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anatofit.app.catalogue import read_catalogue
from anatofit.app.stock_holes import wrong_holes
from anatofit.devices.bone_plate import DEVICE, stock
from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.layout import BonePlatePlan, Ranked, Station
from anatofit.devices.bone_plate.spec import PlatePlan
from anatofit.errors import PrescriptionError
from anatofit.geometry.lay import Laid, placed
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.model.stock import StockHole, StockPlate
from anatofit.samples.long_bone import long_bone
from anatofit.samples.tibia import binary_stl

PATH = [[-14.0, -2.0, 80.0], [-12.0, -4.0, 115.0]]
TURN = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
TURN *= np.sign(np.linalg.det(TURN))
MOVE = np.array([40.0, -300.0, 12.0])


@cache
def bone() -> Anatomy:
    return Anatomy("bone", Laterality.LEFT, {"host": long_bone(Laterality.LEFT, rings=80, around=36)})


def planned(*shelf: StockPlate, **plan: Any) -> BonePlatePlan:
    surgery = PlatePlan.model_validate({"path": PATH, **plan})
    found: BonePlatePlan = DEVICE.plan(bone(), DEVICE.spec({"text": "none"}, surgery=surgery, stock=shelf), case="A-1")
    return found


def hole(centre: FloatArray, axis: FloatArray) -> StockHole:
    return StockHole.model_validate({"centre": centre.tolist(), "axis": axis.tolist(), "diameter_mm": 3.0})


@cache
def made_for_it() -> StockPlate:
    """The plate that is built for the bone, as a file somewhere else and turned."""
    plan = planned()
    (part,) = DEVICE.build(bone(), plan)
    mesh = Mesh(placed(part.mesh.vertices_lps_mm, TURN, MOVE), part.mesh.faces)
    centres = placed(np.array([s.centre_lps_mm for s in plan.screws]), TURN, MOVE)
    axes = placed(np.array([s.axis_lps for s in plan.screws]), TURN, np.zeros(3))
    return StockPlate(name="made", sha256="0", holes=tuple(map(hole, centres, axes)), mesh=mesh)


def bent(radius_mm: float) -> StockPlate:
    """A strip of 40 x 7 x 2.5 mm bent along its length, its inner face hollow."""
    from manifold3d import Manifold

    raw = Manifold.cube([40.0, 7.0, 2.5], True).translate([0, 0, 1.25]).refine_to_length(1.0).to_mesh64()
    x, y, z = np.asarray(raw.vert_properties)[:, :3].T

    def curled(x: Any, y: Any, z: Any) -> FloatArray:
        turn = x / radius_mm
        return np.stack([(radius_mm + z) * np.sin(turn), y, (radius_mm + z) * np.cos(turn) - radius_mm], axis=-1)

    at = np.array([-15.0, -5.0, 5.0, 15.0])
    ways = np.stack([np.sin(at / radius_mm), 0 * at, np.cos(at / radius_mm)], axis=1)
    holes = tuple(map(hole, curled(at, 0 * at, 0 * at + 2.5), ways))
    return StockPlate(
        name=f"bent-{radius_mm:g}",
        sha256="1",
        holes=holes,
        mesh=Mesh(curled(x, y, z), np.asarray(raw.tri_verts).astype(np.int64)),
    )


@cache
def resting() -> Ranked:
    (row,) = planned(bent(60.0)).stock
    return row


def test_a_plate_that_was_made_for_the_bone_ranks_first_and_rests_on_it() -> None:
    plan = planned(bent(40.0), made_for_it())
    first, second = plan.stock
    assert first.name == "made" and second.rms_mm > 2 * first.rms_mm
    assert first.rms_mm < 0.3 and first.off_path_mm < 4.0 and first.holes_without_bone == 0
    home = placed(placed(np.array(PATH), TURN, MOVE), np.array(first.turn), np.array(first.move_mm))
    assert np.abs(home - np.array(PATH)).max() < 4.0
    assert any("the best of 2 stock plates, made" in note for note in plan.notes)


def test_nothing_of_a_resting_plate_s_underside_is_in_the_bone() -> None:
    row = resting()
    assert row.sunk_mm <= 1e-3 and row.median_mm >= 0.0 and row.most_mm > row.median_mm


def test_holes_over_a_line_are_counted() -> None:
    line = {"point": [0.0, 0.0, 97.0], "normal": [0.0, 0.0, 1.0], "margin_mm": 6.0}
    assert planned(bent(1e4), line=[line]).stock[0].holes_over_line >= 1


def test_a_hole_that_a_shift_along_the_path_clears_is_not_counted() -> None:
    row = resting()
    middles = placed(np.array([h.centre for h in bent(60.0).holes]), np.array(row.turn), np.array(row.move_mm))[:, 2]
    near = {"point": [0.0, 0.0, float(middles[1]) + 3.1], "normal": [0.0, 0.0, 1.0], "margin_mm": 2.0}
    assert planned(bent(60.0), line=[near]).stock[0].holes_over_line == 0


@cache
def drilled() -> Mesh:
    """A straight plate, 40 x 7 x 2.5 mm, its upper face in z = 0, with two holes 3 mm wide, the second with a head's cone."""
    from manifold3d import Manifold

    raw = Manifold.cube([40.0, 7.0, 2.5], True).translate([0, 0, -1.25])
    for x in (-10.0, 10.0):
        raw -= Manifold.cylinder(9.0, 1.5, circular_segments=48, center=True).translate([x, 0, 0])
    raw -= Manifold.cylinder(1.5, 1.5, 3.0, circular_segments=48).translate([10, 0, -1.5])
    found = raw.to_mesh64()
    return Mesh(np.asarray(found.vert_properties)[:, :3].copy(), np.asarray(found.tri_verts).astype(np.int64))


def row_of(*, depth_mm: float | None, aside_mm: float = 0.0) -> Ranked:
    """A plate as it lies 20 mm above a straight path along x, aside of it, over so much bone."""
    ends = [Station(at_mm=x, point_lps_mm=(x, 0, 0), normal_lps=(0, 0, 1), width_mm=7, thickness_mm=2) for x in (0, 80)]
    laid = Laid(np.eye(3), np.array([40.0, aside_mm, 20.0]), np.zeros(1), 0.0)
    return stock._row(lambda *_: depth_mm, Curve.of(ends), bent(1e4), laid, 0)


@pytest.mark.parametrize(("depth_mm", "without"), [(None, 4), (0.28, 4), (2.5, 0), (20.0, 0)])
def test_a_hole_over_less_bone_than_a_screw_of_the_line_must_have_is_one_without(
    depth_mm: float | None, without: int
) -> None:
    row = row_of(depth_mm=depth_mm)
    assert row.holes_without_bone == without and row.least_bone_mm == 2.5
    (said,) = stock.said_of([row], offset_mm=0.3)
    assert ("(over less than 2.5 mm of bone: 4 of 4)" in said) is bool(without)


def test_off_the_path_is_told_aside_and_beyond_its_ends_and_not_how_high_above() -> None:
    assert row_of(depth_mm=9.0, aside_mm=-5.0).off_path_mm == pytest.approx(5.0, abs=1e-3)
    (said,) = stock.said_of([row_of(depth_mm=9.0, aside_mm=-5.0)], offset_mm=0.3)
    assert (
        said.startswith("the one stock plate, bent-10000, would stand")
        and "its holes up to 5.0 mm off the path;" in said
    )


def write_catalogue(folder: Path, text: str) -> Path:
    (folder / "plate.stl").write_bytes(binary_stl(drilled()))
    (folder / "catalogue.toml").write_text(text, encoding="utf-8")
    return folder


ENTRY = '[[plate]]\nname = "one"\nfile = "plate.stl"\n' + "".join(
    f"[[plate.hole]]\ncentre = [{x}, 0, 0]\naxis = [0, 0, 1]\ndiameter_mm = 3\n" for x in (-10, 10)
)


def test_a_catalogue_is_read_with_its_surfaces(tmp_path: Path) -> None:
    (plate,) = read_catalogue(write_catalogue(tmp_path, ENTRY))
    assert plate.name == "one" and len(plate.holes) == 2 and plate.holes[0].centre == (-10.0, 0.0, 0.0)
    assert "mesh" not in plate.model_dump()


@pytest.mark.parametrize(
    "text",
    ["", "plate = 3", "[[plate", ENTRY.replace("plate.stl", "../plate.stl"), ENTRY.replace("plate.stl", "other.stl"), ENTRY + ENTRY,
     ENTRY.replace("centre = [10, 0, 0]\n", ""), ENTRY.replace("plate.stl", "catalogue.toml")],
)  # fmt: skip
def test_a_catalogue_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(PrescriptionError) as caught:
        read_catalogue(write_catalogue(tmp_path, text))
    assert [reason.rule for reason in caught.value.reasons] == ["catalogue"]


def test_a_hole_s_centre_is_told_in_the_unit_of_its_file(tmp_path: Path) -> None:
    large = ENTRY.replace("[[plate.hole]]", 'unit = "cm"\n[[plate.hole]]', 1)
    folder = write_catalogue(tmp_path, large.replace("10, 0", "1, 0"))
    (folder / "plate.stl").write_bytes(binary_stl(Mesh(drilled().vertices_lps_mm / 10.0, drilled().faces)))
    (plate,) = read_catalogue(folder)
    assert [hole.centre for hole in plate.holes] == [(-10.0, 0.0, 0.0), (10.0, 0.0, 0.0)]


HOLES = [
    ("centre = [10, 0, 300]", "its centre lies in no hole"),
    ("centre = [0, 0, 0]", "the plate stands in its axis"),
    ("centre = [10, 1, 0]", "passes 1.0 mm beside the middle"),
    ("centre = [10, 0, 4]", "lies 4.0 mm off the plate"),
    ("centre = [10, 0, 0]\naxis = [0, 0, -1]", "its head would enter from the bone"),
    ("centre = [10, 0, 0]\naxis = [0, 1, 2]", "or leans in it"),
    ("centre = [10, 0, 0]\ndiameter_mm = 8.8", "diameter_mm was 8.8, and the surface's hole is 3.0 mm wide"),
]


@pytest.mark.parametrize(("told", "said"), HOLES)
def test_a_hole_that_the_surface_has_not_as_it_is_told_is_refused_by_its_number(
    tmp_path: Path, told: str, said: str
) -> None:
    first, _, last = ENTRY.rpartition("[[plate.hole]]")
    keys = {line.split(" = ")[0] for line in told.splitlines()}
    rest = [line for line in last.splitlines() if line and line.split(" = ")[0] not in keys]
    with pytest.raises(PrescriptionError, match=r"plate 1 \(one\), hole 2: ") as caught:
        read_catalogue(write_catalogue(tmp_path, "\n".join([first + "[[plate.hole]]", *rest, told])))
    assert [reason.rule for reason in caught.value.reasons] == ["catalogue"] and said in str(caught.value)


def test_of_two_plain_holes_that_look_to_opposite_sides_each_is_named() -> None:
    holes = [hole(np.array([-10.0, 0.0, 0.0]), np.array([0.0, 0.0, side])) for side in (1.0, -1.0)]
    holes[1] = holes[1].model_copy(update={"centre": (-10.0, 0.0, -2.5)})
    assert [said.split(":")[0] for said in wrong_holes(drilled(), holes)] == ["hole 1", "hole 2"]


def test_the_holes_of_a_plate_that_is_built_here_are_its_own_and_not_the_other_way_round() -> None:
    plate, screws = made_for_it(), planned().screws
    told = [h.model_copy(update={"diameter_mm": s.diameter_mm}) for h, s in zip(plate.holes, screws, strict=True)]
    assert list(wrong_holes(plate.mesh, told)) == []
    turned = [h.model_copy(update={"axis": tuple(-v for v in h.axis)}) for h in told]
    assert all("head would enter from the bone" in said for said in wrong_holes(plate.mesh, turned))
    assert len(list(wrong_holes(plate.mesh, turned))) == len(screws)
