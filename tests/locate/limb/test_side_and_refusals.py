"""The side of a limb is told by its shape or not at all, and what is no limb is refused."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

from anatofit.errors import PrescriptionError, ScanUnsuitableError
from anatofit.locate.limb.find import locate_limb
from anatofit.locate.limb.located import Origin
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone
from anatofit.samples.residual_limb import residual_limb
from tests.locate.limb.limbs import capsule, noisy, sideless, turned

LEFT, RIGHT, ANY = Laterality.LEFT, Laterality.RIGHT, Laterality.UNPAIRED


@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_the_side_is_told_by_the_hand_of_the_shape_and_never_by_where_it_lies(side: Laterality) -> None:
    for seed in range(3):
        limb = turned(residual_limb(side, girth=(0.92, 1.0, 1.12)[seed]), seed)
        found = locate_limb(limb.skin, ordered=ANY)
        assert found.side.laterality is side and found.laterality is side
        assert found.side.confidence > 0.9 and found.side.origin is Origin.SKIN


@pytest.mark.parametrize(("made", "ordered"), [(LEFT, RIGHT), (RIGHT, LEFT)])
def test_a_limb_of_the_other_side_is_refused(made: Laterality, ordered: Laterality) -> None:
    with pytest.raises(ScanUnsuitableError) as stopped:
        locate_limb(residual_limb(made).skin, ordered=ordered, side_confirmed=True)
    assert [reason.rule for reason in stopped.value.reasons] == ["wrong-side"]


def test_a_limb_without_a_side_is_ordered_with_u_or_confirmed() -> None:
    even = noisy(sideless(), 1)
    with pytest.raises(ScanUnsuitableError) as stopped:
        locate_limb(even, ordered=LEFT)
    assert [reason.rule for reason in stopped.value.reasons] == ["limb-side"]
    unknown = locate_limb(even, ordered=ANY)
    assert unknown.laterality is ANY and unknown.side.laterality is ANY and unknown.side.confidence < 0.9
    assert unknown.frame.medial_lps is None and "fibular_head" not in unknown.landmarks
    assert {"fibular_head", "medial_flare", "lateral_flare"} <= set(unknown.not_told)
    for side in (LEFT, RIGHT):
        confirmed = locate_limb(even, ordered=side, side_confirmed=True)
        assert confirmed.laterality is side and confirmed.side.laterality is ANY
        lateral = (confirmed.landmarks["fibular_head"].point_lps_mm - confirmed.landmarks["medial_flare"].point_lps_mm)[
            0
        ]
        assert lateral > 60.0 if side is LEFT else lateral < -60.0  # a left limb's lateral side is the patient's left


def closed_off() -> Mesh:
    limb = residual_limb(LEFT).skin
    top = np.arange(len(limb.vertices_lps_mm) - 1 - 96, len(limb.vertices_lps_mm) - 1)
    fan = np.stack([np.full(94, top[0]), top[1:-1], top[2:]], axis=1)
    return Mesh(limb.vertices_lps_mm, np.concatenate([limb.faces, fan]))


@pytest.mark.parametrize(
    "mesh",
    [capsule(50.0, 240.0), capsule(50.0, 70.0), closed_off(), long_bone(LEFT, rings=60, around=36)],
    ids=["a tube", "a bowl", "closed at the top", "a bone"],
)
def test_what_is_no_limb_is_refused_by_name(mesh: Mesh) -> None:
    with pytest.raises(ScanUnsuitableError) as stopped:
        locate_limb(mesh, ordered=ANY)
    assert [reason.rule for reason in stopped.value.reasons] == ["not-a-limb"]


def test_places_that_lie_off_the_skin_are_refused_all_at_once() -> None:
    limb = residual_limb(LEFT)
    far = {name: limb.landmarks[name] * 10.0 for name in ("patellar_tendon", "fibular_head")}
    with pytest.raises(PrescriptionError) as stopped:
        locate_limb(limb.skin, ordered=LEFT, by_hand=far)
    assert [reason.rule for reason in stopped.value.reasons] == [
        "locate.landmark.patellar_tendon",
        "locate.landmark.fibular_head",
    ]


def test_a_confirmed_side_and_marked_places_stand_in_the_anatomy() -> None:
    limb = residual_limb(RIGHT)
    marked = {"hamstring_medial": limb.landmarks["popliteal"] + [20.0, 0.0, 10.0]}
    found = locate_limb(limb.skin, ordered=RIGHT, by_hand=marked)
    assert found.landmarks["hamstring_medial"].origin is Origin.ORDER


@pytest.mark.parametrize("unit", [2.54, 1 / 2.54])
def test_a_limb_in_inches_said_to_be_in_centimetres_is_refused_unless_a_person_confirms_its_size(unit: float) -> None:
    skin = residual_limb(RIGHT, rings=80, around=72).skin
    other = Mesh(unit * skin.vertices_lps_mm, skin.faces)
    with pytest.raises(ScanUnsuitableError, match="around in the mean") as stopped:
        locate_limb(other, ordered=RIGHT)
    assert [reason.rule for reason in stopped.value.reasons] == ["surface-size"]
    with suppress(ScanUnsuitableError):  # what else is said of it then is another matter
        locate_limb(other, ordered=RIGHT, size_confirmed=True)
