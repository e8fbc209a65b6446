"""What the documents promise is there: commands, scripts, exit codes, rules, sources, shipped data."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import distribution, entry_points

import pytest

from anatofit import errors
from anatofit.rules import RULES, TABLES
from anatofit.rules.page import page
from tests.architecture.source import PACKAGE, ROOT, python_files

README = (ROOT / "README.md").read_text(encoding="utf-8")
VERBS = ("run", "devices", "inspect", "check", "export-volume", "sample", "compare", "deidentify", "receive", "pull")


def test_the_scripts_and_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.M))
    assert set(re.findall(r"^make ([a-z]+)", README, flags=re.M)) <= targets
    scripts = re.findall(r"\bscripts/([a-z-]+)", README)
    assert scripts
    assert [s for s in scripts if not (ROOT / "scripts" / s).stat().st_mode & 0o111] == []


def test_the_links_of_the_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    broken = []
    for doc in pages:
        links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", doc.read_text("utf-8"))
        gone = [link for link in links if "://" not in link and not (doc.parent / link).exists()]
        broken += [f"{doc.relative_to(ROOT)}: {link}" for link in gone]
    assert broken == []


@pytest.mark.parametrize("verb", VERBS)
def test_the_verbs_of_the_readme_exist(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    from anatofit.cli.main import main

    assert f"anatofit {verb}" in README
    try:
        code = main([verb, "--help"])
    except SystemExit as end:
        code = end.code
    assert not code
    assert verb in capsys.readouterr().out


def test_exit_codes_of_the_errors_are_those_of_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text("utf-8")
    documented = {int(n) for n in re.findall(r"^\| (\d) \|", page, flags=re.M)}
    raised = {c.exit_code for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.AnatofitError)}
    assert documented == {0, 1, 2, 3, 4}
    assert raised <= documented


def test_the_page_of_errors_is_the_one_that_the_code_makes() -> None:
    assert (ROOT / "docs" / "reference" / "errors.md").read_text("utf-8") == page()


def test_codes_and_names_are_each_given_once() -> None:
    rules = [rule for table in TABLES.values() for rule in table]
    assert len({r.code for r in rules}) == len({r.name for r in rules}) == len(rules)
    assert all(re.fullmatch(r"AF-[1-5]\d{3}", r.code) for r in rules)
    assert all(r.meaning.endswith(".") and r.remedy.endswith(".") for r in rules)


def _reasons() -> set[str]:
    """First arguments of every `Reason("…", …)` in the source."""
    calls = [
        n for f in python_files(PACKAGE) for n in ast.walk(ast.parse(f.read_text("utf-8"))) if isinstance(n, ast.Call)
    ]
    named = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "Reason" and c.args]
    return {c.args[0].value for c in named if isinstance(c.args[0], ast.Constant)} - {"error"}


def test_every_rule_that_a_message_bears_has_a_code_of_its_own() -> None:
    assert sorted(r for r in _reasons() if r not in RULES) == []


def _rows() -> list[tuple[str, str, dict[str, object]]]:
    found = []
    for path in sorted((PACKAGE / "devices").rglob("envelope.toml")):
        tables = tomllib.loads(path.read_text("utf-8"))
        found += [(path.parent.name, f"{t}.{n}", row) for t, rows in tables.items() for n, row in rows.items()]
    return found


@pytest.mark.parametrize(("device", "name", "row"), _rows(), ids=lambda v: v if isinstance(v, str) else "")
def test_every_row_of_an_envelope_names_its_source(device: str, name: str, row: dict[str, object]) -> None:
    assert str(row.get("source", "")).strip(), f"{device} {name} has no source"
    assert (
        row.get("proposal", False)
        or "proposal" not in str(row["source"]).split(";")[0].lower()
        or name.startswith("scan.")
    )


def test_every_data_file_of_the_source_is_in_the_installed_package() -> None:
    shipped = {str(f) for f in distribution("anatofit").files or []}
    wanted = [p for p in PACKAGE.rglob("*") if p.is_file() and p.suffix not in (".pyc", ".py")]
    assert wanted
    missing = [p.name for p in wanted if f"anatofit/{p.relative_to(PACKAGE).as_posix()}" not in shipped]
    editable = not any(s.startswith("anatofit/") for s in shipped)
    assert editable or missing == []


def test_our_own_device_comes_through_the_same_door_as_a_stranger_s() -> None:
    doors = {e.name: e.value for e in entry_points(group="anatofit.devices")}
    assert doors["cranial-plate"] == "anatofit.devices.cranial_plate:DEVICE"
