"""The sample "foot": a computed foot as a surface, a synthetic map of pressures under it, and an order for an insole."""

from __future__ import annotations

from pathlib import Path

from anatofit.model.frame import Laterality
from anatofit.samples.foot import in_lps, skin
from anatofit.samples.foot_forms import pressure_map_text
from anatofit.samples.tibia import binary_stl

PRESCRIPTION = """\
# A sample order: the foot is computed, nobody's; the pressures under it are synthetic. Every key of [design] is optional.

[order]
case = "SAMPLE-3"
device = "insole"
laterality = "R"
prescriber = "Department of Podiatry"

[source]
surface = "foot.stl"
unit = "mm"
frame = "LPS"
pressure = "pressure.csv"

[design]
length = "full"
thickness_mm = 4.0
heel_cup_mm = 13
rearfoot_post_deg = 3

[make]
material = "TPU-85A"
printer = "filament-300"
"""


def write_foot(directory: Path) -> Path:
    """Surface, pressure map and prescription of the sample; returns the prescription's path."""
    foot = in_lps(skin(Laterality.RIGHT))
    (directory / "foot.stl").write_bytes(binary_stl(foot, what="computed foot"))
    (directory / "pressure.csv").write_text(pressure_map_text(Laterality.RIGHT), encoding="utf-8")
    path = directory / "prescription.toml"
    path.write_text(PRESCRIPTION, encoding="utf-8")
    return path
