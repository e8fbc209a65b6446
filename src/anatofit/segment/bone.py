"""A head CT becomes the patient's bone with its sub-voxel edge."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.model.cranium import BoneEdge
from anatofit.model.grid import crop_to
from anatofit.model.volume import Field, Volume
from anatofit.segment.bodies import Bodies, find_bodies
from anatofit.segment.edge import EdgeProfiles, edge_profiles
from anatofit.segment.spread import spread_edge

FEWEST_PROFILES = 500  # fewer edges than this are no skull
MARGIN_MM = 12.0  # kept around the bone: scalp, and room for the restored contour
AIR_HU = -1000
TISSUE_HU = 40


def segment_bone(volume: Volume, *, edge_hu: float | None = None) -> BoneEdge:
    """The bone edge at local half height, holders and loose fragments taken away.

    volume: CT in HU. edge_hu: one edge value for the whole scan, given by a person instead.
    Raises ScanUnsuitableError where the scan shows no bone.
    """
    bodies = find_bodies(volume.hu, volume.grid.spacing_ijk_mm)
    if not bodies.keep.any():
        raise _no_bone(0)
    with ThreadPoolExecutor(1) as beside:  # neither asks for the other: the same numbers with one thread
        alone = beside.submit(lambda: (_head_only(volume, bodies), scan_noise_hu(volume.hu)))
        profiles = edge_profiles(volume, bodies.keep, bodies.factor_kji)
        head, noise_hu = alone.result()
    if len(profiles.edge_hu) < FEWEST_PROFILES:
        raise _no_bone(len(profiles.edge_hu))
    edge = spread_edge(profiles.points_lps_mm, profiles.edge_hu, head.grid, blur_mm=profiles.widest_blur_mm)
    if edge_hu is not None:
        edge = Field(edge.grid, np.full(edge.grid.shape_kji, edge_hu, dtype=np.float32))
    figures = {
        **edge_figures(profiles, noise_hu), "removed_bodies_count": float(bodies.dropped_count),
        "removed_fragments_mm3": bodies.fragment_mm3, "removed_foreign_mm3": bodies.foreign_mm3,
    }  # fmt: skip
    return BoneEdge(head, edge, figures, _sentence(figures, edge_hu))


def _no_bone(edges: int) -> ScanUnsuitableError:
    said = f"{edges} bone edges were found, a skull has over {FEWEST_PROFILES}; check that this is a head CT in HU"
    return ScanUnsuitableError(Reason("no-bone", said))


def _head_only(volume: Volume, bodies: Bodies) -> Volume:
    """The box around kept bone; what is dense but not kept becomes soft tissue where it lies in tissue, else air."""
    k, j, i = bodies.factor_kji
    low, high = [], []
    for axis, factor in enumerate(bodies.factor_kji):
        other = tuple(a for a in range(3) if a != axis)
        used = np.nonzero(bodies.keep.any(axis=other))[0]
        margin = int(np.ceil(MARGIN_MM / volume.grid.spacing_ijk_mm[2 - axis]))
        low.append(max(0, int(used[0]) * factor - margin))
        high.append(min(volume.hu.shape[axis], (int(used[-1]) + 1) * factor + margin))
    hu = volume.hu[low[0] : high[0], low[1] : high[1], low[2] : high[2]].copy()
    for index in range(hu.shape[0]):
        _erase(hu[index], bodies.drop[(index + low[0]) // k], (low[1], low[2]), (j, i))
    return Volume(crop_to(volume.grid, (low[0], low[1], low[2]), (high[0], high[1], high[2])), hu)


def _erase(plane: NDArray[Any], drop: NDArray[np.bool_], low: tuple[int, int], factor: tuple[int, int]) -> None:
    """Sets the voxels of dropped blocks to at most soft tissue, in place."""
    if not drop.any():
        return
    rows = (np.arange(plane.shape[0]) + low[0]) // factor[0]
    columns = (np.arange(plane.shape[1]) + low[1]) // factor[1]
    wanted = drop[np.ix_(rows, columns)]
    np.minimum(plane, TISSUE_HU, out=plane, where=wanted)


def scan_noise_hu(hu: NDArray[Any]) -> float:
    """Noise of soft tissue: the robust spread of differences between neighbours in the plane, over sqrt 2."""
    sample = hu[:: max(1, hu.shape[0] // 24), ::2, :].astype(np.float32)
    left, right = sample[..., :-1], sample[..., 1:]
    tissue = (left > -50) & (left < 120) & (right > -50) & (right < 120)
    difference = np.abs((left - right)[tissue])
    return float(1.4826 * np.median(difference) / np.sqrt(2)) if difference.size else 0.0


def edge_figures(profiles: EdgeProfiles, noise_hu: float) -> dict[str, float]:
    """What the profiles tell of the edge: its HU, how steep it is, and how well its place is known."""
    low, middle, high = np.percentile(profiles.edge_hu, [10, 50, 90])
    slope = float(np.median(profiles.slope_hu_per_mm))
    return {
        "edge_median_hu": float(middle), "edge_p10_hu": float(low), "edge_p90_hu": float(high),
        "edge_slope_hu_per_mm": slope, "noise_hu": noise_hu, "blur_mm": profiles.blur_mm,
        "edge_uncertainty_mm": float(np.hypot(noise_hu, (high - low) / 2.56 / 4) / slope),
        "contrast_median_hu": float(np.median(profiles.contrast_hu)),
    }  # fmt: skip


def _sentence(figures: dict[str, float], edge_hu: float | None) -> str:
    return (
        f"{edge_sentence(figures, edge_hu)} "
        f"{figures['removed_bodies_count']:.0f} dense bodies that are not the patient's bone (holder, tubing, loose fragments) were left out."
    )


def edge_sentence(figures: dict[str, float], edge_hu: float | None) -> str:
    """How the edge was found and how well its place is known."""
    how = (
        "the HU that a model of the blurred cortex has at its edge, fitted place by place"
        if edge_hu is None
        else f"{edge_hu:.0f} HU, given by a person,"
    )
    return (
        f"Bone was taken to end at {how} (median {figures['edge_median_hu']:.0f} HU, 10th to 90th percentile "
        f"{figures['edge_p10_hu']:.0f} to {figures['edge_p90_hu']:.0f} HU); at a median slope of {figures['edge_slope_hu_per_mm']:.0f} HU/mm "
        f"noise and local variation leave the edge uncertain by about {figures['edge_uncertainty_mm']:.2f} mm (one standard deviation)."
    )
