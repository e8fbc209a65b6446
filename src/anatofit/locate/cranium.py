"""Midplane, inside and defects of a head; stops with every reason where they do not match the order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import DefectError, Reason
from anatofit.geometry.chart import Chart, nearest_filled, read_map
from anatofit.geometry.outline import mask_inside
from anatofit.geometry.skull_rays import bone_shell
from anatofit.locate.cavity import cavity_points
from anatofit.locate.holes import Sight, bone_in_sight, describe_hole, hole_masks
from anatofit.locate.symmetry import Symmetry, describe_symmetry, find_midplane
from anatofit.model.case import Locate
from anatofit.model.cranium import BoneEdge, Defect, LocatedCranium
from anatofit.model.frame import FloatArray, Laterality, Plane, unit_vector
from anatofit.model.words import counted

DISTANCES_MM = np.arange(32.0, 135.0, 0.75)  # from the centre of the cavity: no adult table is nearer or farther
CHART_RADIUS_MM = 85.0
CHART_STEP_MM = 2.0
CHART_CELLS = 149  # reaches 120° from the vertex
RIVAL_SHARE = 0.5  # a second hole of this share of the first one's area makes the choice a person's
SYMMETRY_DEG = 112.0  # temples and brow are needed: a vault alone is too round to tell how the head is rolled
SIDE_NAMES = {Laterality.RIGHT: "the right side", Laterality.LEFT: "the left side", Laterality.BOTH: "both sides"}


def locate_cranium(bone: BoneEdge, *, ordered: Laterality, overrides: Locate) -> LocatedCranium:
    """The defect that was ordered, with the head's midplane and the centre of its cavity.

    Raises DefectError where there is no defect, none on the ordered side, or more than one that could be meant;
    ScanUnsuitableError where the scan encloses no cranial cavity.
    """
    inside = cavity_points(bone)
    superior = np.array([0.0, 0.0, 1.0])
    chart = Chart(inside.mean(axis=0), superior, CHART_RADIUS_MM, CHART_STEP_MM, CHART_CELLS)
    shell = bone_shell(bone, chart.centre_lps_mm, chart.directions().reshape(-1, 3), DISTANCES_MM)
    outer, inner = (x.reshape(chart.size, chart.size) for x in (shell.outer_mm, shell.inner_mm))
    symmetry = _midplane(chart, outer, overrides)
    centred = _on_plane(chart, symmetry.plane)
    radius = nearest_filled(0.5 * (outer + inner))
    masks = _given_rim(centred, overrides) if overrides.rim else hole_masks(_sight(bone, centred, symmetry.plane))
    defects = tuple(describe_hole(n, mask, centred, radius, symmetry.plane) for n, mask in enumerate(masks, start=1))
    chosen = choose_defect(defects, ordered, overrides)
    located = Laterality.UNPAIRED if ordered is Laterality.UNPAIRED else chosen.laterality
    figures = _figures(symmetry, chosen, defects)
    return LocatedCranium(
        symmetry.plane, symmetry.rms_mm, centred.centre_lps_mm, unit_vector(superior - symmetry.plane.normal_lps * (superior @ symmetry.plane.normal_lps)),
        defects, chosen.number, located, figures, _sentence(figures, chosen, overrides),
    )  # fmt: skip


def _midplane(chart: Chart, outer: FloatArray, overrides: Locate) -> Symmetry:
    vault = _from_vertex_deg(chart) < SYMMETRY_DEG
    if overrides.midplane is None:
        return find_midplane(chart, outer, vault)
    normal = np.array(overrides.midplane.normal_lps, dtype=np.float64)
    plane = Plane(np.array(overrides.midplane.point_lps_mm), normal if normal[0] > 0 else -normal)
    points = (chart.centre_lps_mm + chart.directions() * np.nan_to_num(outer)[..., None])[vault & np.isfinite(outer)]
    return describe_symmetry(chart, outer, points, plane)


def _on_plane(chart: Chart, plane: Plane) -> Chart:
    """The same chart seen from the centre's foot on the midplane, so that mirrored directions are directions again."""
    off = float(plane.signed_distance_mm(chart.centre_lps_mm))
    return Chart(
        chart.centre_lps_mm - off * plane.normal_lps, chart.axis_lps, chart.radius_mm, chart.step_mm, chart.size
    )


def _from_vertex_deg(chart: Chart) -> FloatArray:
    return np.asarray(np.degrees(np.arccos(np.clip(chart.directions() @ chart.axis_lps, -1.0, 1.0))))


def _sight(bone: BoneEdge, chart: Chart, plane: Plane) -> Sight:
    seen = bone_in_sight(bone, chart, DISTANCES_MM)
    directions = chart.directions()
    twins = directions - 2.0 * (directions @ plane.normal_lps)[..., None] * plane.normal_lps
    cells, _ = chart.to_cells(chart.centre_lps_mm + twins)
    return Sight(
        chart,
        seen,
        read_map(seen.astype(np.float64), cells) > 0.5,
        np.rint(cells).astype(np.int64),
        _from_vertex_deg(chart),
    )


def _given_rim(chart: Chart, overrides: Locate) -> list[NDArray[np.bool_]]:
    """The mask inside a rim that a person has drawn."""
    mask = mask_inside(np.array(overrides.rim, dtype=np.float64), chart)
    if not mask.any():
        raise DefectError(
            Reason(
                "rim",
                "[locate] rim encloses nothing seen from inside the head; give its points in order, in LPS mm of the scan",
            )
        )
    return [mask]


def choose_defect(defects: tuple[Defect, ...], ordered: Laterality, overrides: Locate) -> Defect:
    """The one defect that the order can mean; DefectError with every reason where it cannot be told."""
    found = ", ".join(
        f"a hole of {d.extent_mm:.0f} mm on {SIDE_NAMES[d.laterality]} (number {d.number})" for d in defects
    )
    if not defects:
        raise DefectError(
            Reason(
                "no-defect",
                "no hole over 15 mm was found in the skull; if there is one, give its edge as [locate] rim (LPS mm)",
            )
        )
    if overrides.defect is not None:
        if overrides.defect > len(defects):
            raise DefectError(
                Reason("defect-number", f"[locate] defect = {overrides.defect}, but only these were found: {found}")
            )
        candidates = [defects[overrides.defect - 1]]
    else:
        candidates = list(defects)
    fitting = [d for d in candidates if ordered is Laterality.UNPAIRED or d.laterality is ordered]
    if not fitting:
        raise DefectError(
            Reason(
                "wrong-side",
                f"the order is for {SIDE_NAMES.get(ordered, ordered)}, the scan shows {found}; check order and scan, nothing was made",
            )
        )
    rivals = [d for d in fitting[1:] if d.area_mm2 > RIVAL_SHARE * fitting[0].area_mm2]
    if rivals:
        raise DefectError(
            Reason(
                "several-defects",
                f"more than one defect could be meant: {found}; say which by [locate] defect = <number>",
            )
        )
    return fitting[0]


def _figures(symmetry: Symmetry, chosen: Defect, defects: tuple[Defect, ...]) -> dict[str, float]:
    return {
        "symmetry_rms_mm": symmetry.rms_mm, "symmetric_share": symmetry.symmetric_share, "defects_count": float(len(defects)),
        "defect_extent_mm": chosen.extent_mm, "defect_area_mm2": chosen.area_mm2, "defect_right_share": chosen.right_share,
    }  # fmt: skip


def _sentence(figures: dict[str, float], chosen: Defect, overrides: Locate) -> str:
    by_hand = [name for name in ("midplane", "rim", "defect", "edge_hu") if getattr(overrides, name) is not None]
    hand = f" A person overruled: {', '.join(by_hand)}." if by_hand else ""
    return (
        f"The mid-sagittal plane was found by matching the vault to its mirror image (RMS {figures['symmetry_rms_mm']:.2f} mm over the "
        f"{100 * figures['symmetric_share']:.0f} % that are symmetric within 4 mm); of {counted(round(figures['defects_count']), 'defect')} number "
        f"{chosen.number} was taken, {chosen.extent_mm:.0f} mm across, on {SIDE_NAMES[chosen.laterality]}.{hand}"
    )
