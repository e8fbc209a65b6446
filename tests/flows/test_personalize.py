"""The flow and the command give the same bytes; what did not change is not done twice; and nothing is pickled."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from anatofit.app import stages
from anatofit.app.personalize import Request, personalize
from tests.app.fakes import PRESCRIPTION, fake_run, write_prescription

pytestmark = [pytest.mark.slow, pytest.mark.flow]

SAME = ("device/plate.stl", "device/plate.3mf", "models/host.stl", "models/missing_bone.stl", "plan.json")


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """The flow on Prefect's own temporary server, with a home of its own."""
    os.environ["PREFECT_HOME"] = str(tmp_path_factory.mktemp("prefect"))
    testing = pytest.importorskip("prefect.testing.utilities")
    from pipelines.personalize import personalize as entry

    with testing.prefect_test_harness(
        server_startup_timeout=180
    ):  # it takes 15 s on a free machine, more on a busy one
        yield entry


def test_the_flow_gives_the_bytes_of_the_command_and_does_nothing_twice(flow, tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch)
    order = write_prescription(tmp_path, PRESCRIPTION + '[patient]\nid = "DOE-4711"\n')
    personalize(Request(order, tmp_path / "command"))
    store = tmp_path / "store"
    summary = flow(str(order), str(tmp_path / "flow"), str(store))
    assert summary.fit
    for path in SAME:
        assert (tmp_path / "flow" / path).read_bytes() == (tmp_path / "command" / path).read_bytes()
    hashes = [[json.loads(line)["outputs"] for line in _ledger(tmp_path / n)] for n in ("command", "flow")]
    assert hashes[0][:-1] == hashes[1][:-1]

    assert {p.suffix for p in store.rglob("*") if p.is_file()} == {".json", ".npy"}
    assert not any(
        b"DOE-4711" in p.read_bytes() for p in store.rglob("*") if p.is_file() and p.parent.name == "results"
    )

    monkeypatch.setattr(stages, "load", lambda job: pytest.fail("the scan was read again"))
    assert flow(str(order), str(tmp_path / "again"), str(store)).fit
    assert (tmp_path / "again" / "device/plate.stl").read_bytes() == (
        tmp_path / "flow" / "device/plate.stl"
    ).read_bytes()

    (tmp_path / "scan" / "slice").write_bytes(b"another slice")
    with pytest.raises(pytest.fail.Exception, match="read again"):
        flow(str(order), str(tmp_path / "third"), str(store))
    assert not (tmp_path / "third").exists()


def _ledger(pack: Path) -> list[bytes]:
    return (pack / "ledger.jsonl").read_bytes().splitlines()
