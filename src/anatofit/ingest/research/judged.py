"""A device's limits on a research volume: kept, waived, or not judged because nothing in it tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anatofit.ingest.figure import Figure, unjudged
from anatofit.ingest.research.shape import Shape
from anatofit.ingest.rules import found
from anatofit.ingest.series.suitability import ROUNDING_MM
from anatofit.model.case import Waiver
from anatofit.model.finding import Finding
from anatofit.model.scan import Limit, ScanFinding, ScanLimits


def limit_findings(shape: Shape, limits: ScanLimits) -> Iterator[ScanFinding]:
    """Every limit on steps, pixels and extent that the volume does not keep."""
    yield from _over("slice-thickness", "The longest step of the voxels is", shape.step_mm, limits.slice_spacing_mm)
    yield from _over("pixel-size", "The voxels measure across it", max(shape.pixel_mm), limits.pixel_mm)
    height = shape.count * shape.step_mm
    if shape.count < limits.slice_count_min:
        yield found("too-few-slices", f"{shape.count} slices, at least {limits.slice_count_min} are wanted",
                    measured=shape.count, limit=limits.slice_count_min, unit="slices")  # fmt: skip
    elif height < limits.height_mm_min:
        yield found("too-short", f"The volume is {height:.1f} mm high, at least {limits.height_mm_min:g} mm are wanted",
                    measured=height, limit=limits.height_mm_min, unit="mm")  # fmt: skip


def _over(rule: str, was: str, measured: float, limit: Limit) -> Iterator[ScanFinding]:
    if measured <= limit.fit + ROUNDING_MM:
        return
    waivable = limit.waivable_to is None or measured <= limit.waivable_to + ROUNDING_MM
    most = "" if waivable else f", and {limit.waivable_to:g} mm is the most that can be waived"
    yield found(rule, f"{was} {measured:.3f} mm, at most {limit.fit:g} mm is wanted{most}",
                measured=measured, limit=limit.fit, unit="mm", waivable=waivable)  # fmt: skip


def findings_of(
    shape: Shape, limits: ScanLimits, judged: Sequence[ScanFinding], waivers: Sequence[Waiver]
) -> Iterator[Finding]:
    """The limits with what was measured; one that a person waived is not passed, but waived."""
    waived = {f.rule: next(w for w in waivers if w.rule == f.rule) for f in judged}
    for rule, what, measured, unit, low, high in (
        ("slice-thickness", "longest step of the voxels", shape.step_mm, "mm", None, limits.slice_spacing_mm.fit),
        ("pixel-size", "largest voxel across it", max(shape.pixel_mm), "mm", None, limits.pixel_mm.fit),
        ("too-few-slices", "number of slices", float(shape.count), "slices", limits.slice_count_min, None),
    ):
        by = waived.get(rule)
        yield Finding(
            id=rule, what=what, measured=measured, unit=unit, limit_low=low, limit_high=high, passed=by is None,
            waived=by is not None, basis="scan", detail=f"waived by {by.by}: {by.reason}" if by else "",
        )  # fmt: skip


def not_judged(limits: ScanLimits) -> list[str]:
    """Limits on what DICOM alone tells, as sentences that name rule, limit and what is missing."""
    said = []
    if limits.age_years_min is not None:
        said.append(
            f"patient-age (at least {limits.age_years_min.fit:g} years) was not judged: research input bears no age"
        )
    no_tags = Limit(fit=0) if limits.body_parts is not None else None
    for rule, unit, limit, missing in (
        ("scan-age", "days", limits.scan_age_days, "date"),
        ("contrast-agent", "slices", limits.contrast_slices, "tag of a contrast agent"),
        ("mixed-kernels", "kernels", limits.kernel_count, "tag of a kernel"),
        ("body-part", "slices", no_tags, "tag of the part of the body"),
    ):
        if limit is not None:
            figure = Figure(rule, rule, "", None, unit, limit, missing=f"research input bears no {missing}")
            said += filter(None, [unjudged(figure)])
    return said


def judged_in(shape: Shape, limits: ScanLimits) -> Iterator[str]:
    """Which way the slices were taken to lie, where figures of the image depend on it."""
    if any((limits.noise_hu, limits.blur_mm, limits.motion_mm, limits.slices_out_of_order)):
        yield (
            f"noise, blur, motion and order were judged in slices along {shape.letter}, the axis of the longest step: "
            "the file does not tell how it was scanned"
        )
