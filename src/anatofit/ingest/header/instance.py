"""One picture of a DICOM file, as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from anatofit.ingest.header.lut import ModalityLut


@dataclass(frozen=True)
class Instance:
    """What one file says of one picture in it; unusable values are None. The patient appears only as hashes and a birth year.

    frame: which of the file's `frames` pictures this is, from 0. stack_name: which of the file's stacks it belongs to.
    overlay_bits: the bits of a pixel's word in which overlays are declared, as a mask.
    concatenation: which part of an object that was cut into several (from 1), and of how many (0: it does not say).
    data_set_offset, pixel_offset, pixel_end: where the data set begins, and where its pixel element begins and ends, in the file
    (of a deflated one: as if its data set were inflated in place). pixels: whether they are all there (`walk`). oddities: what the
    guard noted.
    age_years: by the age tag; birth_years: from the birth date to the scan, below 0 where they contradict each other.
    sex, name_sha256, scanner (maker, model, serial number) and station are compared within the series and shown nowhere.
    """

    path: Path = field(repr=False, compare=False)
    file_bytes: int
    pixel_offset: int
    header_sha256: str = field(repr=False)
    transfer_syntax: str
    sop_class: str
    sop_uid: str
    series_uid: str
    study_uid: str
    frame_uid: str
    modality: str
    image_type: tuple[str, ...]
    patient_sha256: str = field(repr=False)
    patient_id_sha256: str | None = field(repr=False)
    birth_year: int | None = field(repr=False)
    age_years: float | None
    birth_years: float | None
    date: str | None
    position_name: str
    description: str
    series_number: int | None
    instance_number: int | None
    kernel: str
    kvp: float | None
    thickness_mm: float | None
    location_tag_mm: float | None
    spacing_tag_mm: float | None
    tilt_tag_deg: float | None
    contrast: bool
    position_lps_mm: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    rows: int | None
    columns: int | None
    pixel_mm: tuple[float, ...] | None
    samples: int
    photometric: str
    frames: int
    bits_allocated: int | None
    bits_stored: int | None
    high_bit: int | None
    signed: bool
    padding: int | None
    padding_limit: int | None
    slope: float | None
    intercept: float | None
    rescale_type: str
    lossy: bool
    lossy_ratios: tuple[float, ...] = ()
    lossy_methods: tuple[str, ...] = ()
    modality_lut: ModalityLut | None = None
    overlay_bits: int = 0
    body_part: str = ""
    region_codes: tuple[str, ...] = ()
    reconstruction_mm: float | None = None
    burned_in: bool = False
    concatenation: tuple[int, int] = (1, 0)
    frame: int = 0
    stack_name: str = ""
    data_set_offset: int = 0
    pixel_end: int = 0
    pixels: str = "whole"
    oddities: tuple[str, ...] = ()
    sex: str = field(default="", repr=False)
    name_sha256: str = field(default="", repr=False)
    scanner: tuple[str, ...] = field(default=(), repr=False)
    station: str = field(default="", repr=False)

    @property
    def youngest_years(self) -> float | None:
        """The least age at the scan that it tells; a birth after the scan tells none."""
        told = [years for years in (self.age_years, self.birth_years) if years is not None and years >= 0]
        return min(told, default=None)

    @property
    def pixel_bytes(self) -> int:
        """Bytes of the uncompressed pixels."""
        return (self.rows or 0) * (self.columns or 0) * self.samples * self.frames * ((self.bits_allocated or 0) // 8)
