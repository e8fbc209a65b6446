"""Letters on a flat face: as many lines and as high as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.guide.layout import Letters, triple
from anatofit.geometry.text import block_outline, block_size_mm, split_lines
from anatofit.model.frame import FloatArray

SMALLEST_MM = 3.0  # height of capitals whose strokes are still 0.35 mm wide, the least that prints open: proposal
SHRINK_MM = 0.25
_EDGE_MM = 0.5  # of the text's triangles
_OVER_MM = 1.0  # the tool stands out of the face by this


def layouts(*, case: str, words: str, pieces: int = 2) -> Iterator[list[tuple[str, ...]]]:
    """Line-ups of the case number and the words beside it. First those that leave the number whole: whoever has room for one of them,
    however small, takes none of the next, which break it into two pieces, and more if need be."""
    rest = [words] if words else []
    yield list(dict.fromkeys([(" ".join([case, *rest]),), (case, *rest)]))
    for count in range(2, pieces + 1):
        yield [(*split_lines(case, count=count), *rest)]


def fitted(
    choices: Sequence[tuple[str, ...]], *, room_mm: tuple[float, float], height_mm: float
) -> tuple[tuple[str, ...], float] | None:
    """The first of the line-ups that has room, as high as asked or down to 3 mm; None where none has."""
    return next(fitting(choices, room_mm=room_mm, height_mm=height_mm), None)


def fitting(
    choices: Sequence[tuple[str, ...]], *, room_mm: tuple[float, float], height_mm: float
) -> Iterator[tuple[tuple[str, ...], float]]:
    """The line-ups that have room, each with its height: the highest first."""
    for height in heights_mm(height_mm):
        for lines in choices:
            width, block = block_size_mm(lines, height_mm=height)
            if width <= room_mm[0] and block <= room_mm[1]:
                yield lines, height


def heights_mm(highest_mm: float) -> list[float]:
    """The heights of capitals that are tried, from the highest down to 3 mm."""
    return [float(h) for h in np.arange(highest_mm, SMALLEST_MM - 1e-9, -SHRINK_MM).round(6)]


def engraved(
    lines: tuple[str, ...], *, origin: FloatArray, right: FloatArray, up: FloatArray, height_mm: float, depth_mm: float
) -> Letters:
    """The letters as the plan keeps them."""
    width, block = block_size_mm(lines, height_mm=height_mm)
    return Letters(
        string=" ".join(lines),
        lines=lines,
        origin_lps_mm=triple(origin),
        right_lps=triple(right),
        up_lps=triple(up),
        height_mm=height_mm,
        depth_mm=depth_mm,
        width_mm=round(width, 6),
        block_height_mm=round(block, 6),
    )


def letters_tool(text: Letters) -> object:
    """The solid that is cut out of a flat face."""
    from anatofit.geometry.bridge import raised

    origin, right, up = (np.array(v) for v in (text.origin_lps_mm, text.right_lps, text.up_lps))
    toward = np.cross(right, up)

    def place(points: FloatArray) -> FloatArray:
        x, y, z = points.T
        return np.asarray(origin + np.outer(x, right) + np.outer(y, up) + np.outer(z, toward))

    return raised(
        block_outline(text.lines, height_mm=text.height_mm),
        low_mm=-text.depth_mm,
        high_mm=_OVER_MM,
        edge_mm=_EDGE_MM,
        place=place,
    )
