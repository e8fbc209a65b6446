"""An order for a plate on the surface of a bone, from the file to the pack."""

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
case = "A-1"
device = "bone-plate"
laterality = "L"
prescriber = "Department of Orthopaedics"
[source]
surface = "bone.stl"
unit = "mm"
[plan]
path = [[-14, -2, 80], [-12, -4, 122]]
screw = [{ at_mm = 3 }, { at_mm = 11, kind = "round" }, { at_mm = 31, target = [0, -3, 113] }, { at_mm = 39, kind = "oblong" }]
[[plan.line]]
point = [0, 0, 101]
normal = [0, 0, 1]
[make]
material = "Ti-6Al-4V"
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("plate")
    (folder / "bone.stl").write_bytes(binary_stl(long_bone(Laterality.LEFT)))
    order = folder / "order.toml"
    order.write_text(ORDER, encoding="utf-8")
    return personalize(Request(order, folder / "pack"))


def test_a_plate_on_a_bone_passes_all_that_is_asked_of_it(outcome: Outcome) -> None:
    assert [f.id for f in outcome.findings if not f.holds] == []
    assert outcome.fit and not outcome.unmeasured
    assert {"BP-HOLE-1", "BP-OBLONG-1", "BP-LENGTH-1", "BP-LINE-1", "BP-THICK-1"} <= {f.id for f in outcome.findings}


def test_the_page_tells_every_screw_with_its_length(outcome: Outcome) -> None:
    plan = json.loads((outcome.pack / "plan.json").read_text(encoding="utf-8"))
    page = (outcome.pack / "report.html").read_text(encoding="utf-8")
    text = page[: page.index('id="meshes"')]
    for screw in (*plan["screws"], *plan["oblongs"]):
        assert f"Screw {screw['number']}" in text and f"{screw['length_mm']:g} mm long" in text
    assert "The guide" not in text


def test_the_pack_holds_when_it_is_measured_again(outcome: Outcome) -> None:
    assert [f.id for f in check(outcome.pack) if not f.holds] == []
