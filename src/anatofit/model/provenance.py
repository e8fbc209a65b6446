"""Where things come from: hashes of inputs, of outputs, and a line for each step."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from anatofit.model.frame import FRAME, SOURCE_AXES
from anatofit.model.words import counted

_AS_STATED = "as stated"  # model/surface_scan.SurfaceFrame, which stands on this room


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InputRecord(_Frozen):
    """One series that went in: `sha256` is over the sorted hashes of its files."""

    uid: str
    sha256: str
    count: int


class FileBalance(_Frozen):
    """Every file that was received, in one of three places: received = accepted + quarantined + ignored.

    quarantined: refused with its reasons, by itself or with its series, and copied where a quarantine folder was named. ignored: of
    another kind. accepted: everything else; the files of sound series that were not chosen are among them.
    """

    received: int = 0
    accepted: int = 0
    quarantined: int = 0
    ignored: int = 0

    @model_validator(mode="after")
    def _nothing_is_lost(self) -> FileBalance:
        if self.received != self.accepted + self.quarantined + self.ignored:
            raise ValueError("a file was lost between receiving and judging")
        return self

    def with_refused(self, files: int) -> FileBalance:
        """The balance when so many of the accepted files are refused after all."""
        return self.model_copy(update={"accepted": self.accepted - files, "quarantined": self.quarantined + files})

    @property
    def sentence(self) -> str:
        """The balance in a row."""
        parts = f"{self.accepted} accepted + {self.quarantined} quarantined + {self.ignored} ignored"
        return f"{counted(self.received, 'file')} received = {parts}"


class StepRecord(_Frozen):
    """One line of ledger.jsonl; `previous_sha256` chains it to the line before."""

    sequence: int
    step: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[str, str] = Field(default_factory=dict)
    outputs: dict[str, str] = Field(default_factory=dict)
    seconds: float
    sentence: str = ""
    previous_sha256: str


class OutputRecord(_Frozen):
    """One file of a pack."""

    path: str
    sha256: str
    bytes: int


class LabelFacts(_Frozen):
    """By what labels the bone was told from the rest. `name` is what the order calls the label, `sha256` that of the file.

    step_mm: the longest step of the grid that they were drawn on. placed: how they came onto the scan's grid.
    """

    kind: str
    number: int
    name: str = ""
    sha256: str
    step_mm: float
    voxels: int
    placed: str
    notes: list[str] = Field(default_factory=list)


class SourceFacts(_Frozen):
    """What is said of any source; no patient identity.

    identity: whether it was compared with the order's patient. not_judged: limits that nothing told enough to judge.
    files: what became of every file that was given. research: the form of a file without a patient; empty for DICOM.
    labels: those given in place of our own segmentation. patient_pseudonym: keyed, where the site keeps a vault.
    """

    input: InputRecord
    identity: str = ""
    research: str = ""
    labels: LabelFacts | None = None
    patient_pseudonym: str | None = None
    scan_date: str | None = None
    not_judged: list[str] = Field(default_factory=list)
    files: FileBalance = FileBalance()
    notes: list[str] = Field(default_factory=list)

    @property
    def axes(self) -> str:
        """The axes of every coordinate in the pack: FRAME or SOURCE_AXES."""
        return FRAME


class ScanFacts(SourceFacts):
    """What the report says of the chosen series."""

    series_uid: str
    study_uid: str
    frame_of_reference_uid: str
    description: str = ""
    modality: str
    slice_count: int
    rows: int
    columns: int
    pixel_mm: tuple[float, float]
    slice_step_mm: float
    slice_thickness_mm: float | None = None
    kernel: str = ""
    kvp: float | None = None
    age_years: float | None = None
    patient_position: str = ""


class SurfaceFacts(SourceFacts):
    """What the report says of a file with a surface. frame: of its coordinates, which plan and device share; extent along x, y, z."""

    format: str
    unit: str
    unit_from: str
    frame: str
    triangles: int
    extent_mm: tuple[float, float, float]
    area_mm2: float
    volume_mm3: float
    mended: list[str] = Field(default_factory=list)

    @property
    def axes(self) -> str:
        return SOURCE_AXES if self.frame == _AS_STATED else FRAME
