"""An insole that is filled by zones: its lattice, its bodies for a slicer, and what is predicted of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from insoles import asked, built, foot, measured, planned

from anatofit.app.settings import load_settings
from anatofit.devices.base import told_of, zone_at_of
from anatofit.devices.insole import DEVICE
from anatofit.devices.insole.layout import Filling, InsolePlan
from anatofit.devices.insole.zones import density_at, zone_at
from anatofit.errors import PrescriptionError
from anatofit.geometry.gyroid import density_of, gyroid_mm, sheet_of
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.model.part import Part
from anatofit.pack.stl import stl_bytes
from anatofit.pack.threemf import threemf_bytes

R, L = Laterality.RIGHT, Laterality.LEFT
TPU = load_settings().materials["TPU-85A"]
LATTICE: dict[str, Any] = {"fill": "lattice", "thickness_mm": 4.0, "length": "three-quarter", "text": "engraved"}


def of_zones(plan: InsolePlan) -> Filling:
    assert plan.filling is not None
    return plan.filling


@pytest.fixture(scope="module")
def lattice() -> tuple[InsolePlan, Mesh]:
    plan = planned(foot(L), LATTICE)
    return plan, built(foot(L), plan)


@pytest.fixture(scope="module")
def zones() -> tuple[InsolePlan, Part]:
    plan = planned(foot(R, pressed=True), {"fill": "zones", "thickness_mm": 5.0})
    return plan, DEVICE.build(foot(R, pressed=True), plan)[0]


def test_what_is_set_in_the_slicer_is_told_and_zones_are_found_by_place(zones: tuple[InsolePlan, Part]) -> None:
    plan, _ = zones
    told = dict(told_of(DEVICE, plan.model_dump(mode="json", by_alias=True)))["To set in the slicer"]
    densest = of_zones(plan).zones[0]
    assert "gyroid" in told and f"{densest.name} {densest.density:.0%}" in told and "0.6 mm at the top" in told
    at = zone_at_of(DEVICE, plan)
    assert at is not None and [z.name for z in of_zones(plan).zones][at(np.array([[10.0, 0.0]]))[0]] == "heel"


@pytest.mark.parametrize("sheet_mm", [0.8, 1.05, 1.4, 1.8, 2.25])
def test_a_sheet_fills_as_much_of_its_cell_as_is_said(sheet_mm: float) -> None:
    x, y, z = np.meshgrid(*[np.arange(0.0, 10.0, 0.1)] * 3, indexing="ij", sparse=True)
    filled = float((gyroid_mm(x, y, z, cell_mm=10.0) < sheet_mm / 2).mean())
    assert filled == pytest.approx(density_of(sheet_mm, cell_mm=10.0), abs=0.005)
    assert float(sheet_of(np.array(density_of(sheet_mm, cell_mm=10.0)), cell_mm=10.0)) == pytest.approx(sheet_mm)


def test_a_lattice_is_closed_in_one_piece_and_no_wall_is_thinner_than_the_material_allows(
    lattice: tuple[InsolePlan, Mesh],
) -> None:
    plan, part = lattice
    assert measured("closed_manifold", part, foot(L), plan).value == 0
    assert measured("components", part, foot(L), plan).value == 1
    assert measured("min_wall", part, foot(L), plan, region="all").value > TPU.smallest_wall_mm


def test_what_a_zone_is_said_to_be_filled_is_what_is_made(lattice: tuple[InsolePlan, Mesh]) -> None:
    plan, part = lattice
    assert measured("insole_filled", part, foot(L), plan).value < 6.0
    zones = tuple(zone.model_copy(update={"density": zone.density + 0.1}) for zone in of_zones(plan).zones)
    other = plan.model_copy(update={"filling": of_zones(plan).model_copy(update={"zones": zones})})
    assert measured("insole_filled", part, foot(L), other).value > 6.0


def test_all_room_in_a_lattice_is_open_to_the_ground(lattice: tuple[InsolePlan, Mesh]) -> None:
    plan, part = lattice
    found = measured("trapped", part, foot(L), plan)
    assert found.value <= 0.5 and found.values["free_inside_mm3"] > 0.3 * part.volume_mm3
    assert measured("open_ways", part, foot(L), plan, ball_mm=1.5).value > 99.5


def test_room_whose_mouth_is_closed_is_found(lattice: tuple[InsolePlan, Mesh]) -> None:
    plan, part = lattice
    axes, origin = np.array(plan.frame.axes_lps), np.array(plan.frame.origin_lps_mm)
    local = (part.vertices_lps_mm - origin) @ axes.T
    low, high = local.min(axis=0) - 5.0, local.max(axis=0) + 5.0
    high[2], low[2] = plan.ground_mm + 0.01, plan.ground_mm - 1.5
    slab = slab_between(low, high)
    closed = Mesh(
        np.concatenate([part.vertices_lps_mm, slab.vertices_lps_mm @ axes + origin]),
        np.concatenate([part.faces, slab.faces + len(part.vertices_lps_mm)]),
    )
    assert measured("trapped", closed, foot(L), plan).value > 1000


def slab_between(low: Any, high: Any) -> Mesh:
    corners = np.array([[x, y, z] for z in (low[2], high[2]) for y in (low[1], high[1]) for x in (low[0], high[0])])
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return Mesh(corners, np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]))


def test_the_top_of_a_lattice_is_that_of_a_solid_insole(lattice: tuple[InsolePlan, Mesh]) -> None:
    plan, part = lattice
    assert measured("insole_top_p99", part, foot(L), plan).value < 0.2
    assert measured("insole_thickness", part, foot(L), plan, region="bed", over="plane").value > plan.thickness_mm - 0.1
    assert measured("insole_thickness", part, foot(L), plan, region="all").value > of_zones(plan).skin_mm - 0.1
    assert measured("insole_side", part, foot(L), plan, laterality="L").value > 1.0


def test_bodies_of_zones_fill_the_insole_and_are_objects_of_its_3mf(
    zones: tuple[InsolePlan, Part], tmp_path: Path
) -> None:
    plan, part = zones
    assert {"heel", "arch", "first_head", "great_toe"} <= set(part.pieces)
    assert sum(p.volume_mm3 for p in part.pieces.values()) == pytest.approx(part.mesh.volume_mm3, rel=1e-9)
    assert faults(part, plan, tmp_path) == 0
    shifted = {**part.pieces, "heel": Mesh(part.pieces["heel"].vertices_lps_mm + 0.01, part.pieces["heel"].faces)}
    assert faults(Part(part.name, part.mesh, pieces=shifted), plan, tmp_path) > 0
    renamed = {("sole" if name == "arch" else name): mesh for name, mesh in part.pieces.items()}
    assert faults(Part(part.name, part.mesh, pieces=renamed), plan, tmp_path) == 1


def faults(part: Part, plan: InsolePlan, folder: Path) -> float:
    from anatofit.model.finding import Requirement
    from anatofit.verify.subject import Subject
    from anatofit.verify.zone_pieces import zones_same

    files = {f"device/insole.{kind}": folder / f"insole.{kind}" for kind in ("stl", "3mf")}
    files["device/insole.stl"].write_bytes(stl_bytes(part.mesh))
    files["device/insole.3mf"].write_bytes(threemf_bytes(part, title="Insole"))
    subject = Subject(part=part.mesh, host=None, missing=None, plan=plan.model_dump(mode="json"), files=files)
    return zones_same(subject, Requirement(id="T", what="t", check="zones_same", part="insole", unit="")).value


def test_a_zone_that_bears_most_is_filled_less_and_the_prediction_falls_to_the_target(
    zones: tuple[InsolePlan, Part],
) -> None:
    plan, _ = zones
    assert plan.foretold is not None and plan.foretold.zoned_kpa is not None and plan.foretold.upright_kpa is not None
    assert plan.foretold.measured_kpa > plan.foretold.bedded_kpa > plan.foretold.zoned_kpa
    assert plan.foretold.zoned_kpa < plan.foretold.upright_kpa < plan.foretold.bedded_kpa
    assert plan.foretold.foam_kpa is not None and plan.foretold.foam_kpa < plan.foretold.predicted_kpa
    assert plan.foretold.predicted_kpa <= 200.0
    pressed = max(of_zones(plan).zones, key=lambda z: z.measured_kpa or 0.0)
    assert pressed.density < 0.4 == max(z.density for z in of_zones(plan).zones if z.measured_kpa)


def test_no_sheet_is_made_thinner_than_ordered_however_low_the_target() -> None:
    plan = planned(foot(R, pressed=True), {"fill": "lattice", "thickness_mm": 5.0, "target_kpa": 100.0})
    sheets = [z.sheet_mm for z in of_zones(plan).zones if z.sheet_mm is not None]
    assert len(sheets) == 8 and min(sheets) >= 1.05 - 1e-5
    assert any("pressure target of 100 kPa is NOT met" in note for note in plan.notes)


@pytest.mark.parametrize("side", [R, L], ids=["right", "left"])
def test_landmarks_lie_in_the_zone_of_their_name(side: Laterality) -> None:
    plan = planned(foot(side), {"fill": "zones"})
    filling, sole, sign = of_zones(plan), foot(side).heights["sole"], plan.frame.medial_sign
    names = {
        "heel": "heel",
        "arch_apex": "arch",
        "first_metatarsal_head": "first_head",
        "fifth_metatarsal_head": "lateral_heads",
    }
    at = np.array([sole.to_local_mm(np.asarray(foot(side).landmarks[name]))[:2] for name in names])
    found = [filling.zones[n].name for n in zone_at(filling, *at.T, sign=sign)]
    assert found == list(names.values())
    assert density_at(filling, *at.T, sign=sign) == pytest.approx(np.full(4, 0.4))


@pytest.mark.parametrize(
    "design, said",
    [({"fill": "lattice", "thickness_mm": 3.0}, "lattice wants"), ({"fill": "lattice", "fill_density": 0.2, "thickness_mm": 5.0}, "thinnest sheet")],
)  # fmt: skip
def test_a_lattice_that_has_no_room_or_no_sheet_is_refused(design: dict[str, Any], said: str) -> None:
    with pytest.raises(PrescriptionError, match=said):
        asked(design)
