"""Segment, locate, restore and surface on a head whose every surface is known by formula."""

from __future__ import annotations

import re

import numpy as np
import pytest

from anatofit.errors import DefectError, ScanUnsuitableError
from anatofit.locate.cranium import locate_cranium
from anatofit.model.case import Locate
from anatofit.model.frame import Laterality, Plane
from anatofit.model.grid import Grid
from anatofit.model.volume import Volume
from anatofit.segment.bone import segment_bone
from tests.cranium.conftest import Chain, closed


def test_the_bone_edge_is_right_to_a_tenth_of_a_pixel_and_a_half(chain: Chain) -> None:
    points = chain.anatomy.surfaces["host"].vertices_lps_mm[::17]
    faces = chain.phantom.faces_mm(points)
    table = np.abs(faces["outer"]) < 1.0
    table &= (faces["wall"] < -3.0) & (faces["face"] > 4.0) & (faces["carved"] < -4.0) & (faces["openings"] < -4.0)
    table &= chain.phantom.suture_distance_mm(points) > 3.0
    signed = faces["outer"][table]
    assert table.sum() > 500
    assert abs(np.median(signed)) < 0.15 * 0.9
    assert np.percentile(np.abs(signed), 95) < 0.25


def test_the_holder_and_the_tubing_are_not_the_patient(chain: Chain) -> None:
    assert chain.bone.figures["removed_foreign_mm3"] > 1000
    size = chain.skull.bounds_lps_mm
    assert np.ptp(size[:, 1]) < 230


def test_the_midplane_is_found(chain: Chain) -> None:
    normal = chain.phantom.pose.matrix[:, 0]
    plane = chain.located.midsagittal
    assert np.degrees(np.arccos(abs(normal @ plane.normal_lps))) < 1.5
    assert abs(plane.signed_distance_mm(np.array(chain.phantom.pose.origin_lps_mm))) < 1.5


def test_the_one_defect_is_found_on_its_side(chain: Chain) -> None:
    assert [d.laterality for d in chain.located.defects] == [Laterality.RIGHT]
    assert 50 < chain.located.defect.extent_mm < 75


def test_the_missing_bone_comes_back(chain: Chain) -> None:
    grid = chain.restored.missing.grid
    k, j, i = np.meshgrid(*(np.arange(0, n, 2) for n in grid.shape_kji), indexing="ij")
    points = grid.to_lps(np.stack([i, j, k], axis=-1).reshape(-1, 3).astype(float))
    truth = chain.phantom.missing_distance_mm(points) < 0
    found = chain.restored.missing.values[::2, ::2, ::2].ravel() < 0
    dice = 2 * (truth & found).sum() / (truth.sum() + found.sum())
    assert dice > 0.9


def test_the_restored_outer_table_follows_the_truth(chain: Chain) -> None:
    mesh = chain.anatomy.surfaces["missing_bone"]
    outer = chain.phantom.outer_distance_mm(mesh.vertices_lps_mm)
    inner = np.abs(chain.phantom.inner_distance_mm(mesh.vertices_lps_mm))
    top = (chain.phantom.wall_distance_mm(mesh.vertices_lps_mm) < -3.0) & (inner > 3.0)
    assert np.sqrt(np.mean(outer[top] ** 2)) < 0.8


@pytest.mark.parametrize("name", ["host", "missing_bone", "outer_contour", "restored"])
def test_every_surface_is_closed_and_oriented(chain: Chain, name: str) -> None:
    mesh = {**chain.anatomy.surfaces, "restored": chain.skull}[name]
    assert closed(mesh.faces)
    assert mesh.volume_mm3 > 0


def test_the_host_reaches_forty_millimetres_beyond_the_rim(chain: Chain) -> None:
    rim = chain.anatomy.curves["rim"]
    held, scan = (
        grid.to_lps(np.stack([np.zeros(3), np.array(grid.shape_kji[::-1]) - 1.0]))
        for grid in (chain.restored.host.grid, chain.bone.volume.grid)
    )
    assert (held[0] <= np.maximum(rim.min(axis=0) - 40, scan[0])).all()
    assert (held[1] >= np.minimum(rim.max(axis=0) + 40, scan[1])).all()


def test_the_other_side_is_refused_by_name(chain: Chain) -> None:
    with pytest.raises(DefectError) as caught:
        locate_cranium(chain.bone, ordered=Laterality.LEFT, overrides=Locate())
    assert [r.rule for r in caught.value.reasons] == ["wrong-side"]
    assert re.search(
        r"the order is for the left side, the scan shows a hole of \d+ mm on the right side \(number 1\);",
        str(caught.value),
    )


def test_an_unknown_defect_number_is_refused_by_name(chain: Chain) -> None:
    with pytest.raises(DefectError) as caught:
        locate_cranium(chain.bone, ordered=Laterality.RIGHT, overrides=Locate(defect=4))
    assert caught.value.reasons[0].rule == "defect-number"


def test_a_rim_given_by_hand_overrules_the_search(chain: Chain) -> None:
    rim = [tuple(map(float, p)) for p in chain.located.defect.outline_lps_mm[::4]]
    located = locate_cranium(chain.bone, ordered=Laterality.RIGHT, overrides=Locate(rim=rim))
    assert np.linalg.norm(located.defect.centre_lps_mm - chain.located.defect.centre_lps_mm) < 4.0
    assert "rim" in located.sentence


def test_a_scan_without_bone_is_refused() -> None:
    grid = Grid((20, 64, 64), np.zeros(3), np.ones(3))
    with pytest.raises(ScanUnsuitableError):
        segment_bone(Volume(grid, np.full(grid.shape_kji, 40, dtype=np.int16)))


def test_a_plane_reflects_to_the_other_side() -> None:
    plane = Plane(np.array([1.0, 0.0, 0.0]), np.array([2.0, 0.0, 0.0]))
    assert np.allclose(plane.reflect(np.array([[3.0, 5.0, 7.0]])), [[-1.0, 5.0, 7.0]])
