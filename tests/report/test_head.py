"""Host and the rest of the skull meet without a lid and without a slit, whichever way the scan lies."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.model.mesh import Mesh
from anatofit.report.head import joined
from tests.report.conftest import shell, skull


def turned(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def cut_out(whole, axes):
    """The ball's part within half its height along the first axis, and a lid where it is cut."""
    points = whole.vertices_lps_mm @ axes
    points[:, 0] = np.minimum(points[:, 0], 0.0)
    return Mesh(points @ axes.T, whole.faces)


@pytest.mark.parametrize("degrees", [0.0, 15.0])
def test_the_host_loses_its_lid_and_the_rest_reaches_under_it(degrees):
    axes, whole = turned(degrees), shell(np.linspace(0.05, 179.9, 160))
    host, rest = joined(cut_out(whole, axes), whole, axes)
    end, start = (host.vertices_lps_mm @ axes)[:, 0].max(), (rest.vertices_lps_mm @ axes)[:, 0].min()
    assert -3.0 < end < 0.0 and start < end - 3.0


def test_a_host_that_is_the_whole_skull_is_shown_as_it_is():
    host = skull()
    assert joined(host, shell(np.linspace(0.05, 179.9, 160)), np.eye(3)) == (host,)
