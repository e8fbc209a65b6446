"""Files measured by processes of their own give what the same code gives here; a process that dies is named."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from anatofit.app.apart import measured_apart
from anatofit.errors import AnatofitError
from anatofit.model.finding import Requirement
from anatofit.pack.stl import stl_bytes
from anatofit.verify.apart import shares
from anatofit.verify.run import verify
from anatofit.verify.stl_reader import parse_stl
from tests.app.fakes import tetrahedron

FILES = {
    "device/plate.stl": stl_bytes(tetrahedron()),
    "models/host.stl": stl_bytes(tetrahedron(30.0)),
    "plan.json": b"{}",
}


def asked(*checks: str) -> list[Requirement]:
    return [
        Requirement(id=f"X-{n}", what=c, check=c, part="plate", unit="", limit_low=0.0) for n, c in enumerate(checks)
    ]


def test_findings_come_back_in_order_and_are_those_of_one_process() -> None:
    wanted = asked("closed_manifold", "self_intersection", "components", "min_wall", "clearance_min", "no such check")
    parts, models = {"plate": parse_stl(FILES["device/plate.stl"])}, {"host": parse_stl(FILES["models/host.stl"])}
    assert measured_apart(FILES, wanted) == verify(parts, requirements=wanted, models=models, plan={})


def test_every_requirement_is_in_one_share() -> None:
    wanted = asked("min_wall", "clearance_min", "holes", "mass_g")
    assert sorted(np.concatenate(shares(wanted))) == [0, 1, 2, 3]
    assert shares(asked("mass_g")) == [[0]] and shares([]) == []


def test_the_files_are_compared_beside_the_fewer_dear_checks() -> None:
    assert shares(asked("min_wall", "penetration", "wrong_seat", "stl_3mf_same")) == [[0, 3], [1, 2]]
    assert shares(asked("min_wall", "max_wall", "penetration", "stl_3mf_same")) == [[0, 1], [2, 3]]


def test_a_process_that_dies_is_an_error_with_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AnatofitError, match=r"measures the files ended with 1: .*JSONDecodeError"):
        measured_apart({**FILES, "plan.json": b"{"}, asked("components"))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(AnatofitError, match="ended with"):
        measured_apart(FILES, asked("components"))
