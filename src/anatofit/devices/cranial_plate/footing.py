"""What a tab would stand on at each station along the rim: how the outer face turns beneath it, and what bone cuts off it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.devices.cranial_plate.layout import TAB_ROOT_MM
from anatofit.devices.cranial_plate.site import PLAN_STEP_MM, Site
from anatofit.devices.cranial_plate.spec import CranialPlateSpec
from anatofit.geometry.field import sample
from anatofit.model.frame import FloatArray

ALONG, ACROSS = 8, 4  # places beneath a tab: every 2 mm of the longest and the widest
HEIGHT_STEP_MM = 0.15  # between heights at which a place above the outer face is asked whether it is free


@dataclass(frozen=True)
class Footing:
    """One value a station. even: cosine by which the outer face turns beneath a tab, 1 is a plane, a bump or a margin is less.
    left_mm: least thickness of the tab over the bone, after the gap and the way out are cut free, here and a step of the fields aside."""

    even: FloatArray
    left_mm: FloatArray


def footing(site: Site, spec: CranialPlateSpec) -> Footing:
    """What a tab of the order would stand on."""
    from scipy.ndimage import minimum_filter1d

    places = _places(site, spec)
    normals = site.normal_at(places.reshape(-1, 3)).reshape(places.shape)
    mean = normals.mean(axis=0)
    mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)
    even = np.einsum("pnx,nx->pn", normals, mean).min(axis=0)
    beyond = _beyond_rim(spec)
    left_mm = _left_mm(site, spec, places[beyond], normals[beyond]).min(axis=0)
    beside = int(np.ceil(PLAN_STEP_MM / site.rim.step_mm))
    return Footing(even, minimum_filter1d(left_mm, 2 * beside + 1, mode="wrap"))


def _along_mm(spec: CranialPlateSpec) -> FloatArray:
    return np.linspace(-TAB_ROOT_MM, spec.tab_length_mm, ALONG)


def _beyond_rim(spec: CranialPlateSpec) -> FloatArray:
    """Which of a station's places lie over bone; within the rim the tab is the body's."""
    return np.repeat(_along_mm(spec) > 0, ACROSS)


def _places(site: Site, spec: CranialPlateSpec) -> FloatArray:
    """`(places, stations, 3)` LPS mm on the outer face beneath a tab."""
    rim = site.rim
    across = np.cross(rim.normal_lps, rim.outward_lps)
    side_mm = np.linspace(-spec.tab_width_mm / 2, spec.tab_width_mm / 2, ACROSS)
    return np.stack(
        [
            site.on_outer(rim.foot_lps_mm + along * rim.outward_lps + side * across)
            for along in _along_mm(spec)
            for side in side_mm
        ]
    )


def _left_mm(site: Site, spec: CranialPlateSpec, places: FloatArray, normals: FloatArray) -> FloatArray:
    """`(places, stations)`: from the highest blocked height to the tab's outer face."""
    highest = np.full(places.shape[:2], spec.gap_mm)
    for height_mm in np.arange(spec.gap_mm, spec.gap_mm + spec.tab_thickness_mm, HEIGHT_STEP_MM):
        blocked = sample(site.blocked, site.grid, (places + height_mm * normals).reshape(-1, 3)) > 0
        highest[blocked.reshape(highest.shape)] = height_mm
    return spec.gap_mm + spec.tab_thickness_mm - highest
