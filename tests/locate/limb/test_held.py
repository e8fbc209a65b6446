"""A place that a person marks is believed where the landmark can lie, named with its distance, and refused elsewhere."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from anatofit.errors import PrescriptionError
from anatofit.locate.limb.find import locate_limb
from anatofit.locate.limb.located import LocatedLimb
from anatofit.model.frame import FloatArray, Laterality
from anatofit.samples.residual_limb import residual_limb

LIMB = residual_limb(Laterality.RIGHT, rings=80, around=72)
MARKS = LIMB.landmarks
RULE = "limb-landmark"


def located(*, confirmed: bool = False, **by_hand: FloatArray) -> LocatedLimb:
    return locate_limb(LIMB.skin, ordered=Laterality.RIGHT, by_hand=by_hand, marks_confirmed=confirmed)


@cache
def refused(name: str, other: str) -> str:
    with pytest.raises(PrescriptionError) as stopped:
        located(**{name: MARKS[other]})
    assert {reason.rule for reason in stopped.value.reasons} == {RULE}
    return str(stopped.value)


@pytest.mark.parametrize(
    ("name", "other", "said"),
    [
        ("patellar_tendon", "popliteal", "from the side where it belongs"),
        ("fibular_head", "medial_flare", "from the side where it belongs"),
        ("tibial_tubercle", "patella", "does not lie below the patellar tendon"),
        ("distal_end", "distal_tibia", "are believed"),
        ("hamstring_medial", "patella", "from the side where it belongs"),
        ("hamstring_medial", "fibular_head", "from the side where it belongs"),
    ],
)
def test_a_landmark_marked_where_another_one_lies_is_refused_by_name(name: str, other: str, said: str) -> None:
    assert f"locate.landmark.{name}" in refused(name, other) and said in refused(name, other)


def test_the_distance_from_where_it_was_found_is_said() -> None:
    found = located().landmarks["fibular_head"].point_lps_mm
    away = np.linalg.norm(MARKS["medial_flare"] - found)
    assert f"lies {away:.0f} mm from where it was found" in refused("fibular_head", "medial_flare")


def test_a_person_who_confirms_a_mark_overrules_the_shape_and_what_spoke_against_it_is_kept() -> None:
    kept = located(confirmed=True, fibular_head=MARKS["medial_flare"])
    assert np.linalg.norm(kept.landmarks["fibular_head"].point_lps_mm - MARKS["medial_flare"]) < 1.0
    assert kept.marked["fibular_head"].against


def test_a_mark_a_little_off_is_taken_without_a_word_and_one_further_off_is_to_be_looked_at() -> None:
    found = located().landmarks["patellar_tendon"]
    up = located().frame.proximal_lps
    near, far = (
        located(patellar_tendon=found.point_lps_mm + up * off).marked["patellar_tendon"] for off in (6.0, 22.0)
    )
    assert not near.far and near.off_mm == pytest.approx(6.0, abs=1.5)
    assert far.far and not far.against


def test_nothing_is_held_against_places_that_are_marked_nowhere_else() -> None:
    behind = located(hamstring_medial=MARKS["popliteal"] + [20.0, 0.0, 10.0]).marked["hamstring_medial"]
    assert behind.off_mm is None and not behind.against
