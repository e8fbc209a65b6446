"""Bone by labels: they decide which bone it is, the scan's HU where its edge is.

Near the labels' border the HU decide, as in our own segmentation. Further away than that band the labels do: bone beyond it is
left out, what lies deep within is bone. Where bone runs on through the band without an end, or nothing in it looks like bone, the
two contradict each other; there the labels' own border is taken, and how much of it that is, is said.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.model.cranium import BoneEdge
from anatofit.model.grid import Grid, crop_to
from anatofit.model.labels import LabelMap
from anatofit.model.volume import Field, Volume
from anatofit.segment.bodies import COARSE_MM, DENSE_HU, block_max
from anatofit.segment.bone import FEWEST_PROFILES, MARGIN_MM, TISSUE_HU, edge_figures, edge_sentence, scan_noise_hu
from anatofit.segment.edge import edge_profiles
from anatofit.segment.spread import spread_edge

Mask = NDArray[np.bool_]

# A border drawn by hand or by a network is right to a voxel or two of the grid that it was drawn on.
BAND_STEPS = 2
# Less of the labels than this looks like bone: they are of something else. (Of a bone with wide marrow a third does.)
SMALLEST_SHARE = 0.1
# Along more of the border than this labels and HU lie further apart than the band: by header they may fit, by the patient not.
MOST_CONTESTED = 0.5


def segment_labelled(volume: Volume, labels: LabelMap, *, edge_hu: float | None = None) -> BoneEdge:
    """The labelled bone with its sub-voxel edge; all other bone is taken away. labels: on the volume's grid, not empty.

    edge_hu: one edge value for the whole scan, given by a person. Raises ScanUnsuitableError where no bone is labelled.
    """
    dense = float((volume.hu[labels.inside] > DENSE_HU).mean())
    if dense < SMALLEST_SHARE:
        raise _contradicted(f"bone in {100 * dense:.0f} % of what they mark")
    k, j, i = (max(1, round(COARSE_MM / s)) for s in volume.grid.spacing_ijk_mm[::-1])
    band = _band(volume.grid, BAND_STEPS * labels.step_mm)
    profiles = edge_profiles(volume, block_max(_grown(labels.inside, band), (k, j, i)), (k, j, i))
    if len(profiles.edge_hu) < FEWEST_PROFILES:
        raise _contradicted(f"only {len(profiles.edge_hu)} bone edges, a skull has over {FEWEST_PROFILES}")
    head, inside = _around(volume, labels)
    edge = spread_edge(profiles.points_lps_mm, profiles.edge_hu, head.grid, blur_mm=profiles.widest_blur_mm)
    if edge_hu is not None:
        edge = Field(edge.grid, np.full(edge.grid.shape_kji, edge_hu, dtype=np.float32))
    seen = BoneEdge(head, edge, {}, "")
    settled = _settle(seen, inside, band)
    figures = {
        **edge_figures(profiles, scan_noise_hu(volume.hu)), **_label_figures(settled, inside, head.grid),
        "labels_band_mm": BAND_STEPS * labels.step_mm,
    }  # fmt: skip
    if figures["labels_contested_percent"] > 100.0 * MOST_CONTESTED:
        raise _contradicted(
            f"an edge of bone along {100 - figures['labels_contested_percent']:.0f} % of their border alone"
        )
    return BoneEdge(Volume(head.grid, _redrawn(seen, settled)), edge, figures, _sentence(figures, edge_hu))


def _contradicted(was: str) -> ScanUnsuitableError:
    said = f"where the labels mark bone, the scan shows {was}; check that labels and scan belong together and the label is the bone"
    return ScanUnsuitableError(Reason("labels-contradict", said))


def _around(volume: Volume, labels: LabelMap) -> tuple[Volume, Mask]:
    """The box around the labels with a margin."""
    low, high = [], []
    for axis in range(3):
        used = np.nonzero(labels.inside.any(axis=tuple(a for a in range(3) if a != axis)))[0]
        margin = int(np.ceil(MARGIN_MM / volume.grid.spacing_ijk_mm[2 - axis]))
        low.append(max(0, int(used[0]) - margin))
        high.append(min(volume.hu.shape[axis], int(used[-1]) + 1 + margin))
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    grid = crop_to(volume.grid, (low[0], low[1], low[2]), (high[0], high[1], high[2]))
    return Volume(grid, volume.hu[box]), labels.inside[box]


def _band(grid: Grid, band_mm: float) -> tuple[int, int, int]:
    k, j, i = (max(1, round(band_mm / s)) for s in grid.spacing_ijk_mm[::-1])
    return k, j, i


class _Settled:
    """What was decided of each voxel: `dense` by its HU, `cut` away and `filled` against its HU, `drop` as another bone."""

    def __init__(self, dense: Mask, cut: Mask, filled: Mask, drop: Mask) -> None:
        self.dense, self.cut, self.filled, self.drop = dense, cut, filled, drop


def _settle(seen: BoneEdge, inside: Mask, band_kji: tuple[int, int, int]) -> _Settled:
    dense = _dense(seen)
    near = _grown(inside, band_kji)
    elsewhere = dense & ~near
    cut = _reached(elsewhere, dense & near & ~inside, max(band_kji))
    hollow = inside & ~dense & (~_grown(~inside, band_kji) | ~_grown(dense, band_kji))
    filled = hollow | _reached(hollow, inside & ~dense, max(band_kji))
    return _Settled(dense, cut, filled, elsewhere)


def _dense(seen: BoneEdge) -> Mask:
    hu = seen.volume.hu
    out = np.empty(hu.shape, dtype=bool)
    for k in range(len(hu)):
        out[k] = hu[k] >= _edge_of(seen, k)
    return out


def _edge_of(seen: BoneEdge, k: int) -> NDArray[np.float32]:
    return np.asarray(seen.edge_at((k, 0, 0), (k + 1, *seen.volume.hu.shape[1:]))[0])


def _grown(mask: Mask, by_kji: tuple[int, int, int]) -> Mask:
    """The mask with a box of so many voxels around each of its own."""
    from scipy import ndimage

    out = mask.view(np.uint8)
    for axis, by in enumerate(by_kji):
        out = ndimage.maximum_filter1d(out, 2 * by + 1, axis=axis, mode="nearest")
    return np.asarray(out.view(bool))


def _reached(start: Mask, through: Mask, steps: int) -> Mask:
    """The part of `through` that is reached from `start` within so many voxels, never leaving it."""
    from scipy import ndimage

    if not start.any():
        return np.zeros_like(through)
    return np.asarray(ndimage.binary_dilation(start, iterations=steps, mask=start | through) & through)


def _redrawn(seen: BoneEdge, settled: _Settled) -> NDArray[np.generic]:
    """The HU with what is not the bone as soft tissue, and what the labels alone call bone as far above the edge as tissue is
    below it, so that the edge then lies on the labels' border, half way between two voxels."""
    hu = seen.volume.hu.copy()
    for k, plane in enumerate(hu):
        np.minimum(plane, TISSUE_HU, out=plane, where=settled.cut[k] | settled.drop[k])
        if (fill := settled.filled[k]).any():
            bone = np.rint(2.0 * _edge_of(seen, k) - TISSUE_HU)
            plane[fill] = np.maximum(plane[fill], bone[fill]).astype(plane.dtype)
    return hu


def _label_figures(settled: _Settled, inside: Mask, grid: Grid) -> dict[str, float]:
    border = inside & _grown(~inside, (1, 1, 1))
    contested = border & _grown(settled.cut | settled.filled, (1, 1, 1))
    return {
        "labels_contested_percent": 100.0 * float(contested.sum()) / float(border.sum()),
        "labels_bone_percent": 100.0 * float((inside & settled.dense).sum()) / float(inside.sum()),
        "labels_filled_mm3": float(settled.filled.sum()) * grid.cell_mm3,
        "removed_other_bone_mm3": float(settled.drop.sum()) * grid.cell_mm3,
    }


def _sentence(figures: dict[str, float], edge_hu: float | None) -> str:
    return (
        f"Which bone it is was told by labels that were given. {edge_sentence(figures, edge_hu)} "
        f"Within {figures['labels_band_mm']:.1f} mm of the labels' border the HU decided where bone ends; along {figures['labels_contested_percent']:.1f} % "
        f"of that border labels and HU lie further apart, and there the labels' own border was taken. "
        f"{figures['removed_other_bone_mm3'] / 1000:.1f} cm³ of other bone around it were left out, and {figures['labels_filled_mm3'] / 1000:.1f} cm³ that the "
        "labels call bone lie below the edge's HU and were taken as bone."
    )
