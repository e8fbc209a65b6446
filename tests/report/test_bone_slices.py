"""A device on a bone in its scan: the cuts go through what is planned, and the outlines stand where the bodies are."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from manifold3d import Manifold
from PIL import Image

from anatofit.geometry.bridge import mesh_of
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh
from anatofit.model.volume import Volume
from anatofit.report import colour
from anatofit.report.bone_sections import MOST, sections_of
from anatofit.report.bone_slices import PANEL_PX, draw_bone_slices, look_at_bone
from anatofit.report.data import Scene

RADIUS = 15.0
SLOT = {"point_lps_mm": [0.0, 0.0, 0.0], "normal_lps": [0.0, 0.0, 1.0], "blade_way_lps": [0.0, -1.0, 0.0]}
SLOT |= {"length_mm": 20.0, "low_mm": 12.0, "top_mm": 30.0}
SLEEVE = {"entry_lps_mm": [0.0, -15.0, 0.0], "axis_lps": [0.0, -1.0, 0.0], "top_mm": 20.0, "target_mm": 25.0}
SCREW = {
    "number": 3,
    "axis_lps": [0.0, -1.0, 0.0],
    "centre_lps_mm": [0.0, -18.0, 0.0],
    "along_lps": [1.0, 0.0, 0.0],
    "length_mm": 24.0,
}
PLANS: dict[str, dict[str, Any]] = {
    "slots": {"slots": [SLOT]},
    "sleeves": {"sleeves": [SLEEVE]},
    "screws": {"screws": [SCREW]},
}


def ball(radius: float, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Mesh:
    return mesh_of(Manifold.sphere(radius, 96).translate(at))


@pytest.fixture(scope="module")
def volume() -> Volume:
    grid = Grid((100, 100, 100), np.full(3, -49.5), np.ones(3))
    k, j, i = np.indices(grid.shape_kji) - 49.5
    return Volume(grid, np.where(np.sqrt(i**2 + j**2 + k**2) < RADIUS, 1500, 40).astype(np.int16))


def scene(plan: dict[str, Any], **others: Mesh) -> Scene:
    return Scene(
        Anatomy("bone", Laterality.LEFT, {"host": ball(RADIUS), **others}),
        {"guide": ball(4.0, (0.0, -20.0, 0.0))},
        plan,
    )


def drawn(volume: Volume, found: Scene) -> tuple[np.ndarray, str]:
    (figure,) = draw_bone_slices(look_at_bone(volume, found.plan), found)
    return np.array(Image.open(io.BytesIO(figure.png)).convert("RGB")), figure.caption


def inked(pixels: np.ndarray, ink: tuple[int, int, int]) -> np.ndarray:
    """`(n, 2)` columns and rows of the first panel that bear a colour."""
    rows, columns = np.nonzero((pixels[:, :PANEL_PX] == ink).all(axis=-1))
    return np.stack([columns, rows], axis=1)


@pytest.mark.parametrize(("kind", "count"), [("slots", 2), ("sleeves", 2), ("screws", 1)])
def test_every_cut_trajectory_and_screw_is_shown_with_its_number(kind: str, count: int) -> None:
    found = sections_of(PLANS[kind])
    assert len(found) == count and {s.number for s in found} == {3 if kind == "screws" else 1}


@pytest.mark.parametrize("kind", list(PLANS))
def test_outlines_stand_where_bone_and_part_are(kind: str, volume: Volume) -> None:
    pixels, _ = drawn(volume, scene(PLANS[kind]))
    section = sections_of(PLANS[kind])[0]
    per_mm = PANEL_PX / section.side_mm
    for middle, radius, ink in (((0.0, 0.0, 0.0), RADIUS, colour.BONE_LINE), ((0.0, -20.0, 0.0), 4.0, colour.OUTLINE)):
        offset = np.array(middle) - section.centre_lps_mm
        at = (PANEL_PX - 1) / 2 + per_mm * np.array([offset @ section.view.right_lps, -offset @ section.view.up_lps])
        away = np.linalg.norm(inked(pixels, ink) - at, axis=1) / per_mm
        assert len(away) > 50 and np.abs(away - radius).max() < 0.5


@pytest.mark.parametrize("kind", list(PLANS))
def test_the_scan_itself_lies_under_the_outline_of_the_bone(kind: str, volume: Volume) -> None:
    found = scene(PLANS[kind])
    for flat, section in zip(look_at_bone(volume, found.plan).slices.values(), sections_of(found.plan), strict=True):
        steps = (np.arange(PANEL_PX) - (PANEL_PX - 1) / 2) * flat.pitch_mm
        away = section.centre_lps_mm + steps[None, :, None] * flat.right_lps - steps[:, None, None] * flat.up_lps
        radius = np.linalg.norm(away, axis=-1)
        inside = np.abs(away).max(axis=-1) < 45
        assert (flat.hu[(radius < RADIUS - 2) & inside] == 1500).all() and (
            flat.hu[(radius > RADIUS + 2) & inside] == 40
        ).all()


def test_other_bones_have_a_line_of_their_own_and_are_named(volume: Volume) -> None:
    other = ball(6.0, (0.0, 0.0, 25.0))
    pixels, caption = drawn(volume, scene(PLANS["slots"], neighbours=other))
    assert len(inked(pixels, colour.OTHER_LINE)) > 30 and "Violet: other bones" in caption
    pixels, caption = drawn(volume, scene(PLANS["slots"]))
    assert not len(inked(pixels, colour.OTHER_LINE)) and "Violet" not in caption
    assert "cut 1, across its slot; cut 1, in its plane" in caption


def test_a_plan_of_another_line_is_cut_through_its_seat_or_not_at_all(volume: Volume) -> None:
    seat = {"insertion_direction_lps": [0.0, -1.0, 0.0], "seat": {"origin_lps_mm": [0.0, -15.0, 0.0]}}
    assert [s.words for s in sections_of(seat)] == ["through its seat"] * 2
    assert list(draw_bone_slices(look_at_bone(volume, {}), scene({}))) == []


def test_a_report_shows_no_more_than_a_person_looks_at() -> None:
    assert len(sections_of({"sleeves": [SLEEVE] * 40})) == MOST
