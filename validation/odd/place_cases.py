"""T16: slices that are missing, doubled, unevenly spaced, overlapping, or pushed aside."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
from pydicom.dataset import FileDataset

from validation.odd.layout import COUNT, Layout, layout
from validation.odd.odd import Odd, each, odd

UNEVEN = "uneven-spacing slice-thickness missing-slice"
DOUBLE = "duplicate-slice duplicate-instance"


def _without(at: Layout, *gone: int) -> Layout:
    return at.take([k for k in range(len(at.first)) if k not in gone])


def missing() -> Iterator[Odd]:
    """Gaps are never stretched over: refused, or filled by interpolation where the device's limit allows it."""
    at = layout()
    for gone in ((1,), (9,), (17,), (COUNT - 2,), (16, 17), (8, 9, 10), (5, 20), (3, 12, 25, 30), tuple(range(14, 20))):
        said = ", ".join(str(n + 1) for n in gone)
        yield odd("T16", f"slice {said} of {COUNT} missing, step 1.25 mm", _without(at, *gone),
                  refused="missing-slice slice-thickness")  # fmt: skip
    fine = layout(count=71, step_mm=0.6)
    for gone in ((30,), (10, 45), (33, 34)):
        said = ", ".join(str(n + 1) for n in gone)
        yield odd("T16", f"slice {said} of 71 missing, step 0.6 mm", _without(fine, *gone), resampled=True,
                  either="missing-slice uneven-spacing slice-thickness")  # fmt: skip
    yield odd("T16", "every second slice missing", at.take(list(range(0, COUNT, 2))), refused="slice-thickness")
    yield odd("T16", "first and last slice missing", _without(layout(count=38), 0, 37))
    yield odd("T16", "first slice missing, sagittal, oblique against the axes",
              _without(layout((0, 0.8, 0.6), (0, -0.6, 0.8)), 12), refused="missing-slice slice-thickness")  # fmt: skip


def doubled() -> Iterator[Odd]:
    """The same again once; another picture of one place never."""
    at = layout()

    def again(*numbers: int, uid: bool = False, pixels: bool = False, tag: bool = False, off_mm: float = 0.0):
        def change(series: list[FileDataset]) -> None:
            for n in numbers:
                series.append(_twin(series[n], uid=uid, pixels=pixels, tag=tag, off_mm=off_mm))

        return change

    yield odd("T16", "one slice twice, the same bytes", at, again(7))
    yield odd("T16", "three slices twice, the same bytes", at, again(0, 15, COUNT - 1))
    yield odd("T16", "all slices twice, the same bytes", at, again(*range(COUNT)))
    yield odd("T16", "one slice three times, the same bytes", at, again(7, 7))
    yield odd("T16", "one slice twice, the same picture under another UID", at, again(7, uid=True), either=DOUBLE)
    yield odd(
        "T16", "all slices twice, the same pictures under other UIDs", at, again(*range(COUNT), uid=True), either=DOUBLE
    )
    yield odd(
        "T16", "one slice twice, another picture under another UID", at, again(7, uid=True, pixels=True), refused=DOUBLE
    )
    yield odd(
        "T16",
        "three slices twice, other pictures under other UIDs",
        at,
        again(1, 9, 30, uid=True, pixels=True),
        refused=DOUBLE,
    )
    yield odd(
        "T16", "all slices twice, other pictures", at, again(*range(COUNT), uid=True, pixels=True), refused=DOUBLE
    )
    yield odd("T15", "the same UID with another picture", at, again(7, pixels=True), refused=DOUBLE)
    yield odd("T15", "the same UID with another picture, at another place", at, again(7, pixels=True, off_mm=0.6),
              refused=DOUBLE + " " + UNEVEN)  # fmt: skip
    yield odd("T15", "the same UID and picture with another tag", at, again(7, tag=True), either=DOUBLE)
    yield odd("T16", "one slice again 0.02 mm on, another picture", at, again(7, uid=True, pixels=True, off_mm=0.02),
              refused=DOUBLE + " " + UNEVEN)  # fmt: skip
    yield odd("T15", "one UID in all slices", at, each(SOPInstanceUID="1.2.826.0.1.7.1.5"), either=DOUBLE)


def _twin(ds: FileDataset, *, uid: bool, pixels: bool, tag: bool, off_mm: float) -> FileDataset:
    twin = copy.deepcopy(ds)
    if uid:
        twin.SOPInstanceUID = twin.file_meta.MediaStorageSOPInstanceUID = f"{ds.SOPInstanceUID}.77"
    if pixels:
        twin.PixelData = bytes(len(twin.PixelData))
    if tag:
        twin.ContentTime = "101112"
    if off_mm:
        x, y, z = (float(v) for v in ds.ImagePositionPatient)
        twin.ImagePositionPatient = [f"{x:.6f}", f"{y:.6f}", f"{z + off_mm:.6f}"]
    return twin


def uneven() -> Iterator[Odd]:
    """Every slice is where its own position says, at any step."""
    rng = np.random.default_rng(11)
    even = (np.arange(COUNT) - (COUNT - 1) / 2) * 1.25
    yield odd(
        "T16", "places off by up to 0.004 mm", layout(places_mm=even + rng.uniform(-0.004, 0.004, COUNT)), bar_mm=0.006
    )
    close = (np.arange(47) - 23) * 0.9
    for off in (0.05, 0.15, 0.28):
        yield odd("T16", f"steps of 0.9 mm, every place off by up to {off:g} mm",
                  layout(places_mm=close + rng.uniform(-off, off, 47)), resampled=True, either=UNEVEN)  # fmt: skip
    yield odd("T16", "steps of 1.25 mm, every place off by up to 0.3 mm, some steps over 1.5 mm",
              layout(places_mm=even + rng.uniform(-0.3, 0.3, COUNT)), refused=UNEVEN)  # fmt: skip
    for name, steps, fits in (
        ("growing from 0.6 to 1.45 mm", np.linspace(0.6, 1.45, 40), True),
        ("growing from 0.9 to 2.4 mm", np.linspace(0.9, 2.4, 25), False),
        ("0.7 mm, then 1.4 mm", np.repeat([0.7, 1.4], [28, 16]), True),
        ("0.625 mm, then 1.25 mm", np.repeat([0.625, 1.25], [32, 18]), True),
        ("1.25 mm, then 3 mm", np.repeat([1.25, 3.0], [17, 8]), False),
        ("0.6 and 1.2 mm in turn", np.tile([0.6, 1.2], 23), True),
        ("1.25 mm, once 1.45 mm", np.where(np.arange(34) == 16, 1.45, 1.25), True),
        ("1.25 mm, once 3.1 mm", np.where(np.arange(34) == 16, 3.1, 1.25), False),
        ("1.25 mm, once 8 mm", np.where(np.arange(33) == 20, 8.0, 1.25), False),
        ("1.2 mm, once 1.3 mm", np.where(np.arange(35) == 16, 1.3, 1.2), True),
    ):
        places = np.concatenate([[0.0], np.cumsum(steps)])
        at = layout(places_mm=places - places[-1] / 2)
        yield odd(
            "T16",
            f"steps of {name}",
            at,
            resampled=fits,
            refused="" if fits else UNEVEN,
            either=f"{UNEVEN} interleaved-series" if "in turn" in name else UNEVEN if fits else "",
        )


def overlapping() -> Iterator[Odd]:
    """Two runs through one region, and slices thicker than their step."""
    rest = f"{DOUBLE} {UNEVEN} interleaved-series"
    even = (np.arange(COUNT) - (COUNT - 1) / 2) * 1.25
    yield odd("T16", "slices of 2.5 mm every 1.25 mm", layout(), each(SliceThickness="2.5"))
    for off in (0.3, 0.5):
        both = np.concatenate([even, even + off])
        yield odd(
            "T16", f"a second run through all, {off:g} mm on", layout(places_mm=both), resampled=True, either=rest
        )
    for off in (0.4, 0.05):
        parts = np.concatenate([even[:20], even[16:] + off])
        yield odd(
            "T16",
            f"a second run beginning four slices back, {off:g} mm on",
            layout(places_mm=parts),
            resampled=True,
            either=rest,
        )
    parts = np.concatenate([even[:20], even[16:]])
    yield odd(
        "T16",
        "a second run beginning four slices back, the same places, other UIDs",
        layout(places_mm=parts),
        either=rest,
    )


def aside() -> Iterator[Odd]:
    """Slices truly pushed sideways: placed by their own positions, or refused."""
    at = layout()
    for k, by in ((9, (2.0, 0.0, 0.0)), (16, (0.0, -0.5, 0.0)), (0, (0.0, 3.0, 0.0)), (COUNT - 1, (5.0, 5.0, 0.0))):
        yield odd(
            "T16",
            f"slice {k + 1} pushed by {by[0]:g}, {by[1]:g} mm",
            at.moved(k, by),
            resampled=True,
            either="shifted-slices",
        )
    half = at
    for k in range(17, COUNT):
        half = half.moved(k, (3.0, -1.0, 0.0))
    yield odd("T16", "the upper half pushed by 3, -1 mm", half, resampled=True, either="shifted-slices")
    zigzag = at
    for k in range(0, COUNT, 2):
        zigzag = zigzag.moved(k, (1.2, 0.0, 0.0))
    yield odd("T16", "every second slice pushed by 1.2 mm", zigzag, resampled=True, either="shifted-slices")
    curve = at
    for k in range(COUNT):
        curve = curve.moved(k, (0.004 * (k - 16) ** 2, 0.0, 0.0))
    yield odd(
        "T16", "slices pushed along a curve, up to 1.1 mm", curve, resampled=True, either="shifted-slices gantry-tilt"
    )
    slight = at
    for k in range(COUNT):
        slight = slight.moved(k, (0.002 * (k - 16), 0.0, 0.0))
    yield odd("T16", "slices sheared by 0.09 degrees, 0.03 mm to either side", slight, resampled=True)
    least = at
    for k in range(COUNT):
        least = least.moved(k, (0.001 * (k - 16), 0.0, 0.0))
    yield odd("T16", "slices sheared by 0.05 degrees, 0.017 mm to either side", least, bar_mm=0.035)


def cases() -> Iterator[Odd]:
    for some_cases in (missing, doubled, uneven, overlapping, aside):
        yield from some_cases()
