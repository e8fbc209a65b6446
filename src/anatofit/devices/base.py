"""What every product line offers: an envelope, a checked spec, a small plan, a deterministic build, and its requirements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from pydantic import BaseModel

from anatofit.devices.envelope import Envelope
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray, Mesh
from anatofit.model.part import Part
from anatofit.model.surface_scan import SurfaceAnatomy

# What a device may be made from: a CT, or the surface of a limb, a foot or a bone.
CT, SURFACE = "ct", "surface"
# What it is designed on: a skull with a defect, the surface of a bone with a surgeon's plan, a foot, or a residual limb.
CRANIUM, BONE, FOOT, LIMB = "cranium", "bone", "foot", "limb"


class SiteMaterial(Protocol):
    """What a device reads of a material: the site's record has more."""

    @property
    def name(self) -> str: ...
    @property
    def density_g_cm3(self) -> float: ...
    @property
    def smallest_wall_mm(self) -> float: ...
    @property
    def smallest_hole_mm(self) -> float: ...
    @property
    def strength_mpa(self) -> float | None: ...
    @property
    def shore_a(self) -> float | None: ...


class SitePrinter(Protocol):
    """What a device reads of a printer."""

    @property
    def name(self) -> str: ...
    @property
    def build_volume_mm(self) -> tuple[float, float, float]: ...


ZoneAt = Callable[[FloatArray], IntArray]


@runtime_checkable
class Device(Protocol):
    """One product line. `plan` and `build` are pure: the same anatomy and the same numbers give the same bytes."""

    name: str
    title: str

    @property
    def envelope(self) -> Envelope: ...

    def scan_limits(self) -> Mapping[str, Mapping[str, Any]]: ...

    def spec(self, design: Mapping[str, Any]) -> BaseModel: ...

    def plan(self, anatomy: Anatomy, spec: Any, *, case: str) -> BaseModel: ...

    def read_plan(self, data: Mapping[str, Any]) -> BaseModel: ...

    def build(self, anatomy: Anatomy, plan: Any) -> tuple[Part, ...]: ...

    def requirements(
        self, spec: Any, plan: Any, *, material: SiteMaterial, printer: SitePrinter
    ) -> list[Requirement]: ...


def made_of(device: Device, spec: BaseModel, material: SiteMaterial) -> BaseModel:
    """The spec with what the device's plan hangs on of its material, as its `made_of(spec, material)` gives it; without, as it was."""
    made = getattr(device, "made_of", None)
    return spec if made is None else made(spec, material)


def sources_of(device: Device) -> frozenset[str]:
    """What the device is made from, as its attribute `sources` says; one without is made from a CT."""
    return frozenset(getattr(device, "sources", (CT,)))


def made_on(device: Device) -> str:
    """What the device is designed on, as its attribute `made_on` says; one without is made on a skull with a defect."""
    return str(getattr(device, "made_on", CRANIUM))


def places_of(device: Device, spec: BaseModel) -> list[tuple[float, float, float]]:
    """Points of the surgeon's plan on the bone, as the device's `places(spec)` gives them: which bone of a scan is meant."""
    found: list[tuple[float, float, float]] = list(device.places(spec))  # type: ignore[attr-defined]
    return found


class Marked(NamedTuple):
    """A thing of the surgeon's plan: what messages call it, the marks that are engraved on it, and the points of it that tell by
    themselves on which half of a bone it lies; none where its marks tell its own sides, as those of a cut do."""

    what: str
    marks: tuple[str, ...]
    places: tuple[tuple[float, float, float], ...] = ()


def marked_of(device: Device, spec: BaseModel) -> list[Marked]:
    """Things of the surgeon's plan with their marks, as the device's `marked(spec)` gives them."""
    found = getattr(device, "marked", None)
    return [] if found is None else list(found(spec))


def keep_out_of(device: Device, spec: BaseModel) -> list[str]:
    """Files beside the order with closed surfaces that no tool may come near, as the device's `keep_out(spec)` names them."""
    named = getattr(device, "keep_out", None)
    return [] if named is None else list(named(spec))


def unfit_of(device: Device, material: SiteMaterial) -> str:
    """Why the device cannot be made of a material, as its `unfit(material)` says it; nothing where it can."""
    told = getattr(device, "unfit", None)
    return "" if told is None else str(told(material))


def models_of(device: Device, anatomy: Anatomy, plan: Any) -> dict[str, Mesh]:
    """Surfaces by name that a device's plan makes of the anatomy, as its `models(anatomy, plan)` gives them: a corrected bone."""
    made = getattr(device, "models", None)
    return {} if made is None else dict(made(anatomy, plan))


def pressures_of(device: Device, anatomy: Anatomy, plan: Any) -> dict[str, FloatArray]:
    """Plantar pressures in kPa on the nodes of a foot's sole, measured and predicted, by what to say of them, as the device's
    `pressures(anatomy, plan)` gives them."""
    made = getattr(device, "pressures", None)
    return {} if made is None else dict(made(anatomy, plan))


def lifted_of(device: Device, anatomy: Anatomy, plan: Any) -> FloatArray | None:
    """Millimetres by which a device raises the foot that stands on it, on the nodes of the foot's sole, as its `lifted(anatomy, plan)`
    gives them; None where it has none."""
    made = getattr(device, "lifted", None)
    return None if made is None else np.asarray(made(anatomy, plan))


def zone_at_of(device: Device, plan: Any) -> ZoneAt | None:
    """The number of the zone of the plan's filling in which (n, 2) places of the plan's plane lie, as the device's `zone_at(plan)` gives it;
    None where it has none."""
    made = getattr(device, "zone_at", None)
    found: ZoneAt | None = None if made is None else made(plan)
    return found


def heel_mm_of(device: Device, plan: Mapping[str, Any]) -> float | None:
    """Millimetres under the middle of the heel, an ordered heel lift aside, as its `heel_mm(plan)` gives them; None where it has none."""
    made = getattr(device, "heel_mm", None)
    return None if made is None else float(made(plan))


def offsets_of(device: Device, anatomy: Anatomy, plan: Any) -> dict[str, FloatArray]:
    """Millimetres by which a device's face lies off a limb at each of its corners, by what to say of them, as the device's
    `offsets(anatomy, plan)` gives them; nan where it has none."""
    made = getattr(device, "offsets", None)
    return {} if made is None else dict(made(anatomy, plan))


def words_of(device: Device) -> tuple[str, str]:
    """What the report calls the part, and the bone it is for; a device without its own words is an implant in its host bone."""
    part, bone = getattr(device, "words", ("implant", "host bone"))
    return str(part), str(bone)


def told_of(device: Device, plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a device itself says in the report of a part that was planned so, as (heading, sentences), as its `told(plan)` gives it.

    A device without says nothing: what the report knows of slots, sleeves, pins, screws and the way in it says by itself.
    """
    told = getattr(device, "told", None)
    return [] if told is None else [(str(heading), str(said)) for heading, said in told(plan)]


def unmet_of(device: Device, plan: Mapping[str, Any]) -> str:
    """What was aimed at and is not reached by a model's prediction, which no finding is, as the device's `unmet(plan)` says it; nothing where
    all is reached, or nothing was aimed at."""
    told = getattr(device, "unmet", None)
    return "" if told is None else str(told(plan))


def surgery_of(device: Device) -> type[BaseModel] | None:
    """The form of the surgeon's plan ([plan] of an order), as the device's attribute `surgery` says; None where it takes none.

    A device that has one is given the plan with the design: `spec(design, surgery=plan)`.
    """
    form: type[BaseModel] | None = getattr(device, "surgery", None)
    return form


def surface_of(device: Device) -> SurfaceAnatomy | None:
    """What a device's surface is of, as its attribute `surface_of` says (limb, foot, bone): its size is held against that."""
    named = getattr(device, "surface_of", None)
    return None if named is None else SurfaceAnatomy(named)
