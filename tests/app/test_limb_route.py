"""An order for a socket, from the surface of a limb to the pack."""

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
from anatofit.samples.residual_limb import residual_limb
from anatofit.samples.tibia import binary_stl

ORDER = """
[order]
case = "A-0007"
device = "socket"
laterality = "L"
prescriber = "Department of Prosthetics"
[source]
surface = "limb.stl"
unit = "mm"
[plan]
template = "mustermann.toml"
[design]
slots = 3
slot_length_mm = 10
[make]
material = "PA12"
printer = "filament-300"
"""
OWN = """
name = "clinic"
title = "Our own"
source = "agreed in the clinic"
[[region]]
name = "bar"
at = "patellar_tendon"
half_along_mm = 4.0
half_around_mm = 12.0
falloff_mm = 14.0
depth_mm = -4.0
source = "felt"
"""


def written(folder: Path, text: str = ORDER) -> Path:
    limb = residual_limb(Laterality.LEFT, joint_mm=130.0, above_joint_mm=70.0, rings=80, around=72)
    (folder / "limb.stl").write_bytes(binary_stl(limb.skin, what="computed limb"))
    (folder / "mustermann.toml").write_text(OWN, encoding="utf-8")
    order = folder / "order.toml"
    order.write_text(text, encoding="utf-8")
    return order


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("socket")
    return personalize(Request(written(folder), folder / "pack"))


def test_every_requirement_of_a_socket_holds(made: Outcome) -> None:
    assert made.fit, [(f.id, f.measured) for f in made.findings if not f.passed]
    wanted = {
        "SK-FIT-1",
        "SK-FIT-2",
        "SK-WALL-1",
        "SK-DON-1",
        "SK-ALIGN-1",
        "SK-STRONG-1",
        "SK-TRIM-1",
        "SK-GAP-1",
        "SK-SLOT-1",
    }
    assert wanted <= {f.id for f in made.findings}


def test_the_pack_holds_the_socket_the_limb_and_pictures_of_the_rectification(made: Outcome) -> None:
    files = {p.relative_to(made.pack).as_posix() for p in made.pack.rglob("*") if p.is_file()}
    assert {"device/socket.stl", "device/socket.3mf", "models/host.stl", "report.html"} <= files
    assert {
        "figures/plan.png",
        "figures/map-rectification-1.png",
        "figures/section-sagittal.png",
        "figures/view-adapter.png",
    } <= files


def test_the_side_was_judged_and_the_template_is_told_without_its_file(made: Outcome) -> None:
    assert "the limb is a left one by its shape" in made.remarks
    assert any("'clinic' of the order's own file" in remark for remark in made.remarks)
    report = (made.pack / "report.html").read_text("utf-8")
    assert "agreed in the clinic" in report and "mustermann" not in report and "ISO 10328" in report


def test_the_pack_measures_the_same_again(made: Outcome) -> None:
    assert [f.id for f in check(made.pack) if not f.holds] == []


def test_the_plan_is_small(made: Outcome) -> None:
    plan = json.loads((made.pack / "plan.json").read_bytes())
    assert plan["template"] == "clinic" and (made.pack / "plan.json").stat().st_size < 60_000


def test_a_limb_of_the_other_side_is_refused(tmp_path: Path) -> None:
    order = written(tmp_path, ORDER.replace('laterality = "L"', 'laterality = "R"'))
    with pytest.raises(ScanUnsuitableError, match="left one by its shape"):
        personalize(Request(order, tmp_path / "pack"))
    assert not (tmp_path / "pack").exists()


@pytest.mark.parametrize(
    "was, becomes, said",
    [
        ('surface = "limb.stl"\nunit = "mm"', 'dicom = "scan"', "made from a surface"),
        ("mustermann.toml", "none.toml", "beside the prescription"),
        ("mustermann.toml", "../none.toml", "plan.template"),
        ("slots = 3", "wall_mm = 40", "6 mm"),
        ("[make]", "[seating]\ncount = 10\n[make]", "not pressed onto a bone"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused(was: str, becomes: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(PrescriptionError, match=said):
        read_job(written(tmp_path, ORDER.replace(was, becomes)))


def test_a_socket_takes_the_route_of_limbs(tmp_path: Path) -> None:
    assert route_of(read_job(written(tmp_path))).name == "limb-surface"


@pytest.mark.parametrize("device", ["socket", "insole"])
def test_one_limb_or_foot_of_both_sides_is_refused_by_name(tmp_path: Path, device: str) -> None:
    (tmp_path / "order.toml").write_text(SHORT.format(device=device), encoding="utf-8")
    with pytest.raises(PrescriptionError) as stopped:
        read_job(tmp_path / "order.toml")
    (reason,) = stopped.value.reasons
    assert reason.message.startswith("order.laterality: ") and '"R", "L", or "U"' in reason.message


SHORT = """
[order]
case = "A-0007"
device = "{device}"
laterality = "B"
prescriber = "X"
[source]
surface = "limb.stl"
"""
