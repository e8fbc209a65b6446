"""Every requirement of validation/ names evidence that exists, and every bar has a study."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
REQUIREMENTS = tomllib.loads((ROOT / "validation" / "requirements.toml").read_text(encoding="utf-8"))["requirement"]
ACCEPTANCE = tomllib.loads((ROOT / "validation" / "acceptance.toml").read_text(encoding="utf-8"))


def test_ids_are_unique_and_each_requirement_has_evidence() -> None:
    assert len({r["id"] for r in REQUIREMENTS}) == len(REQUIREMENTS)
    assert all(r.get("study") or r["tests"] for r in REQUIREMENTS)


def test_the_tests_that_are_named_exist() -> None:
    assert [p for r in REQUIREMENTS for p in r["tests"] if not (ROOT / p).exists()] == []


def test_every_table_of_bars_is_a_study_that_a_requirement_names() -> None:
    assert set(ACCEPTANCE) == {r["study"] for r in REQUIREMENTS if "study" in r}
    for name in ACCEPTANCE:
        room = f"validation.{name}" if name in ("bench", "fuzz") else f"validation.studies.{name}"
        assert importlib.util.find_spec(room) is not None
