"""Each figure beyond the device's limit is a finding by its name, waivable up to the second limit, and shown where it is kept."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from anatofit.app.stages import scan_limits
from anatofit.devices.registry import get_device
from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.ingest.quality.judge import image_figures, judge_image
from anatofit.ingest.scan import inspect_scan
from anatofit.model.case import Waiver
from anatofit.model.scan import ScanLimits
from anatofit.model.volume import Volume
from anatofit.rules.quality import TABLE
from tests.ingest.dicom_writer import make_series
from tests.ingest.image_phantoms import drawn, ellipsoid, head, places, series_of, step, volume

HEADWARD = np.array([0.0, 0.0, 1.0])
SPACING = (2.0, 1.5, 1.5)
SHAPE = (75, 140, 120)
LIMITS = scan_limits(get_device("cranial-plate"))
FOOT = ScanLimits.model_validate({**LIMITS.model_dump(), "cut_foot_mm2": 50})
Spoil = Callable[[NDArray[Any]], NDArray[Any]]


@pytest.fixture(scope="module")
def sound() -> NDArray[np.float64]:
    """A head whose neck is cut, as every head's is, and nothing else."""
    return drawn(SHAPE, SPACING, lambda x, y, z: head(x, y, z + 22.0))


def noisy(hu: NDArray[Any]) -> NDArray[Any]:
    return hu + np.random.default_rng(4).normal(0, 90, hu.shape)


def blurred(hu: NDArray[Any]) -> NDArray[Any]:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(hu, (0, 0.6, 0.6)))


def filled(hu: NDArray[Any]) -> NDArray[Any]:
    x, y, z = places(SHAPE, SPACING)
    return np.asarray(hu + (6000 - hu) * step(ellipsoid(x - 20, y + 40, z + 30, (6.0, 6.0, 6.0))))


def jumping(hu: NDArray[Any]) -> NDArray[Any]:
    x, y, z = places(SHAPE, SPACING)
    moved = np.arange(SHAPE[0]).reshape(-1, 1, 1) >= 30
    return head(x - 2.0 * moved, y, z + 22.0)


FAULTS: dict[str, Spoil] = {
    "image-noise": noisy,
    "image-blur": blurred,
    "metal": filled,
    "motion-step": jumping,
    "slice-order": lambda hu: hu[[*range(20), 50, *range(21, 50), 20, *range(51, len(hu))]],
    "bone-cut-sides": lambda hu: hu[:, :, 14:],
    "bone-cut-head": lambda hu: hu[:68],
    "bone-cut-foot": lambda hu: hu,
}
PIXELS = sorted(FAULTS)


def judged(hu: NDArray[Any], *waived: str, limits: ScanLimits = LIMITS) -> Any:
    waivers = [Waiver(rule=rule, reason="looked at", by="CE") for rule in waived]
    return judge_image(volume(hu, SPACING, noise_hu=5.0), HEADWARD, step_mm=2.0, limits=limits, waivers=waivers)


def test_a_sound_head_passes_with_every_figure_and_its_limit(sound: NDArray[Any]) -> None:
    seen = judged(sound)
    assert {f.id for f in seen.findings} == set(PIXELS) - {"bone-cut-foot"}
    assert all(f.passed and f.basis == "scan" and f.limit_high is not None and f.unit for f in seen.findings)
    assert not seen.not_judged and not seen.waived


@pytest.mark.parametrize("rule", PIXELS)
def test_a_figure_beyond_its_limit_is_refused_by_its_name_alone(rule: str, sound: NDArray[Any]) -> None:
    limits = FOOT if rule == "bone-cut-foot" else LIMITS
    with pytest.raises(ScanUnsuitableError) as refusal:
        judged(FAULTS[rule](sound), limits=limits)
    reason, *others = sorted(refusal.value.reasons, key=lambda r: r.rule == "slice-order")
    # the smooth phantom's jump stands out among its even slices as well
    assert [r.rule for r in others] == (["slice-order"] if rule == "motion-step" else [])
    assert reason.rule == rule and reason.code.startswith("AF-18")
    assert "at most" in reason.message and f"waive {rule} with a reason" in reason.message


@pytest.mark.parametrize("rule", PIXELS)
def test_a_waiver_takes_a_figure_on_and_says_so(rule: str, sound: NDArray[Any]) -> None:
    also = {"slice-order"} if rule == "motion-step" else set()
    seen = judged(FAULTS[rule](sound), rule, *also, limits=FOOT if rule == "bone-cut-foot" else LIMITS)
    finding = next(f for f in seen.findings if f.id == rule)
    assert finding.waived and finding.holds and not finding.passed and seen.waived == {rule} | also
    assert finding.measured > (finding.limit_high or 0) and finding.detail.endswith("waived by CE: looked at")


def test_all_reasons_of_an_image_come_at_once(sound: NDArray[Any]) -> None:
    with pytest.raises(ScanUnsuitableError) as refusal:
        judged(noisy(filled(sound))[:68], "image-noise")
    assert {r.rule for r in refusal.value.reasons} == {"metal", "bone-cut-head"}


def test_beyond_the_second_limit_a_waiver_does_not_help(sound: NDArray[Any]) -> None:
    tight = ScanLimits.model_validate({**LIMITS.model_dump(), "noise_hu": (1.0, 2.0)})
    with pytest.raises(ScanUnsuitableError, match=r"2 HU is the most that can be waived.*this cannot be waived"):
        judged(sound, "image-noise", limits=tight)


def test_metal_is_told_with_its_size_place_and_slices(sound: NDArray[Any]) -> None:
    finding = next(f for f in judged(filled(sound), "metal").findings if f.id == "metal")
    middle = np.array([10.0, -20.0, 300.0]) + (np.array(SHAPE[::-1]) - 1) / 2 * SPACING[::-1]
    found = [finding.values[k] for k in ("x_mm", "y_mm", "z_mm")]
    assert np.allclose(found, middle + np.array([20.0, -40.0, -30.0]), atol=1.0)
    assert finding.measured == pytest.approx(4 / 3 * np.pi * 6**3, rel=0.1)
    assert 5 <= finding.values["slices"] <= 7 and "slices between z = 3" in finding.detail  # 12 mm at 2 mm a slice


def test_a_jump_is_told_with_its_place(sound: NDArray[Any]) -> None:
    with pytest.raises(
        ScanUnsuitableError, match=r"jumps by 2\.\d mm, at most 1 is wanted; between z = 358\.00 and 360\.00 mm"
    ):
        judged(jumping(sound))


def test_a_coronal_stack_is_judged_along_its_own_slices(sound: NDArray[Any]) -> None:
    """The same head, its slices running front to back: a jump lies between y planes."""
    x, y, z = places((70, 115, 120), (2.0, 2.0, 1.5))
    moved = np.arange(115).reshape(1, -1, 1) >= 60
    seen = volume(head(x - 3.0 * moved, y, z + 22.0), (2.0, 2.0, 1.5), noise_hu=5.0)
    figures = {f.rule: f for f in image_figures(seen, np.array([0.0, 1.0, 0.0]), LIMITS, step_mm=2.0)}
    assert figures["motion-step"].measured == pytest.approx(3.0, abs=0.3)
    assert figures["motion-step"].positions_mm == (-20.0 + 2.0 * 59, -20.0 + 2.0 * 60)
    assert figures["image-noise"].measured == pytest.approx(5.0, rel=0.15)


def test_what_cannot_be_measured_is_said(sound: NDArray[Any]) -> None:
    seen = judge_image(
        Volume(volume(sound, SPACING).grid, np.full(SHAPE, -1000, dtype=np.int16)),
        HEADWARD,
        step_mm=2.0,
        limits=LIMITS.model_copy(update={"slices_out_of_order": None}),
        waivers=(),
    )
    assert [s.partition(" ")[0] for s in seen.not_judged] == ["image-noise", "image-blur", "motion-step"]
    assert all("was not judged: " in s for s in seen.not_judged)


def test_a_device_without_limits_on_the_image_measures_nothing(sound: NDArray[Any]) -> None:
    assert image_figures(volume(sound, SPACING), HEADWARD, ScanLimits(), step_mm=2.0) == []


# --- what the tags say ---


def coded(value: str) -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", "a part"
    return Sequence([item])


def tagged(folder: Path, **tags: Any) -> Path:
    series = make_series()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of the values are no DICOM terms, and that is the point
        for ds in series.slices:
            for keyword, value in tags.items():
                setattr(ds, keyword, value)
    return series.write(folder)


TAG_LIMITS = ScanLimits.model_validate(
    {name: getattr(LIMITS, name) for name in ("contrast_slices", "kernel_count", "body_parts")}
)


@pytest.mark.parametrize(
    ("rule", "tags", "measured"),
    [
        ("contrast-agent", {"ContrastBolusAgent": "Iomeron 400"}, 15),
        ("mixed-kernels", {"ConvolutionKernel": "B31s"}, 2),
        ("body-part", {"BodyPartExamined": "CHEST"}, 15),
        ("body-part", {"AnatomicRegionSequence": coded("12921003")}, 15),
    ],
)
def test_a_tag_that_does_not_fit_the_device_is_a_finding(
    rule: str, tags: dict[str, Any], measured: int, tmp_path: Path
) -> None:
    series = make_series()
    for ds in series.slices:
        ds.ConvolutionKernel, ds.BodyPartExamined = "H60s", "HEAD"
    for ds in series.slices[5:]:
        if "AnatomicRegionSequence" in tags:
            ds.BodyPartExamined = ""
        for keyword, value in tags.items():
            setattr(ds, keyword, value)
    folder = series.write(tmp_path)
    (finding,) = inspect_scan(folder, TAG_LIMITS).series[0].findings
    assert (finding.rule, finding.measured, finding.waivable) == (rule, measured, True)
    with pytest.raises(ScanUnsuitableError) as refusal:
        load_scan(folder, limits=TAG_LIMITS)
    assert [r.rule for r in refusal.value.reasons] == [rule]
    scan = load_scan(folder, limits=TAG_LIMITS, waivers=[Waiver(rule=rule, reason="known", by="CE")])
    assert [w.rule for w in scan.waived] == [rule] and next(f for f in scan.findings if f.id == rule).waived


@pytest.mark.parametrize("agent", ["", "NONE", "none ", "N/A", "No"])
def test_what_scanners_write_for_no_agent_is_none(agent: str, tmp_path: Path) -> None:
    folder = tagged(tmp_path, ContrastBolusAgent=agent)
    assert not inspect_scan(folder, TAG_LIMITS).series[0].findings


@pytest.mark.parametrize("part", ["HEAD", "Skull", "head neck", "BRAIN", "WHOLE_BODY"])
def test_a_part_that_holds_the_vault_fits(part: str, tmp_path: Path) -> None:
    assert not inspect_scan(tagged(tmp_path, BodyPartExamined=part), TAG_LIMITS).series[0].findings


@pytest.mark.parametrize("part", ["", "KOPF", "CANARY^PATIENT"])
def test_a_part_that_no_table_knows_is_said_not_to_be_judged(part: str, tmp_path: Path) -> None:
    scan = load_scan(tagged(tmp_path, BodyPartExamined=part), limits=TAG_LIMITS)
    assert scan.facts.not_judged == [
        "mixed-kernels (at most 1 kernels) was not judged: the tags name no kernel",
        "body-part (at most 0 slices) was not judged: the tags name no part of the body that is known",
    ]


def test_slices_without_a_kernel_are_counted_and_a_series_without_any_is_not_judged(tmp_path: Path) -> None:
    bare = load_scan(tagged(tmp_path / "bare", BodyPartExamined="HEAD"), limits=TAG_LIMITS)
    assert "mixed-kernels" not in {f.id for f in bare.findings}
    series = make_series()
    for ds in series.slices[5:]:
        ds.ConvolutionKernel = "H60s"
    scan = load_scan(series.write(tmp_path / "some"), limits=TAG_LIMITS)
    kernels = next(f for f in scan.findings if f.id == "mixed-kernels")
    assert (kernels.measured, kernels.detail) == (1.0, "5 of 20 slices name none")


def test_a_head_scan_whose_code_says_so_fits_whatever_the_text(tmp_path: Path) -> None:
    folder = tagged(tmp_path, BodyPartExamined="NECK", AnatomicRegionSequence=coded("69536005"))
    assert not inspect_scan(folder, TAG_LIMITS).series[0].findings


def test_a_diameter_that_contradicts_the_pixels_is_noted(tmp_path: Path) -> None:
    right, diagonal, wrong = (
        inspect_scan(tagged(tmp_path / str(n), ReconstructionDiameter=mm), ScanLimits()).series[0].notes
        for n, mm in enumerate((12.0, np.hypot(12.0, 12.0), 250.0))
    )
    assert right == diagonal == ()
    assert wrong == (
        "the tag ReconstructionDiameter (250 mm) contradicts the pixels (12.0 x 12.0 mm); the pixels are used",
    )


def test_pixels_and_tags_of_a_series_are_judged_in_one_run(tmp_path: Path, sound: NDArray[Any]) -> None:
    series = series_of(volume(sound[28:68], SPACING, noise_hu=6.0))
    limits = ScanLimits.model_validate(
        {**LIMITS.model_dump(), "slice_spacing_mm": 2.0, "pixel_mm": 1.5, "blur_mm": 4.0}
    )
    for ds in series.slices:
        ds.ConvolutionKernel = "H60s"
    folder = series.write(tmp_path)
    waiver = Waiver(rule="bone-cut-head", reason="the defect is low", by="CE")
    scan = load_scan(folder, limits=limits, waivers=[waiver])
    assert [w.rule for w in scan.waived] == ["bone-cut-head"]
    assert {f.id for f in scan.findings} >= {*PIXELS, "contrast-agent", "mixed-kernels", "body-part"} - {
        "bone-cut-foot"
    }
    with pytest.raises(ScanUnsuitableError, match="bone-cut-head"):
        load_scan(folder, limits=limits)


def test_every_rule_of_the_table_is_raised_here() -> None:
    """By the tests over FAULTS, bone-cut-foot among them, and by those of the tags."""
    assert {rule.name for rule in TABLE} == {*PIXELS, "bone-cut-foot", "contrast-agent", "mixed-kernels", "body-part"}
    assert all(rule.waivable for rule in TABLE)


def test_every_limit_of_the_plate_on_the_image_says_where_it_comes_from() -> None:
    rows = get_device("cranial-plate").scan_limits()
    judged_rules = {rule.name for rule in TABLE} - {"bone-cut-foot"}
    assert judged_rules <= {row["rule"] for row in rows.values()}
    assert all(row["source"] for row in rows.values())


def test_a_resampled_grid_is_judged_at_the_scans_own_step(sound: NDArray[Any]) -> None:
    """Between two slices of a tilted scan the resampled ones fade over from one to the other: a jump lies between the scan's."""
    fine = np.stack(
        [
            (1 - t) * a + t * b
            for a, b in zip(jumping(sound)[:-1], jumping(sound)[1:], strict=True)
            for t in (0, 0.25, 0.5, 0.75)
        ]
    )
    seen = volume(fine, (0.5, 1.5, 1.5), noise_hu=5.0)
    (motion,) = (f for f in image_figures(seen, HEADWARD, LIMITS, step_mm=2.0) if f.rule == "motion-step")
    assert motion.measured == pytest.approx(2.0, abs=0.3) and motion.positions_mm == (358.0, 360.0)
