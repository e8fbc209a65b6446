"""What was found in a folder of images, what is wrong with it, and a scan that passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

from anatofit.model.case import Waiver
from anatofit.model.finding import Finding
from anatofit.model.provenance import FileBalance, ScanFacts
from anatofit.model.volume import Volume
from anatofit.rules import code_of


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Limit(_Frozen):
    """A limit with two steps: `fit` without a word, up to `waivable_to` with a waiver (None: without end).

    A number stands for (number, None), a pair for (fit, waivable_to).
    """

    fit: float
    waivable_to: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        if isinstance(value, (int, float)):
            return {"fit": value}
        if isinstance(value, (tuple, list)) and len(value) == 2:
            return {"fit": value[0], "waivable_to": value[1]}
        return value


class ScanLimits(_Frozen):
    """What a device asks of a scan; a limit that is None is not judged.

    blur_mm: full width at half height, within the slices. cut_sides_mm2, cut_head_mm2, cut_foot_mm2: bone where the field ends, on
    the right, left, front and back together, and at either end. motion_mm: jump between neighbouring slices.
    slices_out_of_order: empty, repeated, or unlike their neighbours. contrast_slices:
    slices with a contrast agent. kernel_count: kernels in one series. body_parts: terms that the tags may name (PS3.16, Annex L).
    """

    slice_spacing_mm: Limit = Limit(fit=1.5, waivable_to=5.0)
    pixel_mm: Limit = Limit(fit=1.0, waivable_to=2.0)
    scan_age_days: Limit | None = None
    age_years_min: Limit | None = None
    slice_count_min: int = Field(default=10, ge=2)
    height_mm_min: float = Field(default=20.0, ge=0.0)
    noise_hu: Limit | None = None
    blur_mm: Limit | None = None
    metal_mm3: Limit | None = None
    cut_sides_mm2: Limit | None = None
    cut_head_mm2: Limit | None = None
    cut_foot_mm2: Limit | None = None
    motion_mm: Limit | None = None
    slices_out_of_order: Limit | None = None
    contrast_slices: Limit | None = None
    kernel_count: Limit | None = None
    body_parts: tuple[str, ...] | None = None


class SeriesKind(StrEnum):
    """What a series is, by its own tags."""

    CT = "CT slices"
    LOCALIZER = "localizer"
    PROJECTION = "projection or rendering"
    SECONDARY = "secondary capture"
    MULTI_FRAME = "multi-frame image"
    OTHER_MODALITY = "image of another modality"
    NOT_AN_IMAGE = "not an image"
    LABELS = "labels"
    RESEARCH = "research volume"


class ScanFinding(_Frozen):
    """One thing that is wrong with a series or a folder; `rule` is a contract (docs/reference/errors.md)."""

    rule: str
    message: str
    measured: float | None = None
    limit: float | None = None
    unit: str = ""
    waivable: bool = False
    waived: bool = False
    positions_mm: tuple[float, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def code(self) -> str:
        """The stable code of the rule."""
        return code_of(self.rule)

    @property
    def blocks(self) -> bool:
        """It stops a design: nobody has waived it."""
        return not self.waived


class SeriesReport(_Frozen):
    """One series of a folder; no patient identity. `number` counts from 1 in the order of the report.

    slice_count: its pictures; one file may hold many, and copies of one count once. stack: which of several stacks of one
    multi-frame object it is.
    """

    number: int
    uid: str
    kind: SeriesKind
    modality: str = ""
    description: str = ""
    series_number: int | None = None
    file_count: int
    slice_count: int = 0
    stack: str = ""
    rows: int | None = None
    columns: int | None = None
    pixel_mm: tuple[float, float] | None = None
    slice_step_mm: float | None = None
    slice_thickness_mm: float | None = None
    plane: str = ""
    first_mm: float | None = None
    last_mm: float | None = None
    kernel: str = ""
    scan_date: str | None = None
    transfer_syntax: str = ""
    findings: tuple[ScanFinding, ...] = ()
    notes: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def fit(self) -> bool:
        """Nothing stops a design from it."""
        return not any(f.blocks for f in self.findings)


class ScanReport(_Frozen):
    """Everything in a folder, which series would be used, and why. `skipped` counts files left aside, by cause."""

    file_count: int
    files: FileBalance = FileBalance()
    skipped: Mapping[str, int] = Field(default_factory=dict)
    series: tuple[SeriesReport, ...] = ()
    findings: tuple[ScanFinding, ...] = ()
    chosen: str | None = None
    chosen_stack: str = ""
    nearest: str | None = None
    why: str = ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def fit(self) -> bool:
        """A series was chosen and nothing about the folder stops a design."""
        return self.chosen is not None


@dataclass(frozen=True)
class LoadedScan:
    """A scan that passed every check, with what was measured on the way and the waivers it needed.

    sop_uids, patient_id_sha256: of its images, to compare labels with; nothing of it is kept.
    """

    volume: Volume
    facts: ScanFacts
    findings: tuple[Finding, ...]
    waived: tuple[Waiver, ...]
    sop_uids: tuple[str, ...] = ()
    patient_id_sha256: str | None = None
