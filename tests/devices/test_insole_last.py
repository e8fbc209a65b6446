"""The outline of an insole out of a shoe last: within the last's bottom, by a check that knows nothing of how it was made."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from insoles import LONG_MM, asked, built, foot, measured, planned

from anatofit.app.settings import load_settings
from anatofit.devices.insole import DEVICE
from anatofit.devices.insole.require import LAST_MM
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh

SHOD = foot(Laterality.RIGHT, shod=True)
PLAN = planned(SHOD, {})
SITE = load_settings()


def test_the_insole_lies_within_the_last_and_is_longer_than_the_foot() -> None:
    part = built(SHOD, PLAN)
    assert measured("insole_last", part, SHOD, PLAN).value <= LAST_MM
    assert np.ptp(np.array(PLAN.outline_mm)[:, 0]) > LONG_MM
    assert any("beyond the longest toe" in note for note in PLAN.notes)
    wide = Mesh(part.vertices_lps_mm + 2.0 * np.array(PLAN.frame.axes_lps[1]), part.faces)
    assert measured("insole_last", wide, SHOD, PLAN).value > 0.8


def test_it_is_required_of_insoles_with_a_last_alone() -> None:
    material, printer = SITE.materials["TPU-85A"], SITE.printers["filament-300"]
    for plan, wanted in ((PLAN, True), (planned(foot(Laterality.RIGHT), {}), False)):
        asked_for = DEVICE.requirements(asked({"text": "none"}), plan, material=material, printer=printer)
        assert ("IN-LAST-1" in {r.id for r in asked_for}) is wanted
