"""The sample "limb": a computed residual limb as a surface, and an order for a socket."""

from __future__ import annotations

from pathlib import Path

from anatofit.model.frame import Laterality
from anatofit.samples.residual_limb import residual_limb
from anatofit.samples.tibia import binary_stl

PRESCRIPTION = """\
# A sample order: the limb is computed, nobody's. Every key of [design] is optional.

[order]
case = "SAMPLE-4"
device = "socket"
laterality = "R"
prescriber = "Department of Prosthetics"

[source]
surface = "limb.stl"
unit = "mm"
frame = "LPS"

[design]
template = "hybrid"
liner_mm = 3
flexion_deg = 5
adduction_deg = 3

[make]
material = "PA12"
printer = "filament-300"
"""


def write_limb(directory: Path) -> Path:
    """Surface and prescription of the sample; returns the prescription's path."""
    limb = residual_limb(Laterality.RIGHT)
    (directory / "limb.stl").write_bytes(binary_stl(limb.skin, what="computed residual limb"))
    path = directory / "prescription.toml"
    path.write_text(PRESCRIPTION, encoding="utf-8")
    return path
