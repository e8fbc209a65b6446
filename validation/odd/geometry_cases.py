"""T17 and T18: directions, storage, pixel shapes, tilts, and tags that contradict the positions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validation.odd.layout import CORONAL, COUNT, POSITIONS, SAGITTAL, layout, sheared, tilted, turned
from validation.odd.odd import Odd, each, odd

# Tags that are compared with the positions: what they say otherwise is told beside the volume.
TOLD = {
    "SpacingBetweenSlices": "SpacingBetweenSlices",
    "SliceThickness": "slices of",
    "SliceLocation": "SliceLocation",
    "InstanceNumber": "instance numbers",
}
# Of either sign, or nothing at all: no contradiction.
HARMLESS = (None, "0", "-1.25")
TILTS_DEG = (5.0, 10.0, 16.5, 22.0, 30.0)


def directions() -> Iterator[Odd]:
    """Eight patient positions, slices either way; sagittal, coronal, oblique."""
    for name, (row, column) in POSITIONS.items():
        for way in (1, -1):
            at = layout(row, column, step_mm=1.25 * way)
            text = f"patient {name}, slices {'along' if way > 0 else 'against'} the normal"
            yield odd("T18", text, at, each(PatientPosition=name))
    for name, (row, column) in {"sagittal": SAGITTAL, "coronal": CORONAL}.items():
        for way in (1, -1):
            yield odd("T17", f"{name}, step {1.25 * way:g} mm", layout(row, column, step_mm=1.25 * way))
    for seed in range(14):
        row, column = turned(seed)
        yield odd(
            "T17",
            f"oblique, rotation of seed {seed}",
            layout(tuple(row), tuple(column), step_mm=1.25 if seed % 2 else -1.2),
        )


def storages() -> Iterator[Odd]:
    """The same places, rows and columns stored the other way round, with the orientation that says so."""
    planes = {"axial": POSITIONS["HFS"], "sagittal": SAGITTAL, "coronal": CORONAL, "oblique": turned(99)}
    for name, (row, column) in planes.items():
        at = layout(tuple(row), tuple(column))
        for way in ({"rows": True}, {"columns": True}, {"rows": True, "columns": True}, {"transposed": True}):
            said = " and ".join(way) + (" swapped" if "transposed" in way else " mirrored")
            yield odd("T18", f"{name}, {said}", at.flipped(**way))


def shapes() -> Iterator[Odd]:
    """Pixels that are not square, sizes that are not even."""
    for row_mm, column_mm in ((0.5, 1.0), (1.0, 0.5), (0.4, 0.98), (0.97, 0.43)):
        size = (round(47 / row_mm), round(45 / column_mm))
        at = layout(size=size, pixel_mm=(row_mm, column_mm))
        yield odd("T17", f"pixels {row_mm:g} mm between rows, {column_mm:g} mm between columns", at)
    for rows, columns in ((61, 53), (59, 97), (101, 55), (47, 47)):
        at = layout(size=(rows, columns), pixel_mm=(47 / rows if rows > 47 else 0.9, 0.9))
        yield odd("T17", f"{rows} rows, {columns} columns", at)
    yield odd("T17", "61 slices of 0.7 mm", layout(count=61, step_mm=0.7))
    # four decimals of an orientation turn the far pixel by 0.0012 mm; three decimals of a position move a slice by 0.0005 mm
    row, column = (np.round(v, 4) for v in turned(7))
    row, column = row / np.linalg.norm(row), column - row * float(column @ row) / float(row @ row)
    at = layout(tuple(row), tuple(column / np.linalg.norm(column)))
    yield odd("T17", "oblique, orientation of four decimals",
              at, lambda s: [_round_orientation(ds) for ds in s], bar_mm=6e-3)  # fmt: skip
    yield odd("T17", "positions of two decimals", layout(step_mm=1.2487), digits=2, bar_mm=0.011)


def _round_orientation(ds: object) -> None:
    ds.ImageOrientationPatient = [f"{float(v):.4f}" for v in ds.ImageOrientationPatient]  # type: ignore[attr-defined]


def tilts() -> Iterator[Odd]:
    """Gantry tilt about x and y, with its tag, without it, and with one that contradicts it."""
    for about in "xy":
        for degrees in sorted({*TILTS_DEG, *(-d for d in TILTS_DEG)}):
            at = tilted(degrees, about=about)
            for tag in (f"{degrees:g}", None):
                said = "with its tag" if tag else "without a tag"
                yield odd("T17", f"gantry tilt {degrees:+g} degrees about {about}, {said}", at,
                          each(GantryDetectorTilt=tag), resampled=True)  # fmt: skip
    for degrees in (-12.0, 12.0, 25.0):
        for about in "xy":
            yield odd("T17", f"axial slices sheared by {degrees:+g} degrees about {about}", sheared(degrees, about=about),
                      each(GantryDetectorTilt=f"{degrees:g}"), resampled=True)  # fmt: skip
    for degrees, tag in ((16.5, "8"), (16.5, "-16.5"), (5.0, "0"), (10.0, "90")):
        yield odd("T17", f"gantry tilt {degrees:g} degrees about x, its tag says {tag}", tilted(degrees, about="x"),
                  each(GantryDetectorTilt=tag), resampled=True, either="tilt-contradiction gantry-tilt")  # fmt: skip
    for tag in ("15", "-7.5"):
        yield odd(
            "T17", f"no tilt, its tag says {tag}", layout(), each(GantryDetectorTilt=tag), either="tilt-contradiction"
        )
    yield odd("T17", "no tilt, its tag says 0", layout(), each(GantryDetectorTilt="0"))
    yield odd("T17", "turned by 15 degrees without shear, the tag says 15",
              layout((1, 0, 0), tuple(np.array([0, np.cos(np.pi / 12), np.sin(np.pi / 12)]))),
              each(GantryDetectorTilt="15"))  # fmt: skip
    yield odd("T17", "gantry tilt +16.5 degrees about x, slices every 0.6 mm", tilted(16.5, about="x", count=80, step_mm=0.6),
              each(GantryDetectorTilt="16.5"), resampled=True)  # fmt: skip


def contradictions() -> Iterator[Odd]:
    """Tags that say another geometry than the positions: the positions are the truth."""
    at = layout()

    def reversed_order(n: int) -> int:  # numbers that run the other way contradict nothing
        return COUNT - n

    def falling(n: int) -> str:
        return f"{-1.25 * n:g}"

    shuffled = np.random.default_rng(3).permutation(COUNT) + 1
    for keyword, values in {
        "SpacingBetweenSlices": ("5", "-1.25", "0", "0.625", "1e9"),
        "SliceThickness": ("5", "0", "0.1", None),
        "SliceLocation": (falling, "17", lambda n: f"{3.0 * n:g}", None),
        "InstanceNumber": (reversed_order, lambda n: int(shuffled[n]), 1, None),
        "PatientPosition": ("FFS", "", None),
    }.items():
        for n, value in enumerate(values, start=1):
            said = (
                "dropped"
                if value is None
                else f"contradicting by slice, way {n}"
                if callable(value)
                else f"{value!r} in all"
            )
            told = "" if value in HARMLESS or value is reversed_order else TOLD.get(keyword, "")
            yield odd("T17", f"{keyword} {said}", at, each(**{keyword: value}), told=told)


def cases() -> Iterator[Odd]:
    for some_cases in (directions, storages, shapes, tilts, contradictions):
        yield from some_cases()
