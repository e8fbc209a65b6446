"""Two scans of one limb are laid on each other over what did not change, and what did is measured."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from anatofit.cli.main import run
from anatofit.errors import ScanUnsuitableError
from anatofit.locate.limb.alike import changed, levels_of_both
from anatofit.locate.limb.find import locate_limb
from anatofit.locate.limb.located import LocatedLimb
from anatofit.locate.limb.measures import volumes_mm3
from anatofit.locate.limb.standing import standing_as
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.residual_limb import residual_limb
from anatofit.samples.tibia import binary_stl
from tests.locate.limb.limbs import noisy, turned

ANY = Laterality.UNPAIRED
LIMB = residual_limb(Laterality.RIGHT)


@cache
def located_limb() -> LocatedLimb:
    """The computed limb as it is found."""
    return locate_limb(LIMB.skin, ordered=ANY)


def shorter(by_mm: float) -> Mesh:
    """The limb with its lowest part drawn up: it ends so much higher, and is as it was from twice that on."""
    points = LIMB.skin.vertices_lps_mm.copy()
    z = points[:, 2]
    points[:, 2] = np.where(z < 2 * by_mm, by_mm + z / 2, z)
    return Mesh(points, LIMB.skin.faces)


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
    one, two = located_limb(), locate_limb(noisy(second.skin, 3), ordered=ANY)
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
    change = changed(located_limb(), locate_limb(second.skin, ordered=ANY))
    assert abs(change.volume_percent) < 0.05 and np.abs(change.map_mm).max() < 0.1 and change.rms_mm < 0.02


def test_a_limb_that_was_shortened_is_compared_where_both_have_skin_and_its_end_is_told() -> None:
    change = changed(located_limb(), locate_limb(shorter(30.0), ordered=ANY))
    assert change.ends_mm == pytest.approx([0.0, 30.0], abs=0.5)
    assert change.level_mm[0] == 40.0 and change.map_levels_mm[0] > change.ends_mm[1]
    above = change.level_mm > 65.0
    assert change.area_mm2[above, 1] == pytest.approx(change.area_mm2[above, 0], rel=2e-3)
    assert change.volume_percent < change.shared_volume_percent < 0.0
    with pytest.raises(ScanUnsuitableError, match="42 mm of the limb's length in common"):
        levels_of_both(np.array([0.0, 120.0]), np.array([165.0, 250.0]))


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
