"""Up that nobody stated is told."""

from __future__ import annotations

import numpy as np

from anatofit.app.upright import up_remark
from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Source
from anatofit.model.frame import Laterality, Plane


def limb(*up: float) -> Anatomy:
    way = np.array(up) / np.linalg.norm(up)
    return Anatomy(kind="limb", laterality=Laterality.RIGHT, surfaces={}, planes={"across": Plane(np.zeros(3), way)})


def test_up_that_only_the_shape_told_is_said_in_the_file_s_own_axes() -> None:
    (said,) = up_remark(limb(0.1, 0.0, -1.0), Source(surface="limb.stl", unit="mm"))
    assert "the knee lies towards -z" in said
    (said,) = up_remark(limb(0.0, 1.0, 1.0), Source(surface="limb.stl", unit="mm"))
    assert "towards (0.00, 0.71, 0.71)" in said


def test_up_that_was_stated_needs_no_word() -> None:
    assert not [*up_remark(limb(0.0, 0.0, 1.0), Source(surface="limb.stl", unit="mm", up="+z"))]
    assert not [*up_remark(limb(0.0, 0.0, 1.0), Source(surface="limb.stl", unit="mm", frame="LPS"))]
