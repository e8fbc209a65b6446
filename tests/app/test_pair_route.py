"""An order for two feet: a pack for each, what tells how they differ, and refusals of what is no pair."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from anatofit.app.check import check
from anatofit.app.pair_order import orders_of
from anatofit.app.personalize import Outcome, Request, personalize
from anatofit.app.prescription import read_job, read_jobs
from anatofit.errors import PrescriptionError, ScanUnsuitableError
from anatofit.model.frame import Laterality
from anatofit.samples.foot import in_lps, skin
from anatofit.samples.foot_forms import height_map_text
from anatofit.samples.tibia import binary_stl
from anatofit.verify.pair_packs import check_pair

LONG_MM, STEP_MM = 150.0, 3.0
ORDER = """
[order]
case = "A-0006"
device = "insole"
laterality = "B"
prescriber = "Department of Podiatry"
[source]
surface = "left.csv"
unit = "mm"
[pair]
surface = "right.stl"
[pair.design]
heel_lift_mm = 3
fill = "lattice"
cell_mm = 14
sheet_mm = 1.5
[design]
thickness_mm = 5
fill = "zones"
[make]
material = "TPU-85A"
printer = "filament-300"
"""


def written(folder: Path, text: str = ORDER, *, arch_mm: float = 15.0) -> Path:
    """A left foot as a height map, and a right one that is longer and has another arch."""
    left = skin(Laterality.LEFT, length_mm=LONG_MM, step_mm=STEP_MM)
    (folder / "left.csv").write_text(height_map_text(left), "utf-8")
    right = in_lps(skin(Laterality.RIGHT, length_mm=LONG_MM + 9, arch_mm=arch_mm, step_mm=STEP_MM))
    (folder / "right.stl").write_bytes(binary_stl(right, what="computed foot"))
    order = folder / "order.toml"
    order.write_text(text, encoding="utf-8")
    return order


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("pair")
    return personalize(Request(written(folder), folder / "packs"))


def test_each_foot_has_a_whole_pack_that_measures_the_same_again(made: Outcome) -> None:
    assert made.fit and [foot.pack.name for foot in made.feet] == ["L", "R"]
    assert [f.id for f in check(made.feet[0].pack) if not f.holds] == []
    for foot in made.feet:
        order = json.loads((foot.pack / "manifest.json").read_bytes())["order"]
        assert order["laterality"] == foot.pack.name  # told by the shape: the order names neither


def test_a_lattice_and_zones_go_the_whole_way(made: Outcome) -> None:
    found = {foot.pack.name: {f.id for f in foot.findings} for foot in made.feet}
    assert {"IN-SKIN-1", "IN-TRAP-1", "IN-TRAP-2"} <= found["R"] and "IN-SKIN-1" not in found["L"]
    assert b"lateral_heads" in zipfile.ZipFile(made.pack / "L" / "device" / "insole.3mf").read("3D/3dmodel.model")


def test_what_differs_between_the_feet_and_between_the_insoles_is_told(made: Outcome) -> None:
    told = json.loads((made.pack / "pair.json").read_bytes())
    figures = {row["name"]: row["left_more_by"] for row in told["figures"]}
    assert figures["foot_length_mm"] < -8.0 and "volume_mm3" in figures
    apart = {row["name"]: (row["L"], row["R"]) for row in told["design"]}
    assert apart["heel_lift_mm"] == (0.0, 3.0) and apart["fill"] == ("zones", "lattice")
    assert next(row for row in told["told"] if row["what"] == "Heel lift")["L"] == ""
    assert {"IN-MASS-1", "IN-SIZE-1", "IN-THICK-1"} <= {row["id"] for row in told["findings"]}
    page = (made.pack / "pair.html").read_text("utf-8")
    assert "Every requirement of both holds" in page and page.count("data:image/png") == 6


def test_packs_that_were_exchanged_are_found(made: Outcome, tmp_path: Path) -> None:
    for here, there in {"R": "L", "L": "R"}.items():
        for name in ("manifest.json", "plan.json"):
            (tmp_path / there).mkdir(exist_ok=True)
            (tmp_path / there / name).write_bytes((made.pack / here / name).read_bytes())
    (tmp_path / "pair.json").write_bytes((made.pack / "pair.json").read_bytes())
    assert check_pair(tmp_path).measured == 4 and check_pair(made.pack).passed
    assert {"PK-PAIR-1", "R PK-ORDER-1", "L PK-ORDER-1"} <= {f.id for f in check(tmp_path)}


def test_lengths_that_are_rarely_so_far_apart_are_told_in_both_packs(made: Outcome) -> None:
    assert all("which is rare" in " ".join(foot.remarks) for foot in made.feet)


def test_a_pair_takes_the_place_of_a_pair_only_by_force(made: Outcome) -> None:
    from anatofit.errors import OutputError
    from anatofit.pack.bundle import Bundle

    with pytest.raises(OutputError, match="holds a pack already"):
        Bundle(made.pack).probe()
    Bundle(made.pack, force=True).probe()


def test_two_feet_of_one_side_are_refused_by_pair_side(tmp_path: Path) -> None:
    order = written(tmp_path, ORDER.replace("right.stl", "left.csv"))
    with pytest.raises(ScanUnsuitableError, match=r"pair-side: the foot of \[pair\] is of the side of the first"):
        personalize(Request(order, tmp_path / "packs"))
    assert not (tmp_path / "packs").exists()


def test_a_foot_of_the_pair_that_is_none_is_named(tmp_path: Path) -> None:
    order = written(tmp_path, ORDER.replace("right.stl", "none.stl"))
    with pytest.raises(ScanUnsuitableError, match=r"the foot of \[pair\]"):
        personalize(Request(order, tmp_path / "packs"))


def test_the_other_foot_is_ordered_as_the_first_but_for_its_own_files_and_rows() -> None:
    data = {
        "order": {"laterality": "R", "device": "insole"},
        "source": {"surface": "r.stl", "pressure": "r.csv", "unit": "cm"},
        "design": {"thickness_mm": 4, "heel_lift_mm": 2},
        "plan": {"element": [1]},
        "pair": {"surface": "l.stl", "frame": "RAS", "design": {"heel_lift_mm": 0}, "plan": {}},
    }
    first, other = orders_of(data)
    assert first == {key: value for key, value in data.items() if key != "pair"}
    assert other["source"] == {"surface": "l.stl", "unit": "cm", "frame": "RAS"}
    assert other["order"]["laterality"] == "L" and other["plan"] == {}
    assert other["design"] == {"thickness_mm": 4, "heel_lift_mm": 0}


@pytest.mark.parametrize(
    "was, becomes, said",
    [
        ('device = "insole"', 'device = "bone-plate"', "pair: bone-plate is made on no foot"),
        ('surface = "right.stl"', 'surfac = "right.stl"', r"pair\.surfac: is unknown here"),
        ("heel_lift_mm = 3", "heel_lift_mm = 300", r"design\.heel_lift_mm"),
    ],
)
def test_a_pair_that_cannot_be_meant_is_refused(was: str, becomes: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "order.toml").write_text(ORDER.replace(was, becomes), encoding="utf-8")
    with pytest.raises(PrescriptionError, match=said):
        read_jobs(tmp_path / "order.toml")


def test_where_one_foot_is_made_a_pair_is_refused(tmp_path: Path) -> None:
    (tmp_path / "order.toml").write_text(ORDER, encoding="utf-8")
    with pytest.raises(PrescriptionError, match="pair: the order is for a pair"):
        read_job(tmp_path / "order.toml")
