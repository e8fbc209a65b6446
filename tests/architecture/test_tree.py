"""What every file of the repository keeps to: no machine, no registry, rooms that can be read at a sitting."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT, python_files, relative, text_files

LONGEST_ROOM_LINES = 300
# an absolute folder of somebody's machine; system folders that scripts/system-packages looks into are meant
MACHINE_PATHS = re.compile(r"(?<![\w.~/-])/(?:work|home|Users|root|opt|mnt|srv)/[\w.-]+")
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|files\.pythonhosted|deb\.debian\.org|unpkg\.com|jsdelivr|cdnjs", re.I
)
HERE = Path(__file__).resolve()


def _matches(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in text_files():
        if path == HERE:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{relative(path)}: {m.group(0)}" for m in pattern.finditer(text)]
    return found


def test_no_file_names_a_folder_of_some_machine() -> None:
    assert _matches(MACHINE_PATHS) == []


def test_no_file_names_a_package_registry() -> None:
    assert _matches(REGISTRIES) == []


def test_no_lock_file_is_kept_that_would_name_one() -> None:
    assert [n for n in ("uv.lock", "pylock.toml", "poetry.lock") if (ROOT / n).exists()] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_library_is_pinned_with_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert lines
    assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []


def test_both_requirements_hold_the_same_versions() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", (ROOT / name).read_text("utf-8"), flags=re.M))

    run, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: (version, dev.get(name)) for name, version in run.items() if dev.get(name) != version} == {}


def test_rooms_are_short() -> None:
    lengths = {relative(f): len(f.read_text("utf-8").splitlines()) for f in python_files(PACKAGE)}
    assert {name: n for name, n in lengths.items() if n > LONGEST_ROOM_LINES} == {}


def test_every_module_begins_with_a_claim() -> None:
    files = [f for f in python_files(PACKAGE) if f.stat().st_size]
    assert [relative(f) for f in files if not f.read_text("utf-8").lstrip().startswith(('"""', 'r"""'))] == []


def test_nothing_claims_a_clearance() -> None:
    claims = re.compile(r"\b(?:FDA[- ](?:cleared|approved)|CE[- ]marked|is compliant|certified for clinical)\b", re.I)
    assert _matches(claims) == []
