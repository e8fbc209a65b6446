"""Height maps and pressure maps: read as they stand, right-handed from either view, and refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anatofit.cli.main import run
from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.surface import grid_text
from anatofit.ingest.surface.door import parse_surface
from anatofit.ingest.surface.pressure_map import parse_pressure_map, read_pressure_map
from anatofit.ingest.surface.read import read_surface
from anatofit.locate.foot.find import locate_foot
from anatofit.locate.foot.located import FootForm
from anatofit.model.frame import Laterality
from anatofit.model.surface_scan import SurfaceAnatomy, Unit
from anatofit.samples.foot import skin
from anatofit.samples.foot_forms import height_map_text, pressure_map_text
from tests.ingest.surface.test_refused import mutated

HEIGHTS = "# anatofit height map\n# cell_mm = 2\n# view = above\n"
PRESSURES = "# anatofit pressure map\n# unit = kPa\n# cell_mm = 10\n# view = above\n"
LOADED = "\n".join(["0,50,50,0"] * 12) + "\n"


def test_a_height_map_becomes_a_surface_with_its_holes() -> None:
    raw = parse_surface((HEIGHTS + "0;1;2\n0;;2\n0;1;2\n0;1;nan\n0;1;2\n").encode(), suffix=".csv")
    assert raw.unit is Unit.MM and len(raw.vertices) == 13
    assert len(raw.faces) == 2 * 2  # only cells of four measured corners
    assert sorted({tuple(v) for v in raw.vertices[:3].tolist()}) == [(0.0, 0.0, 0.0), (2.0, 0.0, 1.0), (4.0, 0.0, 2.0)]


@pytest.mark.parametrize("view", ["above", "below"])
@pytest.mark.parametrize("side", [Laterality.RIGHT, Laterality.LEFT])
def test_from_either_view_a_foot_keeps_its_side(side: Laterality, view: str, tmp_path: Path) -> None:
    path = tmp_path / "sole.csv"
    path.write_text(height_map_text(skin(side, step_mm=3.0), view=view))
    scan = read_surface(path, unit=None, anatomy=SurfaceAnatomy.FOOT)
    assert scan.report.format == "height map" and scan.up is not None and scan.up[2] > 0.99
    foot = locate_foot(scan.mesh, ordered=side)
    assert foot.form is FootForm.SHEET and foot.side.laterality is side


def test_inspect_tells_of_a_height_map_without_being_told_a_unit(tmp_path: Path, capsys) -> None:
    path = tmp_path / "sole.csv"
    path.write_text(height_map_text(skin(Laterality.LEFT, step_mm=4.0)))
    assert run(["inspect", str(path)]) == 0
    said = capsys.readouterr().out
    assert "height map" in said and "Fit for design." in said


FAULTS = {
    "no view": ("grid-header", "# anatofit height map\n# cell_mm = 2\n0,1\n0,1\n"),
    "another view": ("grid-header", "# anatofit height map\n# cell_mm = 2\n# view = left\n0,1\n0,1\n"),
    "no cell": ("grid-header", "# anatofit height map\n# view = above\n0,1\n0,1\n"),
    "a cell of nothing": ("grid-header", "# anatofit height map\n# view = above\n# cell_mm = 0\n0,1\n0,1\n"),
    "a key twice": ("grid-header", HEIGHTS + "# cell_mm = 3\n0,1\n0,1\n"),
    "a header among rows": ("grid-header", HEIGHTS + "0,1\n# cell = 3\n0,1\n"),
    "inches": ("grid-header", HEIGHTS + "# unit = in\n0,1\n0,1\n"),
    "no text": ("grid-header", HEIGHTS.encode() + b"0,1\n0,\xff\n"),
    "a word": ("grid-numbers", HEIGHTS + "0,1\n0,low\n"),
    "infinity": ("grid-numbers", HEIGHTS + "0,1\n0,inf\n"),
    "python's own number": ("grid-numbers", HEIGHTS + "0,1\n0,1_0\n"),
    "ragged rows": ("grid-numbers", HEIGHTS + "0,1\n0,1,2\n"),
    "a mountain": ("grid-numbers", HEIGHTS + "0,1\n0,900\n"),
    "one row": ("grid-size", HEIGHTS + "0,1,2\n"),
    "one column": ("grid-size", HEIGHTS + "0\n1\n"),
    "nothing measured": ("surface-empty", HEIGHTS + "nan,nan\n,\n"),
    "no mark": ("grid-header", "0,1\n"),
    "no unit of pressure": ("grid-header", PRESSURES.replace("kPa", "N/cm2") + LOADED),
    "half a place": ("grid-header", PRESSURES + "# heel_mm = 1, 2\n" + LOADED),
    "a place beside the grid": ("grid-header", PRESSURES + "# heel_mm = 1, 2\n# toe_mm = 900, 2\n" + LOADED),
    "suction": ("grid-numbers", PRESSURES + LOADED.replace("50", "-50")),
    "a hammer": ("grid-numbers", PRESSURES + LOADED.replace("50", "5000")),
    "nobody stood there": ("grid-size", PRESSURES + LOADED.replace("50", "5")),
    "a giant": ("grid-size", PRESSURES + LOADED * 4),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_grid_is_refused_under_its_own_name(name: str) -> None:
    rule, text = FAULTS[name]
    data = text if isinstance(text, bytes) else text.encode()
    read = (
        (lambda d: parse_surface(d, suffix=".csv")) if data.startswith(b"# anatofit height map") else parse_pressure_map
    )
    with pytest.raises(ScanUnsuitableError) as refusal:
        read(data)
    (reason,) = refusal.value.reasons
    assert reason.rule == rule and "\n" not in reason.message


def test_more_cells_than_a_foot_has_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid_text, "MOST_CELLS", 30)
    monkeypatch.setattr(grid_text, "_number", lambda *_: pytest.fail("a cell was read"))
    with pytest.raises(ScanUnsuitableError) as refusal:
        parse_pressure_map((PRESSURES + LOADED).encode())
    assert refusal.value.reasons[0].rule == "grid-size"
    monkeypatch.setattr(grid_text, "MOST_BYTES", 60)
    with pytest.raises(ScanUnsuitableError):
        parse_pressure_map((PRESSURES + LOADED).encode())


def test_a_pressure_map_is_read_from_a_file_and_from_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "walk.csv"
    path.write_text(pressure_map_text(Laterality.LEFT))
    found = read_pressure_map(path)
    assert found.cell_mm == 5.0 and len(found.sha256) == 64 and 250.0 < found.kpa.max() <= 320.0
    (tmp_path / "link.csv").symlink_to(path)
    for name in ("link.csv", "none.csv", "."):
        with pytest.raises(ScanUnsuitableError) as refusal:
            read_pressure_map(tmp_path / name)
        assert refusal.value.reasons[0].rule == "no-surface"


def test_a_mutated_grid_is_read_or_refused_and_nothing_else() -> None:
    random = np.random.default_rng(5)
    seeds = [(HEIGHTS + "0,1,2\n0,1,2\n0,1,2\n").encode(), (PRESSURES + LOADED).encode()]
    ended: set[str] = set()
    for n in range(400):
        data = mutated(seeds[n % 2], random)
        try:
            parse_pressure_map(data) if n % 2 else parse_surface(data, suffix=".csv")
            ended.add("read")
        except ScanUnsuitableError as error:
            ended |= {r.rule for r in error.reasons}
    assert {"read", "grid-header", "grid-numbers"} <= ended
