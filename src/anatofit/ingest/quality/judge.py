"""Whether the pixels are good enough for the device: noise, blur, metal, bone that the field cuts off, movement between slices.

Each figure is measured only where the device limits it, on some slices or lines where those tell enough (each room says how many).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.ingest.figure import Figure, beyond, kept, unjudged
from anatofit.ingest.quality.field import CutBone, cut_bone
from anatofit.ingest.quality.metal import METAL_HU, metal_of
from anatofit.ingest.quality.motion import motion_of
from anatofit.ingest.quality.noise import noise_hu
from anatofit.ingest.quality.order import disorder_of
from anatofit.ingest.quality.sharpness import blur_mm
from anatofit.ingest.rules import apply_waivers, listed
from anatofit.ingest.series.judged import waived_finding
from anatofit.ingest.series.stack import AXIS_NAMES
from anatofit.model.case import Waiver
from anatofit.model.finding import Finding
from anatofit.model.frame import FloatArray
from anatofit.model.scan import Limit, ScanLimits
from anatofit.model.volume import Volume
from anatofit.model.words import bracketed, counted


@dataclass(frozen=True)
class ImageJudgement:
    """An image that is good enough: its figures, the rules that a person waived, and what could not be judged."""

    findings: tuple[Finding, ...]
    waived: frozenset[str]
    not_judged: tuple[str, ...]


@dataclass(frozen=True)
class _Scan:
    """The volume with the array axis (of k, j, i) that runs from slice to slice.

    stride: how many slices of the grid one step of the scan takes, 1 where nothing was resampled.
    """

    volume: Volume
    slice_axis: int
    stride: int

    @property
    def letter(self) -> str:
        return AXIS_NAMES[2 - self.slice_axis]

    def place_mm(self, index: int) -> float:
        """Where the middle of a slice lies along its stack."""
        middle = (np.array(self.volume.grid.shape_kji) - 1) / 2
        middle[self.slice_axis] = index
        return float(self.volume.grid.to_lps(middle[::-1])[2 - self.slice_axis])

    @property
    def slices_first(self) -> tuple[NDArray[Any], tuple[float, float, float]]:
        """The values with the slices along the first axis, and their spacing."""
        order = [self.slice_axis, *(a for a in range(3) if a != self.slice_axis)]
        step, down, across = (float(self.volume.grid.spacing_ijk_mm[2 - a]) for a in order)
        return self.volume.hu.transpose(order), (step, down, across)


def judge_image(
    volume: Volume, normal_lps: FloatArray, *, step_mm: float, limits: ScanLimits, waivers: Sequence[Waiver]
) -> ImageJudgement:
    """The image's figures within the limits, or waived. normal_lps: (3,) direction from slice to slice of the scan, step_mm apart.

    Raises ScanUnsuitableError with every figure that is beyond its limit and not waived.
    """
    figures = image_figures(volume, normal_lps, limits, step_mm=step_mm)
    findings = apply_waivers([f for f in map(beyond, figures) if f is not None], waivers)
    if blocking := [f for f in findings if f.blocks]:
        raise ScanUnsuitableError([Reason(f.rule, f.message) for f in blocking])
    by_rule = {f.rule: f for f in figures}
    taken_on = [
        waived_finding(f, waivers, detail=by_rule[f.rule].detail, values=by_rule[f.rule].values) for f in findings
    ]
    return ImageJudgement(
        tuple([f for f in map(kept, figures) if f is not None] + taken_on),
        frozenset(f.rule for f in findings),
        tuple(said for said in map(unjudged, figures) if said is not None),
    )


def image_figures(volume: Volume, normal_lps: FloatArray, limits: ScanLimits, *, step_mm: float) -> list[Figure]:
    """Every figure of the pixels that the device limits."""
    along = int(np.argmax(np.abs(volume.grid.direction_lps.T @ normal_lps)))
    scan = _Scan(volume, 2 - along, max(1, round(step_mm / float(volume.grid.spacing_ijk_mm[along]))))
    measures: list[tuple[Limit | None, Callable[[_Scan, Limit], Figure]]] = [
        (limits.slices_out_of_order, _order), (limits.noise_hu, _noise), (limits.blur_mm, _blur), (limits.metal_mm3, _metal),
        (limits.motion_mm, _motion),
    ]  # fmt: skip
    return [measure(scan, limit) for limit, measure in measures if limit is not None] + _cuts(volume, limits)


def _noise(scan: _Scan, limit: Limit) -> Figure:
    return Figure(
        "image-noise", "noise of soft tissue in windows of 6 mm, with what neighbouring pixels share (standard deviation)", "The noise of soft tissue is",
        noise_hu(*scan.slices_first), "HU", limit, missing="the image shows too little soft tissue",
    )  # fmt: skip


def _blur(scan: _Scan, limit: Limit) -> Figure:
    return Figure(
        "image-blur", "blur within the slices at the edge of the skin, with the pixel's own (full width at half height)",
        "The blur within the slices is", blur_mm(*scan.slices_first), "mm", limit, digits=2,
        missing="the image shows too little skin beside air that no mask has cut",
    )  # fmt: skip


def _metal(scan: _Scan, limit: Limit) -> Figure:
    metal = metal_of(scan.volume, slice_axis=scan.slice_axis)
    detail = ""
    values: dict[str, float] = {}
    if metal.bodies:
        x, y, z = metal.centre_lps_mm
        ends = scan.place_mm(metal.slices[0]), scan.place_mm(metal.slices[-1])
        values = {"pieces": float(metal.bodies), "largest_mm3": round(metal.largest_mm3, 1), "x_mm": round(x, 1),
                  "y_mm": round(y, 1), "z_mm": round(z, 1), "slices": float(len(metal.slices))}  # fmt: skip
        detail = (
            f"{counted(metal.bodies, 'piece')}, the largest of {metal.largest_mm3:.0f} mm³ at LPS {bracketed((x, y, z), 1)} mm; "
            f"streaks run in {counted(len(metal.slices), 'slice')} between {scan.letter} = {ends[0]:.1f} and {ends[1]:.1f} mm"
        )
    return Figure("metal", f"metal (bodies from {METAL_HU} HU)", "Metal fills", metal.volume_mm3, "mm³", limit, digits=0,
                  detail=detail, values=values)  # fmt: skip


def _motion(scan: _Scan, limit: Limit) -> Figure:
    """Slices as far apart as the scan's own: between those of a resampled grid the image does not move, it fades over."""
    hu, (step, down, across) = scan.slices_first
    motion = motion_of(hu[:: scan.stride], (step * scan.stride, down, across))
    below, above = scan.place_mm(motion.at * scan.stride), scan.place_mm((motion.at + 1) * scan.stride)
    judged = f"judged at {motion.judged} of {motion.pairs} pairs of neighbouring slices"
    detail = f"between {scan.letter} = {below:.2f} and {above:.2f} mm; {judged}"
    return Figure(
        "motion-step", "largest jump between neighbouring slices", "The image jumps by", motion.step_mm, "mm", limit,
        detail=detail, missing="no slices resemble their neighbours enough", positions_mm=(below, above),
    )  # fmt: skip


def _order(scan: _Scan, limit: Limit) -> Figure:
    hu, _ = scan.slices_first
    found = disorder_of(hu[:: scan.stride])
    kinds = (("without a picture", found.blank), ("the same as the one before", found.repeated),
             ("unlike both neighbours", found.stray), ("before a jump", found.jumps))  # fmt: skip
    places = [scan.place_mm(k * scan.stride) for k in found.slices]
    told = [
        f"{len(slices)} {kind} ({scan.letter} = {listed([f'{scan.place_mm(k * scan.stride):.2f}' for k in slices])} mm)"
        for kind, slices in kinds
        if slices
    ]
    return Figure(
        "slice-order", "slices that cannot stand where they do", "Slices that cannot stand where they do:", float(len(places)),
        "slices", limit, digits=0, detail="; ".join(told), positions_mm=tuple(places),
    )  # fmt: skip


def _cuts(volume: Volume, limits: ScanLimits) -> list[Figure]:
    wanted = {"sides": limits.cut_sides_mm2, "head": limits.cut_head_mm2, "foot": limits.cut_foot_mm2}
    if not any(wanted.values()):
        return []
    cut = cut_bone(volume)
    return [_cut(cut, name, limit) for name, limit in wanted.items() if limit is not None]


def _cut(cut: CutBone, name: str, limit: Limit) -> Figure:
    if name != "sides":
        return Figure(f"bone-cut-{name}", f"bone that the end towards the {name} cuts", f"The bone that the end towards the {name} cuts measures",
                      cut.mm2[name], "mm²", limit, digits=0)  # fmt: skip
    sides = {side: round(cut.mm2[side]) for side in ("right", "left", "front", "back")}
    where = ", ".join(f"{side} {area} mm²" for side, area in sides.items() if area)
    return Figure(
        "bone-cut-sides", "bone that the field of view cuts at its sides", "The bone that the sides of the field of view cut measures",
        cut.of(*sides), "mm²", limit, digits=0, detail=where,
        values={f"{side}_mm2": float(area) for side, area in sides.items() if area},
    )  # fmt: skip
