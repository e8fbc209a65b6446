"""A whole run in a fraction of a second: every stage and the device answer with small nouns of the right kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from anatofit.app import stages
from anatofit.devices.cranial_plate import DEVICE
from anatofit.model.anatomy import Anatomy
from anatofit.model.cranium import BoneEdge, Defect, LocatedCranium, RestoredCranium
from anatofit.model.finding import Finding, Requirement
from anatofit.model.frame import Laterality, Plane
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh
from anatofit.model.part import Part
from anatofit.model.pictures import ScanLook
from anatofit.model.provenance import InputRecord, ScanFacts
from anatofit.model.scan import LoadedScan
from anatofit.model.volume import Field, Volume

PRESCRIPTION = """
[order]
case = "A-0001"
device = "cranial-plate"
laterality = "R"
prescriber = "Department of Neurosurgery"
[source]
dicom = "scan"
[design]
gap_mm = 0.5
"""


def write_prescription(folder: Path, text: str = PRESCRIPTION) -> Path:
    """A prescription, and the folder that it names as the scan."""
    (folder / "scan").mkdir(exist_ok=True)
    (folder / "scan" / "slice").write_bytes(b"a slice")
    path = folder / "order.toml"
    path.write_text(text)
    return path


def tetrahedron(size: float = 10.0, at: tuple[float, float, float] = (-40.0, 20.0, 60.0)) -> Mesh:
    """Four triangles, closed, seen from outside counter-clockwise."""
    corners = np.array([[0, 0, 0], [size, 0, 0], [0, size, 0], [0, 0, size]]) + np.array(at)
    return Mesh(corners, np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]]))


class FakePlan(BaseModel):
    case: str
    gap_mm: float


class FakeDevice:
    """The cranial plate with a plan of two numbers and a tetrahedron for a part."""

    name, title = DEVICE.name, DEVICE.title
    envelope = DEVICE.envelope
    spec, scan_limits = DEVICE.spec, DEVICE.scan_limits

    def plan(self, anatomy: Anatomy, spec: Any, *, case: str) -> FakePlan:
        return FakePlan(case=case, gap_mm=spec.gap_mm)

    def read_plan(self, data: Any) -> FakePlan:
        return FakePlan.model_validate(data)

    def build(self, anatomy: Anatomy, plan: FakePlan) -> tuple[Part, ...]:
        return (Part("plate", tetrahedron(10.0 - plan.gap_mm)),)


def a_scan() -> LoadedScan:
    grid = Grid((4, 5, 6), np.zeros(3), np.ones(3))
    volume = Volume(grid, np.arange(120, dtype=np.int16).reshape(4, 5, 6))
    facts = ScanFacts(
        series_uid="1.2.3", study_uid="1.2", frame_of_reference_uid="1.2.4", modality="CT", slice_count=4, rows=5, columns=6,
        pixel_mm=(1.0, 1.0), slice_step_mm=1.0, input=InputRecord(uid="1.2.3", sha256="a" * 64, count=4),
    )  # fmt: skip
    finding = Finding(
        id="slice-thickness", what="step", measured=1.0, unit="mm", limit_high=1.5, passed=True, basis="scan"
    )
    return LoadedScan(volume, facts, (finding,), ())


def a_field(grid: Grid) -> Field:
    return Field(grid, np.linspace(-1, 1, 120, dtype=np.float32).reshape(4, 5, 6))


def located() -> LocatedCranium:
    plane = Plane(np.zeros(3), np.array([1.0, 0.0, 0.0]))
    defect = Defect(1, Laterality.RIGHT, np.zeros(3), np.eye(3), 30.0, 700.0, 1.0)
    up = np.array([0.0, 0.0, 1.0])
    return LocatedCranium(plane, 0.5, np.zeros(3), up, (defect,), 1, Laterality.RIGHT, {"extent_mm": 30.0}, "Located.")


def fake_run(monkeypatch: pytest.MonkeyPatch, *, passes: bool = True) -> None:
    """Puts the small answers in the place of every stage but pack."""
    grid = a_scan().volume.grid
    field = a_field(grid)
    restored = RestoredCranium(field, field, field, field, np.eye(3), {}, "Restored.")
    surfaces = {"host": tetrahedron(50.0), "missing_bone": tetrahedron(9.0), "outer_contour": tetrahedron(60.0)}
    figures = {"host_edge_deviation_p50_mm": 3e-6, "host_edge_deviation_p95_mm": 0.04}
    anatomy = Anatomy("cranium", Laterality.RIGHT, surfaces, {"rim": np.eye(3)}, figures=figures)
    requirement = Requirement(
        id="CR-GAP-1", what="clearance", check="clearance_min", part="plate", unit="mm", limit_low=0.45
    )
    finding = Finding(id="CR-GAP-1", what="clearance", measured=0.5, unit="mm", limit_low=0.45, passed=passes)
    finding = finding if passes else finding.model_copy(update={"advice": "a larger gap_mm"})
    monkeypatch.setattr("anatofit.devices.registry.get_device", lambda name: FakeDevice())
    monkeypatch.setattr(stages, "load", lambda job: a_scan())
    monkeypatch.setattr(
        stages, "segment", lambda volume, labels, edge_hu: BoneEdge(volume, field, {"edge_hu": 300.0}, "Segmented.")
    )
    monkeypatch.setattr(stages, "locate", lambda bone, job: located())
    monkeypatch.setattr(stages, "restore", lambda bone, there: restored)
    monkeypatch.setattr(stages, "surface", lambda bone, there, whole, shown: (anatomy, field, ScanLook(np.eye(3), {})))
    monkeypatch.setattr(stages, "whole", lambda whole: tetrahedron(70.0))
    monkeypatch.setattr("anatofit.app.walk.done_away", lambda step, inputs: step.run(None, inputs))
    monkeypatch.setattr(stages, "verify", lambda job, files, plan: ([requirement], [finding]))
    monkeypatch.setattr(stages, "report", lambda job, at: {"report.html": b"<html>", "figures/view.png": b"png"})
