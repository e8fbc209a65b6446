"""The outline on a slice lies where the plane cuts the part, and slices keep the patient's sides."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.model.frame import Plane
from anatofit.model.grid import Grid
from anatofit.model.volume import Volume
from anatofit.report.depict import depict
from anatofit.report.slices import columns_and_rows, look, section
from tests.report.conftest import OUTER_MM, OUTWARD, piece, plate


@pytest.fixture
def volume():
    """Values that tell where they are: x to the left of the patient."""
    x = np.arange(-100, 100, 4.0)
    hu = np.broadcast_to(x, (50, 50, 50)).astype(np.int16)
    return Volume(Grid((50, 50, 50), np.full(3, -100.0), np.full(3, 4.0)), hu)


def test_a_plane_through_a_shell_cuts_its_two_faces_and_its_edge():
    pieces = section(plate(), Plane(OUTWARD * 77.0, np.cross(OUTWARD, [0.0, 0.0, 1.0])))
    ends = pieces.reshape(-1, 3)
    radius = np.linalg.norm(ends, axis=1)
    assert radius.min() == pytest.approx(OUTER_MM - 4.0, abs=0.05) and radius.max() == pytest.approx(OUTER_MM, abs=0.05)
    assert np.abs(ends @ np.cross(OUTWARD, [0.0, 0.0, 1.0])).max() < 1e-9


def test_a_plane_beside_a_part_cuts_nothing():
    assert section(plate(), Plane(OUTWARD * 200.0, OUTWARD)).shape == (0, 2, 3)


def test_slices_pass_through_the_piece_and_hold_the_scan_where_it_is(volume):
    slices = look(volume, piece()).slices
    for name, flat in slices.items():
        assert len(section(piece(), Plane(flat.origin_lps_mm, np.cross(flat.right_lps, flat.up_lps)))), name
    axial = slices["Axial, seen from the feet"]
    column, row = np.rint(columns_and_rows(axial, np.array([40.0, 0.0, 0.0]))).astype(int)
    assert axial.hu[row, column] == pytest.approx(40, abs=1)


def test_the_report_shows_them_where_the_scan_is_known(volume, data):
    seen = look(volume, data.anatomy.surfaces["missing_bone"])
    figure = depict(data, seen).figures[0]
    assert figure.name == "slices" and "axial, seen from the feet (z = " in figure.caption
