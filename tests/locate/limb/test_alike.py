"""Two scans of one limb are laid on each other over what did not change, and what did is measured."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anatofit.cli.main import run
from anatofit.locate.limb.alike import changed
from anatofit.locate.limb.find import locate_limb
from anatofit.locate.limb.measures import volumes_mm3
from anatofit.locate.limb.standing import standing_as
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.residual_limb import residual_limb
from anatofit.samples.tibia import binary_stl
from tests.locate.limb.limbs import noisy, turned

ANY = Laterality.UNPAIRED
LIMB = residual_limb(Laterality.RIGHT)


def shrunken(by_mm: float = 4.0) -> Mesh:
    """The limb with its calf drawn in by so much, most behind and 80 mm above the distal end; front and knee as they were."""
    points = LIMB.skin.vertices_lps_mm.copy()
    x, y, z = points.T
    radius = np.maximum(np.hypot(x, y), 1e-9)
    drawn = by_mm * np.clip(y / radius, 0.0, 1.0) * np.exp(-0.5 * ((z - 80.0) / 30.0) ** 2)
    points[:, :2] *= ((radius - drawn) / radius)[:, None]
    return Mesh(points, LIMB.skin.faces)


def test_a_calf_that_shrank_is_found_where_it_did_and_the_rest_lies_as_it_lay() -> None:
    small = shrunken()
    second = turned(replace(LIMB, skin=small), 5)
    one, two = (locate_limb(m, ordered=ANY) for m in (LIMB.skin, noisy(second.skin, 3)))
    change = changed(one, two)
    away = np.linalg.norm(change.placement.applied(second.skin.vertices_lps_mm) - small.vertices_lps_mm, axis=1)
    assert away.max() < 0.3
    row, column = np.unravel_index(int(change.map_mm.argmin()), change.map_mm.shape)
    assert change.map_mm.min() == pytest.approx(-4.0, abs=0.4)
    assert abs(change.map_levels_mm[row] - 80.0) < 10.0 and abs(column * 5.0 - 180.0) < 20.0
    frame = one.frame
    true = [
        volumes_mm3(standing_as(m, frame.origin_lps_mm, frame.proximal_lps, frame.anterior_lps), change.level_mm)
        for m in (LIMB.skin, small)
    ]
    assert change.volume_mm3[:, 0] == pytest.approx(true[0], rel=1e-3)
    assert change.volume_mm3[3:, 1] == pytest.approx(true[1][3:], rel=4e-3)
    assert -4.0 < change.volume_percent < -1.5


def test_the_same_limb_scanned_twice_has_not_changed() -> None:
    second = turned(LIMB, 8)
    change = changed(locate_limb(LIMB.skin, ordered=ANY), locate_limb(second.skin, ordered=ANY))
    assert abs(change.volume_percent) < 0.05 and np.abs(change.map_mm).max() < 0.1 and change.rms_mm < 0.02


def test_the_command_writes_a_map_and_its_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, mesh in (("first", LIMB.skin), ("second", shrunken())):
        (tmp_path / f"{name}.stl").write_bytes(binary_stl(mesh))
    out = tmp_path / "out"
    command = ["compare", str(tmp_path / "first.stl"), str(tmp_path / "second.stl"), "--unit", "mm", "--out", str(out)]
    assert run(command) == 0
    assert "Volume below the patellar tendon: -" in capsys.readouterr().out
    facts = json.loads((out / "change.json").read_text())
    assert facts["volume_change_percent"] < -1.5 and [s["side"] for s in facts["scans"]] == ["R", "R"]
    assert facts["skin_change_mm"]["p5"] < -1.0 < facts["skin_change_mm"]["median"]
    assert len(facts["map"]["change_mm"]) == len(facts["map"]["levels_mm"])
    assert (out / "change.png").read_bytes().startswith(b"\x89PNG")
    assert run(command) == 2  # what is there is not written over
    capsys.readouterr()


def test_limbs_of_two_sides_are_no_pair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "right.stl").write_bytes(binary_stl(LIMB.skin))
    (tmp_path / "left.stl").write_bytes(binary_stl(residual_limb(Laterality.LEFT).skin))
    assert run(["compare", str(tmp_path / "right.stl"), str(tmp_path / "left.stl"), "--unit", "mm"]) == 3
    assert "wrong-side" in capsys.readouterr().err
