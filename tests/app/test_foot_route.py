"""An order for an insole, from the surface of a foot and a map of pressures to the pack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anatofit.app.check import check
from anatofit.app.personalize import Outcome, Request, personalize
from anatofit.app.prescription import read_job
from anatofit.app.routes import route_of
from anatofit.errors import PrescriptionError, ScanUnsuitableError
from anatofit.model.frame import Laterality
from anatofit.samples.foot import in_lps, skin
from anatofit.samples.foot_forms import height_map_text, pressure_map_text
from anatofit.samples.tibia import binary_stl

LONG_MM = 170.0
ORDER = """
[order]
case = "A-0005"
device = "insole"
laterality = "L"
prescriber = "Department of Podiatry"
[source]
surface = "foot.stl"
unit = "mm"
pressure = "mustermann.csv"
[design]
thickness_mm = 4
[make]
material = "TPU-85A"
printer = "filament-300"
"""


def written(folder: Path, text: str = ORDER) -> Path:
    foot = in_lps(skin(Laterality.LEFT, length_mm=LONG_MM, step_mm=3.0))
    (folder / "foot.stl").write_bytes(binary_stl(foot, what="computed foot"))
    (folder / "foot.csv").write_text(height_map_text(skin(Laterality.LEFT, length_mm=LONG_MM, step_mm=3.0)), "utf-8")
    (folder / "mustermann.csv").write_text(pressure_map_text(Laterality.LEFT, length_mm=LONG_MM), encoding="utf-8")
    order = folder / "order.toml"
    order.write_text(text, encoding="utf-8")
    return order


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("insole")
    return personalize(Request(written(folder), folder / "pack"))


def test_every_requirement_of_an_insole_holds(made: Outcome) -> None:
    assert made.fit, [f.id for f in made.findings if not f.passed]
    assert {"IN-TOP-1", "IN-TOP-2", "IN-SIDE-1", "IN-THICK-1", "IN-COVER-1"} <= {f.id for f in made.findings}


def test_the_pack_holds_the_insole_the_foot_its_sole_and_pictures_of_pressure(made: Outcome) -> None:
    files = {p.relative_to(made.pack).as_posix() for p in made.pack.rglob("*") if p.is_file()}
    assert {"device/insole.stl", "device/insole.3mf", "models/host.stl", "models/sole.stl", "report.html"} <= files
    assert {
        "figures/view-above.png",
        "figures/section-heel.png",
        "figures/map-room.png",
        "figures/pressure-1.png",
    } <= files


def test_pressures_before_and_after_are_told_and_the_side_was_judged(made: Outcome) -> None:
    said = " ".join(made.remarks)
    assert (
        "kPa measured" in said
        and "predicted at most on this insole" in said
        and "the pressure target of 200 kPa is" in said
    )
    assert "the foot is a left one by its shape" in said
    report = (made.pack / "report.html").read_text("utf-8")
    assert "What the prediction is" in report and "mustermann" not in report


def test_the_pack_measures_the_same_again(made: Outcome) -> None:
    found = check(made.pack)
    assert [f.id for f in found if not f.holds] == []


def test_the_plan_is_small(made: Outcome) -> None:
    plan = json.loads((made.pack / "plan.json").read_bytes())
    assert len(plan["outline_mm"]) < 200 and (made.pack / "plan.json").stat().st_size < 60_000


def test_a_foot_of_the_other_side_is_refused(tmp_path: Path) -> None:
    order = written(tmp_path, ORDER.replace('laterality = "L"', 'laterality = "R"'))
    with pytest.raises(ScanUnsuitableError, match="left one by its shape"):
        personalize(Request(order, tmp_path / "pack"))
    assert not (tmp_path / "pack").exists()


@pytest.mark.parametrize(
    "was, becomes, said",
    [
        ('surface = "foot.stl"\nunit = "mm"\npressure = "mustermann.csv"', 'dicom = "scan"', "made from a surface"),
        ('device = "insole"', 'device = "bone-plate"', "made on no foot"),
        ("thickness_mm = 4", "thickness_mm = 40", "6 mm"),
        ("[make]", "[seating]\ncount = 10\n[make]", "not pressed onto a bone"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused(was: str, becomes: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(PrescriptionError, match=said):
        read_job(written(tmp_path, ORDER.replace(was, becomes)))


def test_an_insole_takes_the_route_of_feet(tmp_path: Path) -> None:
    assert route_of(read_job(written(tmp_path))).name == "foot-surface"
