"""The pinned libraries install as they were pinned, also once newer releases are out."""

from __future__ import annotations

from importlib.metadata import distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source import ROOT


def _pins() -> dict[str, set[str]]:
    """Extras named beside each pin, by canonical name."""
    lines = (ROOT / "requirements-dev.txt").read_text("utf-8").splitlines()
    pinned = [Requirement(line.removesuffix("\\").strip()) for line in lines if line[:1].isalnum()]
    return {canonicalize_name(r.name): r.extras for r in pinned}


def test_a_pin_names_every_extra_that_an_installed_library_asks_for() -> None:
    # pip resolves `coverage[toml]` apart from a pin that says `coverage==…`, takes the newest, and finds no hash for it
    pins = _pins()
    asked = {
        (canonicalize_name(need.name), extra)
        for owner in distributions()
        for need in map(Requirement, owner.requires or ())
        if need.marker is None or need.marker.evaluate({"extra": ""})
        for extra in need.extras
    }
    assert ("coverage", "toml") in asked
    assert {(name, extra) for name, extra in asked if name in pins and extra not in pins[name]} == set()
