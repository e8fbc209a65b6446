"""The sample "tibia": a computed shin bone as a surface, and an order for a guide that leads one cut through it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone

PRESCRIPTION = """\
# A sample order: the bone is computed, nobody's tibia. Every key of [design] is optional.

[order]
case = "SAMPLE-2"
device = "cutting-guide"
laterality = "L"
prescriber = "Department of Orthopaedics"

[source]
surface = "tibia.stl"
unit = "mm"
frame = "LPS"

[plan]
approach = [-0.6, -1.0, 0.0] # out of the bone, towards the hand: medial and in front

# An oblique cut below the plateau, rising to the lateral side. point: on the plane, in the middle of the slot.
[[plan.cut]]
point = [0.0, -3.0, 292.0]
normal = [-0.26, 0.0, 0.97]
length_mm = 28
marks = ["PROX", "DIST"]

[make]
material = "PA12"
"""


def write_tibia(directory: Path) -> Path:
    """Surface and prescription of the sample; returns the prescription's path."""
    (directory / "tibia.stl").write_bytes(binary_stl(long_bone(Laterality.LEFT)))
    path = directory / "prescription.toml"
    path.write_text(PRESCRIPTION, encoding="utf-8")
    return path


def binary_stl(mesh: Mesh, *, what: str = "computed tibia") -> bytes:
    """The triangles as a binary STL with empty normals, which every reader works out itself."""
    record = np.zeros(len(mesh.faces), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")])
    record["corners"] = mesh.triangles_lps_mm
    return f"{what}, mm".encode().ljust(80, b"\0") + np.uint32(len(record)).tobytes() + record.tobytes()
