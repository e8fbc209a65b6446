"""A research volume is held against the same limits on its image as a scan in DICOM, and what only tags tell is said not to be judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anatofit.app.stages import scan_limits
from anatofit.cli.main import run
from anatofit.devices.registry import get_device
from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.ingest.research.volume import load_research
from anatofit.model.case import Waiver
from anatofit.model.scan import ScanLimits
from anatofit.model.volume import Volume
from tests.ingest.grid_writer import write_nifti
from tests.ingest.image_phantoms import drawn, ellipsoid, head, places, series_of, step, volume

SPACING, SHAPE = (2.0, 1.5, 1.5), (60, 140, 120)
PLATE = scan_limits(get_device("cranial-plate"))
LIMITS = ScanLimits.model_validate({**PLATE.model_dump(), "slice_spacing_mm": 2.0, "pixel_mm": 1.5, "blur_mm": 4.0})
PIXELS = {"image-noise", "image-blur", "metal", "motion-step", "slice-order", "bone-cut-sides", "bone-cut-head"}
RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@pytest.fixture(scope="module")
def sound() -> Volume:
    """A head whose neck is cut, with a screw of metal and noise of 6 HU."""
    hu = drawn(SHAPE, SPACING, lambda x, y, z: head(x, y, z + 38.0))
    x, y, z = places(SHAPE, SPACING)
    return volume(hu + (6000 - hu) * step(ellipsoid(x - 20, y + 40, z + 30, (3.0, 3.0, 3.0))), SPACING, noise_hu=6.0)


def written(path: Path, seen: Volume, order: tuple[int, ...] = (0, 1, 2)) -> Path:
    """The volume as NIfTI, its axes i, j, k stored in this order."""
    affine = np.eye(4)
    affine[:3, :3] = seen.grid.direction_lps * seen.grid.spacing_ijk_mm
    affine[:3, 3] = seen.grid.origin_lps_mm
    affine[:3, :3] = affine[:3, list(order)]
    ijk: NDArray[Any] = seen.hu.transpose(2, 1, 0).transpose(order)
    return write_nifti(path, np.ascontiguousarray(ijk.transpose(2, 1, 0)), RAS @ affine)


def test_the_figures_are_those_of_the_same_scan_in_dicom(tmp_path: Path, sound: Volume) -> None:
    series = {f.id: f for f in load_scan(series_of(sound).write(tmp_path / "scan"), limits=LIMITS).findings}
    for n, order in enumerate([(0, 1, 2), (2, 0, 1), (1, 2, 0)]):
        found = {f.id: f for f in load_research(written(tmp_path / f"{n}.nii", sound, order), limits=LIMITS).findings}
        assert set(found) >= PIXELS and all(f.passed for f in found.values())
        for rule in PIXELS:
            assert found[rule].measured == pytest.approx(series[rule].measured, abs=0.011)
            assert found[rule].limit_high == series[rule].limit_high
        assert found["image-noise"].measured == pytest.approx(6.0, rel=0.1)
        assert found["metal"].measured == pytest.approx(4 / 3 * np.pi * 3**3, rel=0.25)


def test_what_only_tags_tell_is_said_not_to_be_judged(tmp_path: Path, sound: Volume) -> None:
    facts = load_research(written(tmp_path / "a.nii", sound), limits=LIMITS).facts
    assert facts.not_judged[-3:] == [
        "contrast-agent (at most 0 slices) was not judged: research input bears no tag of a contrast agent",
        "mixed-kernels (at most 1 kernels) was not judged: research input bears no tag of a kernel",
        "body-part (at most 0 slices) was not judged: research input bears no tag of the part of the body",
    ]
    assert any("were judged in slices along z, the axis of the longest step" in note for note in facts.notes)


def test_what_nothing_can_be_measured_of_is_said(tmp_path: Path, sound: Volume) -> None:
    """A mask left air and noiseless bone alone."""
    hu = np.where(sound.hu > 300, sound.hu, -1000).astype(np.int16)
    limits = LIMITS.model_copy(update={"slices_out_of_order": None, "motion_mm": None})
    facts = load_research(written(tmp_path / "a.nii", Volume(sound.grid, hu)), limits=limits).facts
    said = [s.partition(" ")[0] for s in facts.not_judged]
    assert "image-noise" in said and "image-blur" in said


@pytest.mark.parametrize("rule", ["image-noise", "slice-order", "bone-cut-sides"])
def test_a_figure_beyond_its_limit_is_refused_by_its_name_and_waived_by_it(
    rule: str, tmp_path: Path, sound: Volume
) -> None:
    hu = sound.hu.copy()
    if rule == "image-noise":
        hu = np.clip(hu + np.random.default_rng(2).normal(0, 90, hu.shape), -1024, 3071).astype(np.int16)
    elif rule == "slice-order":
        hu[20] = -1000
    else:
        hu[:, :, :14] = hu[:, :, 14:15]
        hu = hu[:, :, 14:]
    spacing = sound.grid.spacing_ijk_mm
    path = written(tmp_path / "a.nii", volume(hu.astype(float), tuple(spacing[::-1])))
    with pytest.raises(ScanUnsuitableError) as refusal:
        load_research(path, limits=LIMITS)
    assert [r.rule for r in refusal.value.reasons] == [rule]
    waiver = Waiver(rule=rule, reason="looked at", by="CE")
    scan = load_research(path, limits=LIMITS, waivers=[waiver])
    assert scan.waived == (waiver,) and next(f for f in scan.findings if f.id == rule).waived


def test_the_command_shows_the_figures_of_a_research_volume(
    tmp_path: Path, sound: Volume, capsys: pytest.CaptureFixture[str]
) -> None:
    fine = volume(sound.hu.astype(float), (1.5, 1.0, 1.0))
    path = str(written(tmp_path / "a.nii", fine))
    assert run(["inspect", path]) == 0 and "are judged with --image" in capsys.readouterr().out
    assert run(["inspect", path, "--image"]) == 0
    said = capsys.readouterr().out
    assert "By its pixels it is fit too:" in said and "image-noise: noise of soft tissue in windows of 6 mm" in said


@pytest.mark.parametrize("shape", [(5, 1, 70), (70, 3, 1), (2, 2, 2), (40, 1, 1)])
@pytest.mark.parametrize("sigma", [0.0, 300.0])
def test_volumes_of_any_shape_are_measured_or_not_judged(shape: tuple[int, int, int], sigma: float) -> None:
    """A crop that is thinner than any slice of a scanner comes in by the same door."""
    from anatofit.ingest.quality.judge import image_figures

    hu = np.random.default_rng(1).normal(40.0, sigma, shape)
    for axis in range(3):
        for figure in image_figures(volume(hu, (1.0, 0.5, 2.0)), np.eye(3)[axis], LIMITS, step_mm=1.0):
            assert figure.measured is None or np.isfinite(figure.measured)
