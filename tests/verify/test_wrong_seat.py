"""A guide turned round or made for the other side: told by bone that is like nothing else, not by a shaft that is the same all round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from anatofit.model.finding import Finding, Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.bone_cloud import BoneCloud
from anatofit.verify.run import verify
from anatofit.verify.settle import Body, settled, turned
from tests.verify.guide_shapes import placed
from tests.verify.guide_shapes import turned as askew
from tests.verify.shapes import slab

Height = Callable[[Any, Any], Any]


def seat(height: Height, *, offset: float = 0.3) -> Finding:
    """A guide of 24 x 24 mm over bone of that height, judged."""
    guide = slab(lambda x, y: height(x, y) + 5, lambda x, y: height(x, y) + offset, half=12.0)
    host = slab(height, lambda x, y: x * 0 - 30, half=34.0)
    there, bone = (Mesh(placed(m.vertices_lps_mm), m.faces) for m in (guide, host))
    plan = {
        "insertion_direction_lps": askew((0, 0, 1)),
        "contact_offset_mm": offset,
        "seat": {"axes_lps": [askew(axis) for axis in np.eye(3)]},
    }
    requirement = Requirement(
        id="T", what="", check="wrong_seat", part="guide", unit="times", limit_low=2.0, advice="another place"
    )
    return verify({"guide": there}, requirements=[requirement], models={"host": bone}, plan=plan)[0]


def shaft(x: Any, y: Any) -> Any:
    return np.sqrt(np.maximum(25.0**2 - y**2, 1.0)) - 25.0


def ridge(x: Any, y: Any) -> Any:
    """The same with y mirrored; with x mirrored it fits nowhere: a high and a low ridge, and a groove."""
    return (
        shaft(x, y)
        + 4 * np.exp(-((x - 6) ** 2) / 20)
        + 2 * np.exp(-((x + 3) ** 2) / 4)
        - 3 * np.exp(-((x + 8) ** 2) / 6)
    )


def knobs(x: Any, y: Any) -> Any:
    first = 5 * np.exp(-((x - 6) ** 2 + (y - 5) ** 2) / 30)
    return shaft(x, y) + first + 3 * np.exp(-((x + 7) ** 2 + (y - 1) ** 2) / 20)


def test_on_bone_that_is_like_nothing_else_every_wrong_seat_is_told() -> None:
    finding = seat(knobs)
    assert finding.passed
    assert finding.measured > 2.0
    assert finding.values["right_mm"] == pytest.approx(0.3, abs=0.03)
    assert finding.values["right_seat_moves_mm"] < 0.4  # it was lifted by its offset: beside a slope it stands nearer


@pytest.mark.parametrize("height", [shaft, lambda x, y: x * 0], ids=["a plain shaft", "a plane"])
def test_where_bone_is_the_same_all_round_no_wrong_seat_is_told(height: Height) -> None:
    finding = seat(height)
    assert not finding.passed
    assert finding.measured == pytest.approx(1.0, abs=0.1)
    assert finding.advice == "another place"


def test_bone_that_is_its_own_mirror_image_tells_the_turn_and_not_the_other_side() -> None:
    finding = seat(ridge)
    assert not finding.passed
    assert "other side, along" in finding.detail
    assert finding.values["reversed_mm"] > 1.5 * finding.values["right_mm"]


def test_an_offset_of_nothing_does_not_blow_up_the_ratio() -> None:
    finding = seat(shaft, offset=0.0)
    assert not finding.passed
    assert finding.measured < 1.5


@pytest.mark.parametrize("shift, turn_deg", [((2, 1, 1), 4), ((-3, 0, -2), -6)])
def test_a_body_put_on_beside_its_seat_settles_into_it(shift: Any, turn_deg: float) -> None:
    bone = BoneCloud(slab(knobs, lambda x, y: x * 0 - 30, half=30.0))
    rng = np.random.default_rng(2)
    x, y = rng.uniform(-12, 12, size=(2, 200))
    rest = np.stack([x, y, knobs(x, y)], axis=1)
    start = Body(rest, rest + np.array([0, 0, 5.0]), 0.0).moved(
        turned(np.array([0, 0, np.deg2rad(turn_deg)])), np.array(shift, dtype=float), np.zeros(3)
    )
    there = settled(start, bone, frame=np.eye(3))
    assert np.linalg.norm(there.contact_mm - rest, axis=1).max() < 0.15


def test_a_body_that_would_reach_into_bone_stands_off() -> None:
    bone = BoneCloud(slab(lambda x, y: x * 0, lambda x, y: x * 0 - 30, half=30.0))
    x, y = np.random.default_rng(2).uniform(-12, 12, size=(2, 200))
    flat, tip = np.stack([x, y, x * 0], axis=1), np.array([[0.0, 0.0, -1.0]] * 5)
    there = settled(Body(flat, tip, 0.0), bone, frame=np.eye(3))
    assert there.others_mm[:, 2].min() > -0.05


def test_a_guide_without_bone_is_not_measured() -> None:
    requirement = Requirement(id="T", what="", check="wrong_seat", part="guide", unit="times")
    guide = slab(lambda x, y: x * 0 + 5, lambda x, y: x * 0, half=5.0)
    (finding,) = verify({"guide": guide}, requirements=[requirement], models={}, plan={})
    assert finding.not_measured
