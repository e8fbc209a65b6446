"""A device on a bone in the scan that it was made from: flat cuts through what is planned, with outlines of part and bones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from anatofit.model.frame import Plane
from anatofit.model.mesh import Mesh
from anatofit.model.pictures import Figure, ScanLook, ScanSlice
from anatofit.model.volume import Volume
from anatofit.report import colour
from anatofit.report.bone_sections import Section, sections_of
from anatofit.report.data import Scene
from anatofit.report.panels import Pixels, beside, stacked, trace
from anatofit.report.png import encode_png
from anatofit.report.slices import close_up, columns_and_rows, grey, section
from anatofit.report.stamps import edge_letters, number, scale_bar

PANEL_PX = 400  # a side
ROW = 4  # at most so many lie side by side: two cuts or trajectories, each seen twice


def look_at_bone(volume: Volume, plan: Mapping[str, Any]) -> ScanLook:
    """The cuts through the scan that a plan asks for, by what they show."""
    cuts = {
        _key(n, s): close_up(volume, s.view, s.centre_lps_mm, s.side_mm, side_px=PANEL_PX)
        for n, s in enumerate(sections_of(plan))
    }
    return ScanLook(volume.grid.direction_lps, cuts)


def draw_bone_slices(seen: ScanLook, scene: Scene) -> Iterator[Figure]:
    """One picture with all of them, numbered as in the plan; none where the plan asks for none."""
    sections = sections_of(scene.plan)
    panels = [_panel(seen.slices[_key(n, s)], s, scene) for n, s in enumerate(sections)]
    if not panels:
        return
    wide = min(len(panels), ROW)
    panels += [np.zeros_like(panels[0])] * (-len(panels) % wide)
    rows = [beside(panels[n : n + wide]) for n in range(0, len(panels), wide)]
    yield Figure("slices", "slices", _caption(sections, scene), encode_png(stacked(rows)))


def _key(place: int, found: Section) -> str:
    return f"{place + 1}: {found.words}"


def _panel(flat: ScanSlice, found: Section, scene: Scene) -> Pixels:
    pixels = np.repeat(grey(flat.hu)[..., None], 3, axis=-1)
    plane = Plane(found.centre_lps_mm, found.view.toward_lps)
    surfaces = scene.anatomy.surfaces
    for mesh, ink in ((surfaces.get("neighbours"), colour.OTHER_LINE), (surfaces["host"], colour.BONE_LINE)):
        _outline(pixels, flat, plane, mesh, ink, wide=False)
    trace(pixels, columns_and_rows(flat, found.planned_lps_mm), colour.PLAN_LINE, wide=False)
    for mesh in scene.parts.values():
        _outline(pixels, flat, plane, mesh, colour.OUTLINE, wide=True)
    edge_letters(pixels, found.view)
    scale_bar(pixels, flat.pitch_mm)
    number(pixels, found.number)
    return pixels


def _outline(
    pixels: Pixels, flat: ScanSlice, plane: Plane, mesh: Mesh | None, ink: tuple[int, int, int], *, wide: bool
) -> None:
    if mesh is not None:
        trace(pixels, columns_and_rows(flat, section(mesh, plane)), ink, wide=wide)


def _caption(sections: list[Section], scene: Scene) -> str:
    part = " and the ".join(scene.parts)
    shown = "; ".join(found.words for found in sections)
    others = " Violet: other bones." if "neighbours" in scene.anatomy.surfaces else ""
    return (
        f"The {part} in the scan, row by row, each cut with its number in the plan: {shown}. Blue: where the cut meets the finished {part}. Yellow: "
        f"the bone's surface that it was fitted to; see whether it lies on the edge of the bone.{others} Red: the planned plane or axis, as deep as "
        "planned. Letters name the main direction of each edge. Black is air. Bone window (2000 HU wide about 500 HU)."
    )
