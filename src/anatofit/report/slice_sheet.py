"""The implant in the scan it was made from: axial, coronal and sagittal slices with the outline of the finished part, whole
in the upper row and close up in the lower."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray, Plane
from anatofit.model.mesh import Mesh
from anatofit.model.pictures import Figure, ScanLook, ScanSlice
from anatofit.report import colour
from anatofit.report.directions import View
from anatofit.report.panels import beside, stacked, trace
from anatofit.report.png import encode_png
from anatofit.report.slices import VIEWS, columns_and_rows, framing, grey, section, window
from anatofit.report.stamps import edge_letters, scale_bar

_AROUND_MM = 12.0  # of soft tissue beside the bone
_FRAME = (235, 235, 235)


def draw_slices(seen: ScanLook, parts: Iterable[Mesh], head: FloatArray, *, sinus: bool = False) -> Figure:
    """All slices side by side at one scale, each above its close-up; `head` are points around which they are shown.

    `sinus`: the defect opens into one, which the caption explains.
    """
    meshes, whole = list(parts), _whole(seen, head)
    upper = [_panel(flat, VIEWS[name], meshes, frame=seen.close_ups.get(name)) for name, flat in whole.items()]
    lower = [_panel(flat, VIEWS[name], meshes) for name, flat in seen.close_ups.items()]
    pixels = stacked([beside(row) for row in (upper, lower) if row])
    return Figure("slices", "slices", _caption(seen, whole, sinus=sinus), encode_png(pixels))


def _whole(seen: ScanLook, head: FloatArray) -> dict[str, ScanSlice]:
    """The slices as square windows around the head, at one scale."""
    box = np.stack([head.min(axis=0), head.max(axis=0)])  # two corners are enough: every view looks along an axis
    frames = {name: framing(VIEWS[name], box) for name in seen.slices}
    side_mm = 2 * _AROUND_MM + max(extent for _, extent in frames.values())
    return {name: window(flat, frames[name][0], side_mm) for name, flat in seen.slices.items()}


def _caption(seen: ScanLook, whole: Mapping[str, ScanSlice], *, sinus: bool) -> str:
    places = "; ".join(
        f"{name[:1].lower() + name[1:]} ({_place(flat, VIEWS[name])})" for name, flat in seen.slices.items()
    )
    within = "; within the outline, a sinus or an air cell that the defect opens into" if sinus else ""
    return (
        f"The implant in the scan. From left to right: {places}.{_enlarged(seen, whole)} Blue line: where the slice cuts the finished "
        "implant; holes and engraving show as rings and notches. "
        f"Black is air{within}. Bone window (2000 HU wide about 500 HU)."
    )


def _enlarged(seen: ScanLook, whole: Mapping[str, ScanSlice]) -> str:
    if not seen.close_ups:
        return ""
    name = next(iter(seen.close_ups))
    times = whole[name].pitch_mm / seen.close_ups[name].pitch_mm
    return f" Below each, what its white frame holds, {times:.1f} times as large."


def _place(flat: ScanSlice, view: View) -> str:
    axis = int(np.abs(view.toward_lps).argmax())
    return f"{'xyz'[axis]} = {flat.origin_lps_mm[axis]:z.1f} mm".replace("-", "\u2212")


def _panel(flat: ScanSlice, view: View, meshes: Iterable[Mesh], *, frame: ScanSlice | None = None) -> NDArray[np.uint8]:
    pixels = np.repeat(grey(flat.hu)[..., None], 3, axis=-1)
    if frame is not None:
        trace(pixels, columns_and_rows(flat, _edges(frame)), _FRAME)
    plane = Plane(flat.origin_lps_mm, view.toward_lps)
    for mesh in meshes:
        trace(pixels, columns_and_rows(flat, section(mesh, plane)), colour.OUTLINE)
    edge_letters(pixels, view)
    scale_bar(pixels, flat.pitch_mm)
    return pixels


def _edges(frame: ScanSlice) -> FloatArray:
    """`(4, 2, 3)` the four edges of a slice in LPS mm."""
    rows, columns = frame.hu.shape
    across, down = columns * frame.pitch_mm * frame.right_lps, -rows * frame.pitch_mm * frame.up_lps
    ring = frame.origin_lps_mm + np.stack([0 * across, across, across + down, down])
    return np.stack([ring, np.roll(ring, -1, axis=0)], axis=1)
