"""Landmarks are told in the axes in which an order takes them."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.app.landmarks import landmark_rows
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from anatofit.model.provenance import SurfaceFacts

LIMB = Anatomy(
    kind="limb",
    laterality=Laterality.RIGHT,
    surfaces={},
    landmarks={"patellar_tendon": np.array([1.04, -2.0, 3.0]), "origin": np.zeros(3)},
    figures={"patellar_tendon_confidence_mm": 7.25},
    told_by={"patellar_tendon": "found by the skin"},
)


@pytest.mark.parametrize(("frame", "source"), [("as stated", (1.0, -2.0, 3.0)), ("RAS", (-1.0, 2.0, 3.0))])
def test_a_landmark_stands_in_the_source_s_own_axes_with_how_sure_it_is(
    frame: str, source: tuple[float, float, float]
) -> None:
    (row,) = landmark_rows(LIMB, SurfaceFacts.model_construct(frame=frame))
    assert (row.name, row.source_mm, row.told_by) == ("patellar_tendon", source, "found by the skin")
    assert row.within_mm == pytest.approx(7.2, abs=0.05) and row.confidence is None
