"""A stranger's product line comes through the entry point: the package of docs/how-to/add-a-product-line.md, and no file of ours."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

import anatofit
from anatofit.model.frame import Laterality
from anatofit.samples.long_bone import long_bone
from anatofit.samples.tibia import binary_stl

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-product-line.md"
BLOCK = re.compile(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What the page says that a stranger may import of ours.
OPEN = re.compile(r"anatofit\.(devices\.(base|envelope|asking|forms|guide(\..*)?)|geometry\..*|model\..*|errors)$")
CLI = "from anatofit.cli.main import main; main()"


@dataclass(frozen=True)
class Desk:
    """A folder with an order and a bone, and the packages that the program is started with."""

    folder: Path
    site: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        ours = Path(anatofit.__file__).parents[1]
        path = os.pathsep.join([str(self.site), str(ours)])
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, "-c", CLI, *arguments],
            cwd=self.folder, env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False,
        )  # fmt: skip

    def order(self, **changes: str) -> Path:
        text = written()["order.toml"]
        for was, now in changes.items():
            text = re.sub(rf"^{was} = .*$", f"{was} = {now}", text, flags=re.MULTILINE)
        path = self.folder / "order.toml"
        path.write_text(text, encoding="utf-8")
        return path


def written() -> dict[str, str]:
    return dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))


def installed(site: Path, files: dict[str, str]) -> None:
    """As pip leaves a package: its modules, and beside them a folder that tells name, version and entry points."""
    project = tomllib.loads(files["pyproject.toml"])["project"]
    about = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    points = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in those.items())
        for group, those in project["entry-points"].items()
    ]
    (about / "entry_points.txt").write_text("\n".join(points), encoding="utf-8")
    for name, text in files.items():
        if "/" in name:
            (site / name).parent.mkdir(exist_ok=True)
            (site / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder, site = tmp_path_factory.mktemp("empty"), tmp_path_factory.mktemp("site")
    installed(site, written())
    (folder / "bone.stl").write_bytes(binary_stl(long_bone(Laterality.LEFT, rings=80, around=36)))
    return Desk(folder, site)


@pytest.fixture(scope="module")
def pack(desk: Desk) -> Path:
    desk.order()
    done = desk.run("run", "order.toml", "--out", "pack")
    assert done.returncode == 0, done.stdout + done.stderr
    return desk.folder / "pack"


def test_the_package_imports_what_is_open_to_strangers_alone() -> None:
    names = {
        node.module
        for name, text in written().items()
        if name.endswith(".py")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module is not None
    }
    ours = sorted(name for name in names if name.startswith("anatofit"))
    assert ours and [name for name in ours if not OPEN.match(name)] == []


def test_the_line_is_listed_and_shows_its_envelope(desk: Desk) -> None:
    listed = json.loads(desk.run("devices", "--json").stdout)
    assert listed["devices"]["bone-spacer"] == "Bone spacer" and "cutting-guide" in listed["devices"]
    shown = desk.run("devices", "bone-spacer")
    assert shown.returncode == 0 and "height_mm" in shown.stdout and "bench test 12 of our laboratory" in shown.stdout


def test_an_order_of_it_becomes_a_verified_pack(desk: Desk, pack: Path) -> None:
    manifest = json.loads((pack / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["fit"] and {f["id"] for f in manifest["findings"]} >= {"SP-MESH-1", "SP-FIT-1", "SP-INSERT-1"}
    assert manifest["software"]["bone-spacer"] == "0.3.1"
    assert (pack / "device" / "spacer.stl").is_file() and (pack / "device" / "spacer.3mf").is_file()
    again = desk.run("check", "pack")
    assert again.returncode == 0, again.stdout + again.stderr


def test_the_report_speaks_of_it_in_its_own_words(pack: Path) -> None:
    page = (pack / "report.html").read_text(encoding="utf-8")
    text = page[: page.index('id="meshes"')]
    assert "Bone spacer, case A-0001" in text and "a block of 12 x 18 mm, 6 mm high above the bone" in text
    assert "The spacer is set down against" in text and "; as ordered" in text
    told = re.sub(r"proposal: as of our guides", "", text)
    assert "guide" not in told and "blocks, with" not in told and "host bone" not in told


def test_the_ledger_tells_whose_code_made_it(pack: Path) -> None:
    lines = [json.loads(line) for line in (pack / "ledger.jsonl").read_text(encoding="utf-8").splitlines()]
    told = [line["parameters"]["package"] for line in lines if "package" in line["parameters"]]
    assert {t["name"] for t in told} == {"bone-spacer"} and len({t["code_sha256"] for t in told}) == 1


def test_an_order_beyond_its_bounds_is_refused_with_them(desk: Desk) -> None:
    desk.order(length_mm="90")
    done = desk.run("run", "order.toml", "--out", "none")
    assert done.returncode == 2 and not (desk.folder / "none").exists()
    assert "design.length_mm: was 90 mm; 8 to 60 mm is wanted (proposal: a finger's breadth)" in done.stderr


def test_a_plan_of_it_is_checked_by_its_own_form(desk: Desk) -> None:
    desk.order(approach="[0, 0, 0]")
    assert (
        "plan.approach: was [0, 0, 0]; a direction was wanted" in desk.run("run", "order.toml", "--out", "none").stderr
    )
    desk.order(point="[500.0, 0.0, 150.0]")
    done = desk.run("run", "order.toml", "--out", "none")
    assert done.returncode == 2 and "plan-misses-bone" in done.stderr


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("import nothing_of_that_name", "cannot be loaded (ModuleNotFoundError)"),
        ("import sys\n\nsys.exit(7)", "cannot be loaded (SystemExit)"),
        ("class Half:\n    name = title = 'half'\n\n\nDEVICE = Half()", "lacks envelope, scan_limits, spec, plan, read_plan, build, requirements"),
        ("from bone_spacer import DEVICE", "bears the name bone-spacer and not that of its entry point"),
    ],
)  # fmt: skip
def test_a_package_that_is_broken_is_named_and_hinders_no_other(
    module: str, told: str, desk: Desk, tmp_path: Path
) -> None:
    project = '[project]\nname = "half-done"\nversion = "1.0"\n[project.entry-points."anatofit.devices"]\nhalf = "half:DEVICE"\n'
    installed(tmp_path, {"pyproject.toml": project, "half/__init__.py": module})
    beside = Desk(desk.folder, Path(f"{tmp_path}{os.pathsep}{desk.site}"))
    listed = beside.run("devices")
    assert listed.returncode == 0 and "cutting-guide" in listed.stdout and "bone-spacer" in listed.stdout
    assert "the package half-done 1.0" in listed.stderr and told in listed.stderr.replace("'", "")
    refused = beside.run("devices", "half")
    assert refused.returncode == 2 and "AF-2021 device-package" in refused.stderr


def test_two_packages_with_a_line_of_one_name_are_both_named(desk: Desk, tmp_path: Path) -> None:
    project = '[project]\nname = "other-guides"\nversion = "2.0"\n[project.entry-points."anatofit.devices"]\nbone-spacer = "other:DEVICE"\n'
    installed(tmp_path, {"pyproject.toml": project})
    done = Desk(desk.folder, Path(f"{tmp_path}{os.pathsep}{desk.site}")).run("devices", "bone-spacer")
    assert done.returncode == 2 and "bone-spacer 0.3.1 and the package other-guides 2.0 both bring one" in done.stderr


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("return make_plan(anatomy, spec, case=case)", "return 1 / 0", "plan of the package bone-spacer 0.3.1 fails (ZeroDivisionError)"),
        ("return make_plan(anatomy, spec, case=case)", "raise SystemExit(0)", "plan of the package bone-spacer 0.3.1 fails (SystemExit)"),
        ("return build_spacer(anatomy, plan)", "return self.nothing", "build of the package bone-spacer 0.3.1 fails (AttributeError)"),
        ("return build_spacer(anatomy, plan)", "return ()", "build of the package bone-spacer 0.3.1 gives no parts"),
        ("return requirements(self.envelope, plan, material=material, printer=printer)", "return []", "gives no requirement"),
    ],
)  # fmt: skip
def test_what_goes_wrong_in_its_code_is_named_as_its_own(
    was: str, becomes: str, told: str, desk: Desk, tmp_path: Path
) -> None:
    installed(tmp_path, {name: text.replace(was, becomes) for name, text in written().items()})
    desk.order()
    done = Desk(desk.folder, tmp_path).run("run", "order.toml", "--out", "none")
    assert done.returncode == 2 and "AF-2021 device-package" in done.stderr and told in done.stderr.replace("\n", " ")
    assert not (desk.folder / "none").exists()


def test_a_plan_that_does_not_tell_its_way_out_is_the_package_s_fault(desk: Desk, tmp_path: Path) -> None:
    files = {name: text.replace("insertion_direction_lps", "out_lps") for name, text in written().items()}
    installed(tmp_path, files)
    desk.order()
    done = Desk(desk.folder, tmp_path).run("run", "order.toml", "--out", "none")
    assert done.returncode == 2 and "device-package" in done.stderr and "no insertion_direction_lps" in done.stderr
