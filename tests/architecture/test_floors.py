"""Imports run straight down. import-linter holds the package; here stands what it cannot see."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.source import PACKAGE, ROOT, imports, python_files, relative, roots

HEAVY = (
    "vtk",
    "vtkmodules",
    "SimpleITK",
    "scipy",
    "skimage",
    "manifold3d",
    "trimesh",
    "pydicom",
    "prefect",
    "fastapi",
    "lib3mf",
    "jinja2",
    "pynetdicom",
    "requests",
)
JUDGED_ROOMS = (
    "geometry",
    "surface",
    "restore",
    "locate",
    "segment",
    "devices",
    "ingest",
    "exchange",
    "pack",
    "report",
)


def _offenders(folder: str, forbidden: tuple[str, ...]) -> list[str]:
    files = python_files(ROOT / folder)
    return [f"{relative(f)}: {n}" for f in files for n in sorted(imports(f)) if n.startswith(forbidden)]


def test_prefect_is_imported_in_pipelines_and_their_tests_only() -> None:
    places = [PACKAGE, ROOT / "validation", ROOT / "scripts"]
    assert [relative(f) for p in places for f in python_files(p) if "prefect" in roots(f)] == []


def test_verify_imports_no_room_that_it_judges() -> None:
    forbidden = tuple(f"anatofit.{room}" for room in (*JUDGED_ROOMS, "app", "samples"))
    assert _offenders("src/anatofit/verify", forbidden) == []


def test_validation_measures_with_no_geometry_of_the_builder() -> None:
    assert _offenders("validation", ("anatofit.geometry",)) == []


def test_no_relative_imports() -> None:
    assert [relative(f) for f in python_files(PACKAGE) if any(n.startswith(".") for n in imports(f))] == []


def test_stages_do_not_import_each_other() -> None:
    stages = {*JUDGED_ROOMS, "verify", "samples"} - {"geometry"}
    found = []
    for stage in sorted(stages):
        forbidden = tuple(f"anatofit.{other}" for other in sorted(stages - {stage}))
        found += _offenders(f"src/anatofit/{stage}", forbidden)
    assert found == []


def test_the_command_line_starts_without_a_heavy_library() -> None:
    code = f"import sys, anatofit.cli.main; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("name", ["pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"])
def test_nothing_is_pickled(name: str) -> None:
    places = [PACKAGE, ROOT / "pipelines", ROOT / "validation"]
    assert [relative(f) for p in places for f in python_files(p) if name in roots(f)] == []


def test_arrays_are_never_read_as_objects() -> None:
    places = [PACKAGE, ROOT / "pipelines", ROOT / "validation"]
    assert [relative(f) for p in places for f in python_files(p) if "allow_pickle=True" in f.read_text("utf-8")] == []
