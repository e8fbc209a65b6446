"""A slot of a socket is measured on the wall where it stands, however that bends away from the slot's middle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import trimesh

from anatofit.model.mesh import Mesh
from anatofit.verify.socket_slots import socket_slots
from tests.verify.shapes import asked, subject_of

WIDE, LONG, WALL, RADIUS = 4.0, 20.0, 3.6, 22.0


def bent_wall(width: float = WIDE, *, shut: bool = False) -> Mesh:
    """A ball's shell, whose middle lies 2.3 mm off the ends of a slot in it: more than half of the wall is thick."""
    shell = trimesh.creation.icosphere(subdivisions=4, radius=RADIUS + WALL / 2)
    tools = [trimesh.creation.icosphere(subdivisions=4, radius=RADIUS - WALL / 2)]
    if not shut:
        tools.append(
            trimesh.creation.box(
                (20.0, width, LONG), transform=trimesh.transformations.translation_matrix((RADIUS, 0.0, 0.0))
            )
        )
    found = trimesh.boolean.difference([shell, *tools], engine="manifold")
    return Mesh(np.asarray(found.vertices, dtype=np.float64), np.asarray(found.faces))


PLAN: dict[str, Any] = {
    "vents": [
        {
            "centre_lps_mm": (RADIUS, 0.0, 0.0),
            "axis_lps": (1.0, 0.0, 0.0),
            "along_lps": (0.0, 0.0, 1.0),
            "width_mm": WIDE,
            "length_mm": LONG,
        }
    ]
}


@pytest.mark.parametrize("width", [WIDE, 3.7, 4.4])
def test_a_slot_in_a_bent_wall_is_measured_with_its_own_width(width: float) -> None:
    found = socket_slots(subject_of(bent_wall(width), plan=PLAN), asked("socket_slots"))
    assert found.value == pytest.approx(abs(width - WIDE), abs=0.01) and not found.failed


def test_a_slot_that_is_shut_fails() -> None:
    found = socket_slots(subject_of(bent_wall(shut=True), plan=PLAN), asked("socket_slots"))
    assert found.failed and "not open: slot 1" in found.detail
