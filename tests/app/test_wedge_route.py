"""An order for a wedge on the surface of a bone, from the file to the pack: slots, corrected bone, numbers and pictures."""

from __future__ import annotations

import json

import pytest

from anatofit.app.check import check
from anatofit.app.personalize import Outcome, Request, personalize
from anatofit.model.frame import Laterality
from anatofit.samples.long_bone import long_bone
from anatofit.samples.tibia import binary_stl

ORDER = """
[order]
case = "A-0001"
device = "cutting-guide"
laterality = "L"
prescriber = "Department of Orthopaedics"
[source]
surface = "bone.stl"
unit = "mm"
[plan]
approach = [-0.8, -0.5, -0.33]
[[plan.wedge]]
kind = "closing"
angle_deg = 8
hinge = [26.0, 0.0, 318.0]
hinge_axis = [0.0, 1.0, 0.1]
start = [-24.0, -6.0, 297.0]
distal = [0.0, 0.0, -1.0]
[design]
foot_reach_mm = 18
foot_width_mm = 44
slot_length_mm = 18
window_mm = 0
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("wedge")
    (folder / "bone.stl").write_bytes(binary_stl(long_bone(Laterality.LEFT, rings=80, around=36)))
    order = folder / "order.toml"
    order.write_text(ORDER, encoding="utf-8")
    return personalize(Request(order, folder / "pack"))


def test_a_wedge_on_a_bone_passes_all_that_is_asked_of_it(outcome: Outcome) -> None:
    assert [(f.id, f.detail) for f in outcome.findings if not f.holds] == []
    wedge = [f for f in outcome.findings if f.id.startswith("CG-WEDGE")]
    assert len(wedge) == 6 and outcome.fit and not outcome.unmeasured


def test_the_pack_holds_the_bone_after_the_correction(outcome: Outcome) -> None:
    plan = json.loads((outcome.pack / "plan.json").read_text(encoding="utf-8"))
    assert plan["wedge"]["kind"] == "closing" and plan["wedge"]["angle_deg"] == 8 and len(plan["slots"]) == 2
    assert (outcome.pack / "models" / "corrected_bone.stl").is_file()
    names = {path.stem for path in (outcome.pack / "figures").iterdir()}
    assert {"wedge-before", "wedge-after", "wedge-whole"} <= names


def test_the_report_tells_what_a_surgeon_reads(outcome: Outcome) -> None:
    page = (outcome.pack / "report.html").read_text(encoding="utf-8")
    for said in ("8° closing wedge, cut 1 and 2", "stay whole to the other cortex", "mm high", "The blade goes in by"):
        assert said in page


def test_the_pack_holds_when_it_is_measured_again(outcome: Outcome) -> None:
    assert [f.id for f in check(outcome.pack) if not f.holds] == []
