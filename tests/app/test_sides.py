"""Of a foot or a limb the pack says who told its side; an order that states none is never made to look as if it had."""

from __future__ import annotations

import pytest

from anatofit.app.sides import FOOT, FOOT_UNTOLD, LIMB, LIMB_UNTOLD, side_remark
from anatofit.model.frame import Laterality

ENGRAVED = {"laterality": "R", "texts": [{}]}


@pytest.mark.parametrize("what", [FOOT, LIMB])
def test_a_side_that_only_the_shape_told_is_to_be_compared_with_the_patient(what: str) -> None:
    (said,) = side_remark(ENGRAVED, what, Laterality.UNPAIRED)
    assert "states no side (U)" in said and f"the {what} is a right one" in said and "planned and engraved so" in said
    (said,) = side_remark({**ENGRAVED, "texts": []}, what, Laterality.UNPAIRED)
    assert "engraved" not in said
    assert [*side_remark(ENGRAVED, what, Laterality.RIGHT)] == [f"the {what} is a right one by its shape"]


def test_a_limb_whose_side_nothing_tells_bears_none() -> None:
    (said,) = side_remark({"laterality": "U", "texts": [{}]}, LIMB, Laterality.UNPAIRED)
    assert "not known" in said and "none is engraved" in said


@pytest.mark.parametrize("what", [FOOT_UNTOLD, LIMB_UNTOLD])
def test_a_side_that_only_the_order_told_is_said_to_be(what: str) -> None:
    (said,) = side_remark(ENGRAVED, what, Laterality.RIGHT)
    assert "told by the order alone" in said
