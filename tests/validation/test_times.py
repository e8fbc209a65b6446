"""The study of times parts a surface without moving it, and a run that was not good is counted as such."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anatofit.model.mesh import Mesh
from anatofit.pack.stl import stl_bytes
from anatofit.verify.stl_reader import parse_stl
from validation.studies.times import figures_of, parted_stl


def test_each_triangle_becomes_four_of_a_quarter_of_its_area(tmp_path: Path) -> None:
    corners = np.array([[0.0, 0, 0], [8, 0, 0], [0, 8, 0], [0, 0, 8]])
    body = Mesh(corners, np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]]))
    (tmp_path / "body.stl").write_bytes(stl_bytes(body))
    parted = parse_stl(parted_stl(tmp_path / "body.stl"))
    assert len(parted.faces) == 16
    assert parted.volume_mm3 == pytest.approx(body.volume_mm3, rel=1e-6)
    np.testing.assert_allclose(parted.bounds_lps_mm, body.bounds_lps_mm)


def test_figures_are_medians_and_count_the_runs_that_failed() -> None:
    rows = [{"order": "guide", "wall_s": wall, "exit": code} for wall, code in ((9.0, 0), (7.0, 3), (30.0, 0))]
    assert figures_of(rows) == {"guide_s": 9.0, "bad_runs": 1.0}
