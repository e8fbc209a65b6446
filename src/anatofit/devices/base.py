"""What every product line offers: an envelope, a checked spec, a small plan, a deterministic build, and its requirements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

from anatofit.devices.envelope import Envelope
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.part import Part
from anatofit.model.surface_scan import SurfaceAnatomy

# What a device may be made from: a CT, or the surface of a limb, a foot or a bone.
CT, SURFACE = "ct", "surface"


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


class SitePrinter(Protocol):
    """What a device reads of a printer."""

    @property
    def name(self) -> str: ...
    @property
    def build_volume_mm(self) -> tuple[float, float, float]: ...


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


def sources_of(device: Device) -> frozenset[str]:
    """What the device is made from, as its attribute `sources` says; one without is made from a CT."""
    return frozenset(getattr(device, "sources", (CT,)))


def surface_of(device: Device) -> SurfaceAnatomy | None:
    """What a device's surface is of, as its attribute `surface_of` says (limb, foot, bone): its size is held against that."""
    named = getattr(device, "surface_of", None)
    return None if named is None else SurfaceAnatomy(named)
