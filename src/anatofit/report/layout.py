"""Where the bodies of a picture stand: a panel for each view, with margins for the letters, the title and the bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.report.body import Body
from anatofit.report.directions import View

FOOT_PX, _HEAD_PX, _SIDE_PX = 88, 42, 58  # strips for the bars below, title and letter above, letters at the sides
_MARGIN = 1.03
_BAR_STEPS_MM = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True)
class ColourBar:
    """The legend of a colour map: its ends in their unit, what it shows, what grey means, and whether more is marked."""

    low: float
    high: float
    label: str
    grey: str = ""
    more: bool = False


@dataclass(frozen=True)
class Shot:
    """One picture: the same bodies seen in one or two views; `frames`, one a view (default: all
    bodies), are the points that a close view is about; `names`, one a view, the words beside places (3,) in LPS."""

    bodies: Sequence[Body]
    views: Sequence[View]
    captions: Sequence[str] = ()
    frames: Sequence[FloatArray | None] = ()
    bar: ColourBar | None = None
    size_px: tuple[int, int] = (720, 620)
    names: Sequence[Mapping[str, FloatArray]] = ()

    def frame(self, index: int) -> FloatArray | None:
        """What a close view is about; None where it shows all."""
        return self.frames[index] if index < len(self.frames) else None


@dataclass(frozen=True)
class Panel:
    """One view of a shot: its column of the picture, the box in it (pixels from the lower left) and what is seen there."""

    view: View
    column: tuple[int, int]
    box: tuple[int, int, int, int]
    centre_lps_mm: FloatArray
    half_height_mm: float
    close: bool

    def at_px(self, place_lps_mm: FloatArray) -> tuple[float, float]:
        """Where in the picture a place is seen, in pixels from the lower left."""
        left, low, right, high = self.box
        off = (place_lps_mm - self.centre_lps_mm) * (high - low) / (2.0 * self.half_height_mm)
        return (left + right) / 2 + float(off @ self.view.right_lps), (low + high) / 2 + float(off @ self.view.up_lps)

    def bar(self) -> tuple[int, int]:
        """A round length that takes up to a quarter of the column, in millimetres and in pixels."""
        px_per_mm = (self.box[3] - self.box[1]) / (2.0 * self.half_height_mm)
        fitting = [mm for mm in _BAR_STEPS_MM if mm * px_per_mm <= (self.column[1] - self.column[0]) / 4]
        length = fitting[-1] if fitting else _BAR_STEPS_MM[0]
        return length, round(length * px_per_mm)


def panels(shot: Shot) -> list[Panel]:
    """One panel a view; views that show all bodies have one scale."""
    width, height = shot.size_px[0] // len(shot.views), shot.size_px[1]
    size = (width - 2 * _SIDE_PX, height - FOOT_PX - _HEAD_PX)
    framed = [_framing(shot, i, size) for i in range(len(shot.views))]
    widest = max((half for i, (_, half) in enumerate(framed) if shot.frame(i) is None), default=0.0)
    return [
        Panel(
            view=view,
            column=(i * width, (i + 1) * width),
            box=(i * width + _SIDE_PX, FOOT_PX, (i + 1) * width - _SIDE_PX, height - _HEAD_PX),
            centre_lps_mm=framed[i][0],
            half_height_mm=widest if shot.frame(i) is None else framed[i][1],
            close=shot.frame(i) is not None,
        )
        for i, view in enumerate(shot.views)
    ]


def _framing(shot: Shot, index: int, size: tuple[int, int]) -> tuple[FloatArray, float]:
    """What the camera looks at, and half the height of what it sees in mm."""
    view = shot.views[index]
    axes = np.stack([view.right_lps, view.up_lps, view.toward_lps])
    seen = _points_to_see(shot, index) @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    half = np.maximum((high - low) / 2.0, 1.0)
    return (low + high) / 2.0 @ axes, float(_MARGIN * max(half[1], half[0] * size[1] / size[0]))


def _points_to_see(shot: Shot, index: int) -> FloatArray:
    frame = shot.frame(index)
    if frame is not None:
        return frame
    return np.concatenate([b.mesh.vertices_lps_mm for b in shot.bodies])
