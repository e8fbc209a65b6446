"""One phantom head taken through segment, locate, restore and surface once for all tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from anatofit.locate.cranium import locate_cranium
from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Locate
from anatofit.model.cranium import BoneEdge, LocatedCranium, RestoredCranium
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.restore.cranium import restore_cranium
from anatofit.samples.head import head_volume
from anatofit.samples.phantom import HeadPhantom
from anatofit.segment.bone import segment_bone
from anatofit.surface.cranium import surface_cranium
from anatofit.surface.skull import skull_surface, whole_skull


@dataclass(frozen=True)
class Chain:
    """The phantom and what each stage made of its scan."""

    phantom: HeadPhantom
    bone: BoneEdge
    located: LocatedCranium
    restored: RestoredCranium
    anatomy: Anatomy
    skull: Mesh


@pytest.fixture(scope="session")
def chain() -> Chain:
    bone = segment_bone(head_volume())
    located = locate_cranium(bone, ordered=Laterality.RIGHT, overrides=Locate())
    restored = restore_cranium(bone, located)
    return Chain(
        HeadPhantom(),
        bone,
        located,
        restored,
        surface_cranium(bone, located, restored),
        skull_surface(whole_skull(bone, restored)),
    )


def closed(faces: np.ndarray) -> bool:
    """Every directed edge has exactly one opposite."""
    edges = {}
    for a, b in np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).tolist():
        edges[(a, b)] = edges.get((a, b), 0) + 1
    return all(count == 1 and edges.get((b, a)) == 1 for (a, b), count in edges.items())
