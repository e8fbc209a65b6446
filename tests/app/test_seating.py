"""The seating study as an order asks for it, and as the pack keeps it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anatofit.app.prescription import read_job
from anatofit.app.seating import seating_files, seating_remark, seating_summary, tried
from anatofit.errors import PrescriptionError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from anatofit.model.part import Part
from anatofit.model.seating import SeatingOrder
from tests.app.test_bone_route import ORDER, written
from tests.seating.test_study import BONE, GUIDE, PLAN
from tests.verify.shapes import box

ANATOMY = Anatomy("bone", Laterality.LEFT, {"host": BONE})


def test_no_placement_is_tried_where_none_is_asked_for() -> None:
    for asked in (None, SeatingOrder(count=0)):
        found, sentence = tried(asked, ANATOMY, (GUIDE,), PLAN)
        assert (found, sentence, seating_files(found), seating_summary(found)) == ((), "", {}, [])


def test_the_pack_tells_each_placement_and_the_manifest_the_figures() -> None:
    found, sentence = tried(SeatingOrder(count=6), ANATOMY, (GUIDE,), PLAN)
    assert "put on 6 times" in sentence
    (row,) = json.loads(seating_files(found)["seating.json"])["seating"]
    (told,) = seating_summary(found)
    assert len(row["cuts"][0]["edges_mm"]) == 6 and "edges_mm" not in told["cuts"][0]
    assert told["cuts"][0]["edge_mm"] == row["cuts"][0]["edge_mm"] and told["asked"]["sigma_mm"] == 0.3
    assert (
        "predicted, not measured: 0.0% of 6 placements do not seat; 95 % of the others leave cut 1"
        in seating_remark(found[0])
    )


def test_a_part_that_faces_no_bone_has_no_seat_and_stops_nothing() -> None:
    far = Part("block", box((5.0, 5.0, 5.0), (50.0, 50.0, 50.0)))
    found, sentence = tried(SeatingOrder(count=6), ANATOMY, (far,), PLAN)
    assert found == () and "No part faces bone" in sentence


@pytest.mark.parametrize(
    ("table", "rule"),
    [("count = -1", "seating.count"), ("sigma = 0.3", "seating.sigma"), ("sigma_mm = 9", "seating.sigma_mm")],
)
def test_a_wrong_study_is_told_by_its_key(table: str, rule: str, tmp_path: Path) -> None:
    with pytest.raises(PrescriptionError) as caught:
        read_job(written(tmp_path, f"{ORDER}[seating]\n{table}\n"))
    assert rule in {reason.rule for reason in caught.value.reasons}


def test_a_plate_in_the_skull_is_pressed_on_no_bone(tmp_path: Path) -> None:
    text = ORDER.replace("cutting-guide", "cranial-plate").replace('surface = "bone.stl"\nunit = "mm"', 'dicom = "."')
    with pytest.raises(PrescriptionError, match=r"remove \[seating\]"):
        read_job(written(tmp_path, text[: text.index("[plan]")] + "[seating]\ncount = 10\n"))
