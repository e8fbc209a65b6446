"""Everything that a report says, gathered by app/ before a line of it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Locate, Order
from anatofit.model.finding import Finding, Requirement, Verdict
from anatofit.model.landmark import LandmarkRow
from anatofit.model.level import LevelRow
from anatofit.model.mesh import Mesh
from anatofit.model.provenance import OutputRecord, SourceFacts, SurfaceFacts
from anatofit.model.seating import Seating

if TYPE_CHECKING:
    from anatofit.model.make import Material, Printer


@dataclass(frozen=True)
class ParameterRow:
    """One parameter as it was used, beside its envelope; `asked` is true where the prescription set it."""

    name: str
    value: object
    unit: str = ""
    default: object = None
    minimum: object = None
    maximum: object = None
    source: str = ""
    help: str = ""
    proposal: bool = False
    asked: bool = False


@dataclass(frozen=True)
class Scene:
    """The bodies that are shown. parts: the printed bodies, read back from the pack or as built. plan: plan.json as a dict."""

    anatomy: Anatomy
    parts: Mapping[str, Mesh]
    plan: Mapping[str, Any]


@dataclass(frozen=True)
class ReportData(Scene):
    """What the report is made of, beside its pictures.

    figures: step name to its named numbers (each name ends in its unit). sentences: one a step, in order, the methods paragraph.
    overrides: what a person overruled ([locate] of the prescription).
    remarks: what a person must know beside the verdict. outputs: the files of the pack so far.
    attributes: what became of each attribute that was read of the scan, with the attributes' names.
    words: what the part and the bone are called. told: what the device itself says of the part, as (heading, sentences).
    unmet: what was aimed at and is not reached by a prediction.
    seating: what is predicted of each part's seat, where that was asked for. landmarks: of a foot or a limb, in the source's own axes.
    levels: measures of a limb by level.
    """

    order: Order
    device_title: str
    verdict: Verdict
    findings: Sequence[Finding]
    requirements: Sequence[Requirement]
    facts: SourceFacts
    sentences: Sequence[str]
    material: Material
    printer: Printer
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    parameters: Sequence[ParameterRow] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    outputs: Sequence[OutputRecord] = ()
    overrides: Locate = field(default_factory=Locate)
    remarks: Sequence[str] = ()
    attributes: Sequence[tuple[str, Sequence[str]]] = ()
    words: tuple[str, str] = ("implant", "host bone")
    told: Sequence[tuple[str, str]] = ()
    unmet: str = ""
    seating: Sequence[Seating] = ()
    landmarks: Sequence[LandmarkRow] = ()
    levels: Sequence[LevelRow] = ()

    @property
    def from_surface(self) -> bool:
        """The source is a file with a surface, no scan."""
        return isinstance(self.facts, SurfaceFacts)
