"""A stored result is found only where all that it depends on is the same."""

from __future__ import annotations

from anatofit.app.caching import folder_sha256, result_key
from anatofit.app.prescription import read_job
from anatofit.app.routes.cranium import CRANIUM_CT
from anatofit.app.step import notes_of
from tests.app.fakes import fake_run, write_prescription


def keys(path, **overrides: object) -> dict[str, str]:
    job = read_job(path, **overrides)
    return {
        s.name: result_key(s.name, parameters=s.parameters(job), unspoken=s.unspoken(job), inputs={})
        for s in CRANIUM_CT.steps
    }


def changed(path, entry: str) -> set[str]:
    before, after = keys(path), keys(path, overrides=[entry])
    return {name for name in before if before[name] != after[name]}


def test_a_change_touches_only_what_depends_on_it(tmp_path, monkeypatch) -> None:
    fake_run(monkeypatch)
    order = write_prescription(tmp_path)
    assert changed(order, "order.device=cranial-plate") == set()
    assert changed(order, "design.gap_mm=0.7") == {"plan", "build", "export", "verify", "report"}
    assert changed(order, "make.material=PMMA") == {"verify", "report"}
    assert changed(order, "locate.edge_hu=300.0") == {"segment", "report"}
    assert {"locate", "report"} == changed(order, "order.laterality=L")
    assert changed(order, "order.case=B-2") == {"plan", "report"}
    assert changed(order, "patient.id=x") == {"ingest", "report"}


def test_a_changed_slice_is_another_scan(tmp_path) -> None:
    order = write_prescription(tmp_path)
    before = folder_sha256(order.parent / "scan")
    (tmp_path / "scan" / "slice").write_bytes(b"other")
    assert folder_sha256(order.parent / "scan") != before
    assert folder_sha256(tmp_path / "none") == folder_sha256(tmp_path / "none too")


def test_a_changed_surface_is_another_scan(tmp_path) -> None:
    (tmp_path / "limb.stl").write_bytes(b"one")
    before = folder_sha256(tmp_path / "limb.stl")
    (tmp_path / "limb.stl").write_bytes(b"other")
    assert folder_sha256(tmp_path / "limb.stl") not in (before, folder_sha256(tmp_path / "none"))


def test_every_step_takes_only_what_an_earlier_one_gave() -> None:
    made: set[str] = set()
    for step in CRANIUM_CT.steps:
        assert set(step.inputs) <= made
        made |= {*step.outputs, notes_of(step.name)}
