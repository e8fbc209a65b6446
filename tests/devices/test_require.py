"""Each requirement says how its limit follows from the order, and what may be tried where it fails; the reference says the same."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from skulls import Skull

from anatofit.devices.cranial_plate import DEVICE
from anatofit.devices.cranial_plate.advice import ADVICE
from anatofit.model.case import Locate, Make
from anatofit.model.finding import Requirement

SMALL = Skull(hole_radius_mm=16.0)
MATERIAL = SimpleNamespace(name="PEEK", density_g_cm3=1.32, smallest_wall_mm=0.8, smallest_hole_mm=1.0)
PRINTER = SimpleNamespace(name="any", build_volume_mm=(200.0, 200.0, 200.0))
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "rules.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| (CR-[A-Z]+-\d) \| .*\| ([^|]+) \|$", PAGE, flags=re.M))


def required(skull, **design: object) -> dict[str, Requirement]:
    spec = DEVICE.spec(design)
    plan = DEVICE.plan(skull(SMALL), spec, case="A-0001")
    return {r.id: r for r in DEVICE.requirements(spec, plan, material=MATERIAL, printer=PRINTER)}


def told(requirement: Requirement) -> list[float]:
    """The numbers of what stands behind "limit:"."""
    return [float(n) for n in re.findall(r"\d+\.?\d*", requirement.what.partition("(limit:")[2])]


@pytest.mark.parametrize("depth", [0.5, 0.3])
def test_a_derived_limit_is_told_by_the_numbers_that_it_is_made_of(skull, depth: float) -> None:
    found = required(skull, gap_mm=0.6, thickness_mm=4.0, text_depth_mm=depth, screw_bone_mm=2.0)
    thickness, engraved, measuring = told(found["CR-WALL-1"])
    assert (thickness, engraved) == (4.0, depth)
    assert found["CR-WALL-1"].limit_low == pytest.approx(thickness - engraved - measuring)
    assert found["CR-WALL-3"].limit_high == pytest.approx(sum(told(found["CR-WALL-3"])))
    assert found["CR-GAP-2"].limit_high == pytest.approx(sum(told(found["CR-GAP-2"])))
    for id_ in ("CR-GAP-1", "CR-SCREW-1", "CR-TEXT-1"):
        ordered, less = told(found[id_])
        assert found[id_].limit_low == pytest.approx(ordered - less)


def test_without_a_text_nothing_is_taken_for_it(skull) -> None:
    found = required(skull, text="none", thickness_mm=4.0)
    thickness, measuring = told(found["CR-WALL-1"])
    assert found["CR-WALL-1"].limit_low == pytest.approx(thickness - measuring)


def test_the_reference_names_every_requirement_with_its_limit_for_the_default_order(skull) -> None:
    found = required(skull)
    assert set(found) == set(ROWS) == set(ADVICE)
    limits = {id_: {r.limit_low, r.limit_high} - {None} for id_, r in found.items()}
    assert {id_: {float(n) for n in re.findall(r"\d+\.?\d*", row)} for id_, row in ROWS.items()} == limits


def test_every_requirement_bears_its_advice(skull) -> None:
    assert {id_: r.advice for id_, r in required(skull).items()} == dict(ADVICE)


def test_advice_of_another_fixation_says_what_it_means() -> None:
    about = [text for text in ADVICE.values() if "fixation" in text]
    assert about and all("needs separate plates" in text and "reaches bone" in text for text in about)


def test_advice_names_only_what_an_order_can_say() -> None:
    text, rows = " ".join(ADVICE.values()), DEVICE.envelope.rows
    tables = {"locate": Locate, "make": Make}
    named = re.findall(r"\[(locate|make)\] (\w+)", text)
    assert named and [key for table, key in named if key not in tables[table].model_fields] == []
    assert set(re.findall(r"\b\w+_\w+\b", text)) - {key for _, key in named} <= {
        n for n, r in rows.items() if r.settable
    }
    chosen = re.findall(r"(\w+) = ((?:\"\w+\"(?: or )?)+)", text)
    assert (
        chosen
        and [
            (k, v)
            for k, values in chosen
            for v in re.findall(r"\w+", values.replace(" or ", " "))
            if v not in rows[k].choices
        ]
        == []
    )
