"""A shoe last is laid under a foot, whichever way it lies; one of the other foot, and what is none, are refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from anatofit.errors import ScanUnsuitableError
from anatofit.locate.foot.find import locate_foot
from anatofit.locate.foot.last import LaidLast, lay_last
from anatofit.locate.foot.located import LocatedFoot
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.foot import skin
from anatofit.samples.foot_forms import last

R, L = Laterality.RIGHT, Laterality.LEFT


@cache
def foot() -> LocatedFoot:
    return locate_foot(skin(R, step_mm=3.0))


def lying(mesh: Mesh, turn_deg: float) -> Mesh:
    """Turned about the upright and moved."""
    c, s = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    return Mesh(mesh.vertices_lps_mm @ turn.T + [30.0, -70.0, 120.0], mesh.faces)


def in_foot(laid: LaidLast) -> FloatArray:
    return foot().sole.to_local_mm(laid.outline_lps_mm)


def test_the_last_lies_under_the_foot_heel_behind_heel_and_ball_beneath_ball() -> None:
    outline = in_foot(lay_last(foot(), lying(last(R), 35.0)))
    own = foot().sole.to_local_mm(foot().curves["outline"])
    assert abs(float(outline[:, 0].min() - own[:, 0].min())) < 6.0 and np.ptp(outline[:, 2]) < 1e-6
    assert 8.0 < float(outline[:, 0].max() - own[:, 0].max()) < 20.0
    ball = (own[:, 0] > 150) & (own[:, 0] < 180), (outline[:, 0] > 155) & (outline[:, 0] < 185)
    middles = [(xy[near, 1].max() + xy[near, 1].min()) / 2 for xy, near in zip((own, outline), ball, strict=True)]
    assert middles[1] == pytest.approx(middles[0], abs=2.5)


def test_how_a_last_lies_in_its_file_does_not_matter() -> None:
    first, other = (in_foot(lay_last(foot(), lying(last(R), turn))) for turn in (0.0, 163.0))
    apart = [np.hypot(*(other[:, :2] - place).T).min() for place in first[::10, :2]]
    assert max(apart) < 1.0


def test_the_last_of_the_other_foot_is_refused_by_last_side() -> None:
    with pytest.raises(ScanUnsuitableError, match="last-side"):
        lay_last(foot(), lying(last(L), 80.0))


@pytest.mark.parametrize("stretch", [(1.0, 2.2, 1.0), (0.3, 0.3, 0.3), (1.0, 0.3, 1.0)])
def test_what_is_as_wide_as_long_too_small_or_too_slender_is_refused_by_last_shape(stretch: tuple[float, ...]) -> None:
    with pytest.raises(ScanUnsuitableError, match="last-shape"):
        lay_last(foot(), Mesh(last(R).vertices_lps_mm * np.array(stretch), last(R).faces))
