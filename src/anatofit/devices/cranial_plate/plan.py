"""From an anatomy and a spec to the plan of a cranial plate."""

from __future__ import annotations

import numpy as np

from anatofit.devices.cranial_plate.engrave import place_text
from anatofit.devices.cranial_plate.fixation import held_apart, place_recesses, place_tabs
from anatofit.devices.cranial_plate.insertion import PATH_MM, find_insertion
from anatofit.devices.cranial_plate.layout import (
    CranialPlatePlan,
    Lattice,
    Midsagittal,
    Screw,
    Tab,
    Text,
    drawn_radius_mm,
    triple,
)
from anatofit.devices.cranial_plate.perforate import place_perforations
from anatofit.devices.cranial_plate.site import MARGIN_MM, Site, box_grid, look_at, must_reach, reach_mm
from anatofit.devices.cranial_plate.spec import CranialPlateSpec
from anatofit.devices.cranial_plate.stations import FEWEST
from anatofit.errors import PrescriptionError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray

MOST_NODES = 10e6  # of the build's grid: some 40 MB a field
RIM_POINTS = 180


def make_plan(anatomy: Anatomy, spec: CranialPlateSpec, *, case: str, least_mm: float = 0.0) -> CranialPlatePlan:
    """The plan, every number rounded to 1e-6.

    Raises PrescriptionError where the order asks for what the part has no room for, DefectError without a body of `least_mm`.
    """
    insertion = find_insertion(anatomy)
    site = look_at(anatomy, spec, insertion)
    must_reach(site, least_mm=least_mm)
    tabs, screws, text, notes = _placed(site, spec, case)
    recesses = [s for s in screws if s.kind == "recess"]
    radius, lattice = _edge_radius(spec), _lattice(anatomy, spec, insertion.direction_lps)
    return CranialPlatePlan(
        case=case,
        laterality=str(anatomy.laterality),
        insertion_direction_lps=triple(insertion.direction_lps),
        insertion_length_mm=PATH_MM,
        insertion_loss_share=round(insertion.loss_share, 6),
        gap_mm=spec.gap_mm,
        thickness_mode=spec.thickness_mode,
        thickness_mm=spec.thickness_mm,
        thickness_max_mm=spec.thickness_max_mm,
        edge_radius_mm=radius,
        fixation=spec.fixation,
        perforations=place_perforations(site, spec, recesses, tabs, text),
        screws=screws,
        tabs=tabs,
        text=text,
        rim_lps_mm=tuple(triple(p) for p in _rim(anatomy)),
        midsagittal=_midsagittal(anatomy),
        lattice=lattice,
        notes=(*held_apart(spec.fixation, len(recesses)), *notes, *_rounder(radius, lattice), *_opened(anatomy)),
    )


def _placed(
    site: Site, spec: CranialPlateSpec, case: str
) -> tuple[tuple[Tab, ...], tuple[Screw, ...], Text | None, list[str]]:
    """Fixation and text; fewer recesses than asked, and a note, where the case number has no room beside them all."""
    tabs, screws, notes = _fixation(site, spec)
    recesses = [s for s in screws if s.kind == "recess"]
    try:
        text, more = place_text(site, spec, recesses, case=case)
    except PrescriptionError:
        if len(recesses) <= FEWEST:
            raise
        fewer = spec.model_copy(update={"tab_count": len(recesses) - 1})
        tabs, screws, text, more = _placed(site, fewer, case)
        left = sum(s.kind == "recess" for s in screws)
        said = f"{left} recesses were placed, {spec.tab_count} were asked: the case number has no room beside more"
        return tabs, screws, text, [said, *(n for n in more if "recesses" not in n)]
    return tabs, screws, text, [*notes, *more]


def _fixation(site: Site, spec: CranialPlateSpec) -> tuple[tuple[Tab, ...], tuple[Screw, ...], list[str]]:
    if spec.fixation == "tabs":
        return place_tabs(site, spec)
    if spec.fixation == "recess":
        screws, notes = place_recesses(site, spec)
        return (), screws, notes
    return (), (), []


def _edge_radius(spec: CranialPlateSpec) -> float:
    """The radius asked, or what leaves a tab a flat middle."""
    return (
        round(min(spec.edge_radius_mm, spec.tab_thickness_mm / 2 - 0.1), 6)
        if spec.fixation == "tabs"
        else spec.edge_radius_mm
    )


def _rounder(radius_mm: float, lattice: Lattice) -> list[str]:
    """What the plan says where the body's edges are rounder than asked."""
    drawn = drawn_radius_mm(radius_mm, lattice)
    if drawn <= radius_mm:
        return []
    return [
        f"the body's edges have a radius of {drawn:g} mm, {radius_mm:g} mm was asked: a smaller one is not drawn on its lattice"
    ]


def _opened(anatomy: Anatomy) -> list[str]:
    """What the plan says where the restored piece reaches into a sinus."""
    if not anatomy.opens_into_air:
        return []
    return [
        f"{anatomy.figures['missing_in_air_mm3']:.0f} mm³ of the restored piece lie where the scan shows air: the defect opens into a sinus or an air cell, "
        "and the part will border on it; what is done about that is for the surgeon to decide"
    ]


def _rim(anatomy: Anatomy) -> FloatArray:
    from anatofit.geometry.curve import resample

    return resample(np.asarray(anatomy.curves["rim"], dtype=np.float64), count=RIM_POINTS)


def _midsagittal(anatomy: Anatomy) -> Midsagittal | None:
    plane = anatomy.planes.get("midsagittal")
    return Midsagittal(point_lps_mm=triple(plane.point_lps_mm), normal_lps=triple(plane.normal_lps)) if plane else None


def _lattice(anatomy: Anatomy, spec: CranialPlateSpec, direction: FloatArray) -> Lattice:
    above = MARGIN_MM + (spec.tab_thickness_mm + spec.gap_mm if spec.fixation == "tabs" else 0.0)
    grid = box_grid(
        anatomy, direction, side_mm=reach_mm(spec), above_mm=above, below_mm=MARGIN_MM, step_mm=None, nodes=MOST_NODES
    )
    u, v, w = (triple(grid.direction_lps[:, n]) for n in range(3))
    return Lattice(
        shape_kji=grid.shape_kji,
        origin_lps_mm=triple(grid.origin_lps_mm),
        step_mm=round(float(grid.spacing_ijk_mm[0]), 6),
        axes_lps=(u, v, w),
    )
