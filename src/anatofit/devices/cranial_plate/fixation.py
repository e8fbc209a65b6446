"""Where tabs, or recesses for separate plates, go: evenly along the rim, where there is bone or body enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from anatofit.devices.cranial_plate.footing import footing
from anatofit.devices.cranial_plate.layout import TAB_ROOT_MM, Screw, Tab, triple
from anatofit.devices.cranial_plate.perforate import STEEPEST, even_exit
from anatofit.devices.cranial_plate.site import HOLLOW_MM, Site, ring_max
from anatofit.devices.cranial_plate.spec import CranialPlateSpec
from anatofit.devices.cranial_plate.stations import choose
from anatofit.geometry.field import FieldArray, sample
from anatofit.model.frame import FloatArray
from anatofit.model.words import counted

BONE_DEPTH_MM = 1.2  # beneath a screw and around it there must be bone at this depth: beside a suture's gap or an edge there is none
BONE_RING_MM = 1.0  # around the hole by this much
# Around the shaft by this much there is no air down to the depth that was ordered: better as far as a drill strays or a hole is
# drilled anew, at least as far as the fields may err.
FAR_RING_MM, NEAR_RING_MM = 1.0, 0.3
SHAFT_STEP_MM = 0.4  # a third of the fields' own step: nothing that they show is passed over
DEEPER_MM = 0.25  # than ordered: what the fields, read between their nodes, err at the far side of a thin bone
APART_MM = 2.0  # between neighbouring tabs or recesses
RECESS_RATIO = 2.0  # head to shaft of a countersunk bone screw
RECESS_WALL_MM = 2.0  # body around a recess
# Of the rim this much stays free of tabs and their fillets: there a surgeon sees that the part is seated, and there alone the
# step across the rim can be measured. Proposal: a fifth.
FREE_SHARE = 0.2
FILLET_MM = (
    3.5  # beside a tab, as far as its fillet turns the face: 1.6 mm of radius, and as much again to look past it
)
EVEN_COSINE = 0.87  # 30 degrees: twice what a skull of 25 mm radius turns beneath half a tab
LEAST_COSINE = 0.6  # 53 degrees: where more is turned, a tab hooks around an edge of bone, or hangs over an orbit
LEFT_SHARE = (
    0.75  # of a tab's thickness that bone standing higher than the outer face leaves: 0.9 mm of the thinnest tab
)


def place_tabs(site: Site, spec: CranialPlateSpec) -> tuple[tuple[Tab, ...], tuple[Screw, ...], list[str]]:
    """Tabs with a screw each, and a note where fewer fit than were asked. Raises PrescriptionError below two."""
    rim = site.rim
    tip = site.on_outer(rim.foot_lps_mm + rim.outward_lps * (spec.tab_length_mm - spec.tab_width_mm / 2))
    axis = site.normal_at(tip)
    head = _bone_under(site, tip, axis, spec)
    bone = head & _thick(site, tip, axis, spec) & _airless(site, tip, axis, spec, ring_mm=NEAR_RING_MM)
    far = bone & _airless(site, tip, axis, spec, ring_mm=FAR_RING_MM)
    place = footing(site, spec)
    uncut = place.left_mm >= LEFT_SHARE * spec.tab_thickness_mm
    grounds = [
        ground & (place.even > least) & whole
        for whole in (uncut, True)
        for ground in (far, bone)
        for least in (EVEN_COSINE, LEAST_COSINE)
    ]
    apart = spec.tab_width_mm + APART_MM

    def leave_rim(stations: Sequence[int]) -> bool:
        beside = spec.tab_width_mm / 2 + FILLET_MM
        return free_share(rim.foot_lps_mm, stations, beside_mm=beside, bone=head) >= FREE_SHARE

    stations, note = choose(grounds, tip, count=spec.tab_count, apart_mm=apart, what="tabs", fits=leave_rim)
    middle = rim.foot_lps_mm + rim.outward_lps * ((spec.tab_length_mm - TAB_ROOT_MM) / 2)
    tabs = tuple(
        Tab(
            centre_lps_mm=triple(middle[s]),
            outward_lps=triple(rim.outward_lps[s]),
            normal_lps=triple(rim.normal_lps[s]),
            width_mm=spec.tab_width_mm,
            length_mm=round(spec.tab_length_mm + TAB_ROOT_MM, 6),
            thickness_mm=spec.tab_thickness_mm,
        )
        for s in stations
    )
    return tabs, tuple(_screw(tip[s], axis[s], spec, kind="tab") for s in stations), note


def free_share(
    rim_lps_mm: FloatArray, stations: Sequence[int], *, beside_mm: float, bone: NDArray[np.bool_] | None = None
) -> float:
    """The share of the rim's places `(n, 3)` that lie farther than `beside_mm` from every station, and have bone beside them."""
    away = np.linalg.norm(rim_lps_mm[:, None] - rim_lps_mm[list(stations)], axis=2).min(axis=1)
    return float(((away > beside_mm) & (True if bone is None else bone)).mean())


def place_recesses(site: Site, spec: CranialPlateSpec) -> tuple[tuple[Screw, ...], list[str]]:
    """Countersunk holes inside the rim, which take separate plates that bridge to the bone, and a note where fewer fit.

    Their axes meet no bone (see `held_apart`). Raises PrescriptionError below two.
    """
    rim = site.rim
    keep = spec.screw_diameter_mm * RECESS_RATIO / 2 + RECESS_WALL_MM
    centre = site.on_outer(rim.foot_lps_mm - rim.outward_lps * (keep + spec.gap_mm + 1.0))
    axis = site.normal_at(centre)
    good = (ring_max(site.free_at, centre, axis, keep) < 0) & (axis @ site.direction_lps > 0.3)
    good &= even_exit(site, centre, axis, spec.screw_diameter_mm * RECESS_RATIO / 2)
    stations, note = choose([good], centre, count=spec.tab_count, apart_mm=2 * keep + APART_MM, what="recesses")
    return tuple(_screw(centre[s], axis[s], spec, kind="recess") for s in stations), note


def held_apart(fixation: str, recess_count: int) -> list[str]:
    """What the plan says where nothing of the part itself reaches bone: what holds it then, and whose choice that is."""
    if fixation == "recess":
        return [
            f"no screw of this part reaches bone: its {counted(recess_count, 'countersunk hole')}, inside the rim, are for separate "
            "plates (miniplates) that bridge from the part to the bone, which the surgeon chooses and places; neither those plates nor "
            "the bone beneath their screws was looked at"
        ]
    if fixation == "none":
        return [
            "the part has no fixation of its own, neither tab nor screw hole: it needs separate plates or other means, which the "
            "surgeon chooses and places"
        ]
    return []


def _screw(centre: FloatArray, axis: FloatArray, spec: CranialPlateSpec, *, kind: str) -> Screw:
    head = spec.screw_diameter_mm * (RECESS_RATIO if kind == "recess" else 1.0)
    depth = (head - spec.screw_diameter_mm) / 2  # a cone of 90 degrees
    return Screw(
        centre_lps_mm=triple(centre),
        axis_lps=triple(axis),
        diameter_mm=spec.screw_diameter_mm,
        recess_diameter_mm=round(head, 6),
        recess_depth_mm=round(depth, 6),
        kind="tab" if kind == "tab" else "recess",
    )


def _bone_under(site: Site, tip: FloatArray, axis: FloatArray, spec: CranialPlateSpec) -> NDArray[np.bool_]:
    """Where there is bone beneath a screw's head and around it, on a face that is reached from the way in."""
    host_at = _below(site.ground.host, site, axis, BONE_DEPTH_MM)
    around = ring_max(host_at, tip, axis, spec.screw_diameter_mm / 2 + BONE_RING_MM) < 0
    up = np.minimum(axis @ site.direction_lps, site.rim.normal_lps @ site.direction_lps) > STEEPEST
    return np.asarray((host_at(tip) < -0.3) & around & up)


def _thick(site: Site, tip: FloatArray, axis: FloatArray, spec: CranialPlateSpec) -> NDArray[np.bool_]:
    """Where bone reaches as deep as was ordered all around a shaft: diploe may be hollow, but the other table lies behind it."""
    end = spec.screw_bone_mm + DEEPER_MM
    deeper = [_below(site.ground.host, site, axis, d) for d in np.arange(end, end + HOLLOW_MM, SHAFT_STEP_MM)]

    def nearest_bone(points: FloatArray) -> FloatArray:
        return np.asarray(np.min([host_at(points) for host_at in deeper], axis=0))

    around = ring_max(nearest_bone, tip, axis, spec.screw_diameter_mm / 2 + NEAR_RING_MM)
    return np.asarray((nearest_bone(tip) < 0) & (around < 0))


def _airless(
    site: Site, tip: FloatArray, axis: FloatArray, spec: CranialPlateSpec, *, ring_mm: float
) -> NDArray[np.bool_]:
    """Where no air lies within `ring_mm` of a shaft as deep as was ordered."""
    if site.ground.air is None:
        return np.ones(len(tip), dtype=bool)
    depths = np.arange(0.0, spec.screw_bone_mm + DEEPER_MM + SHAFT_STEP_MM, SHAFT_STEP_MM)
    nearest = np.min([_below(site.ground.air, site, axis, d)(tip) for d in depths], axis=0)
    return np.asarray(nearest > spec.screw_diameter_mm / 2 + ring_mm)


def _below(field: FieldArray, site: Site, axis: FloatArray, depth_mm: float) -> Callable[[FloatArray], FloatArray]:
    """A field of the ground at a depth below points, which come in equal numbers for each axis."""

    def at(points: FloatArray) -> FloatArray:
        return sample(field, site.ground.grid, points - depth_mm * np.repeat(axis, len(points) // len(axis), axis=0))

    return at
