"""What a pair tells beside its two packs."""

from __future__ import annotations

from anatofit.app.pair_told import heels_told


def test_a_heel_that_stands_higher_than_the_other_without_a_lift_is_asked_about() -> None:
    (said,) = heels_told(5.6, 3.0)
    assert "right heel stands 2.6 mm higher" in said and "heel_lift_mm" in said
    assert heels_told(3.0, 4.0) == () and heels_told(None, None) == ()
