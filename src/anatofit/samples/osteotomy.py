"""The sample "osteotomy": a computed tibia, and an order for an opening wedge that is told by anatomy alone."""

from __future__ import annotations

from pathlib import Path

from anatofit.model.frame import Laterality
from anatofit.samples.shin_bone import shin_bone
from anatofit.samples.tibia import binary_stl

PRESCRIPTION = """\
# A sample order: the bone is computed, nobody's tibia. No coordinate is needed: the bone is recognised, its side is judged,
# joint line and mechanical axis are found, and the wedge is told from them.

[order]
case = "SAMPLE-3"
device = "cutting-guide"
laterality = "R"
prescriber = "Department of Orthopaedics"

[source]
surface = "tibia.stl"
unit = "mm"
frame = "LPS"

[locate]
bone = "tibia"

# Opened by 7 degrees from the medial side; the saw enters 40 mm below the joint line, and ends 10 mm before the lateral cortex.
[[plan.wedge]]
kind = "opening"
angle_deg = 7
side = "medial"
start_mm = 40
hinge_from_cortex_mm = 10
hinge_below_joint_mm = 15

[make]
material = "PA12"
"""


def write_osteotomy(directory: Path) -> Path:
    """Surface and prescription of the sample; returns the prescription's path."""
    (directory / "tibia.stl").write_bytes(binary_stl(shin_bone(Laterality.RIGHT)))
    path = directory / "prescription.toml"
    path.write_text(PRESCRIPTION, encoding="utf-8")
    return path
