"""What every product line offers: an envelope, a checked spec, a small plan, a deterministic build, and its requirements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

from anatofit.devices.envelope import Envelope
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.part import Part


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
