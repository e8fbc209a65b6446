"""Bone beneath screws: solid, with a sinus or diploe, broken beside the middle of the shaft, none."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from anatofit.model.mesh import Mesh
from anatofit.verify.screws import screw_bone
from anatofit.verify.subject import Measurement
from tests.verify.shapes import asked, box, holed_slab, joined, subject_of

SCREW = {"centre_lps_mm": [0.0, 0.0, 0.0], "axis_lps": [0.0, 0.0, 1.0], "diameter_mm": 2.0, "kind": "tab"}
TAB = holed_slab(thickness=1.5, radius=1.0)  # its outer face at z = 0: lifted by the gap and itself over the bone
LIFTED = Mesh(TAB.vertices_lps_mm + np.array([0.0, 0.0, 2.0]), TAB.faces)


def bone_beneath(host: Mesh, *screws: dict[str, Any], air: Mesh | None = None) -> Measurement:
    plan = {"perforations": [], "screws": list(screws) or [SCREW]}
    subject = dataclasses.replace(subject_of(LIFTED, plan=plan, host=host), air=air)
    return screw_bone(subject, asked("screw_bone"))


def slab_of(thickness: float, *, top: float = 0.0) -> Mesh:
    return box((40.0, 40.0, thickness), (0.0, 0.0, top - thickness / 2))


def inner_face(slab: Mesh) -> Mesh:
    """The triangles of a slab that look down."""
    a, b, c = np.moveaxis(slab.triangles_lps_mm, 1, 0)
    return Mesh(slab.vertices_lps_mm, slab.faces[np.cross(b - a, c - a)[:, 2] < 0])


def test_solid_bone_counts_as_deep_as_it_is_and_the_longest_screw_ends_with_it() -> None:
    found = bone_beneath(slab_of(4.0))
    assert found.value == pytest.approx(4.0, abs=1e-6)
    assert found.values["screw_1_longest_mm"] == pytest.approx(4.0 + 0.5 + 1.5, abs=1e-6)


def test_bone_behind_air_does_not_count_and_behind_hollow_diploe_it_does() -> None:
    outer, inner = slab_of(2.0), slab_of(1.5, top=-4.5)
    host = joined(outer, inner)
    assert bone_beneath(host).value == pytest.approx(6.0, abs=1e-6)
    assert bone_beneath(host, air=inner_face(outer)).value == pytest.approx(2.0, abs=1e-6)


def test_bone_far_behind_other_bone_is_no_second_table() -> None:
    host = joined(slab_of(2.0), slab_of(3.0, top=-7.5))
    assert bone_beneath(host).value == pytest.approx(2.0, abs=1e-6)


def test_a_cell_that_only_the_side_of_the_shaft_meets_counts() -> None:
    cell = box(
        (4.0, 4.0, 1.0), (2.9, 0.0, -2.0)
    )  # from x = 0.9: the shaft's middle passes it by 0.9, its side does not
    walls = Mesh(cell.vertices_lps_mm, cell.faces[:, ::-1])
    assert bone_beneath(joined(slab_of(6.0), walls), air=walls).value == pytest.approx(1.5, abs=1e-6)


def test_a_screw_over_no_bone_or_over_bone_that_lies_too_deep_has_none() -> None:
    far = box((40.0, 40.0, 5.0), (0.0, 0.0, -5.0))  # begins 2.5 mm below
    assert bone_beneath(far).value == 0.0
    beside = box((40.0, 40.0, 5.0), (60.0, 0.0, -2.5))
    assert bone_beneath(beside).value == 0.0


def test_the_worst_screw_is_named_and_recesses_need_no_bone() -> None:
    thick, thin = box((20.0, 40.0, 5.0), (-11.0, 0.0, -2.5)), box((20.0, 40.0, 2.0), (11.0, 0.0, -1.0))
    left, right = SCREW | {"centre_lps_mm": [-8.0, 0.0, 0.0]}, SCREW | {"centre_lps_mm": [8.0, 0.0, 0.0]}
    recess = SCREW | {"centre_lps_mm": [0.0, 90.0, 0.0], "kind": "recess"}
    found = bone_beneath(joined(thick, thin), left, right, recess)
    assert found.value == pytest.approx(2.0, abs=1e-6)
    assert "screw 2 at (8.0, 0.0, 0.0)" in found.detail
    assert set(found.values) == {f"screw_{n}_{what}_mm" for n in (1, 2) for what in ("bone", "longest")}
