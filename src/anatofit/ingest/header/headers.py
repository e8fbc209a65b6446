"""One file's header as plain numbers: read fast, without pixels, and without the patient's identity."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from anatofit.ingest.door.faults import UNREADABLE, FileError, Refused, refused_file
from anatofit.ingest.door.files import open_regular
from anatofit.ingest.door.guard import Judged, judge
from anatofit.ingest.door.inflate import DEFLATED, inflated
from anatofit.ingest.door.media import DICOMDIR_CLASS
from anatofit.ingest.door.walk import BROKEN, CUT_SHORT
from anatofit.ingest.header import shown
from anatofit.ingest.header.frames import FUNCTIONAL_GROUPS, pictures_of
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.header.lut import modality_lut
from anatofit.ingest.header.overlays import overlay_bits
from anatofit.ingest.header.tags import Getter, agent_given, region_codes, sha256_of, tag_years, years_between
from anatofit.ingest.header.values import HeaderValues
from anatofit.model.quiet import quiet_pydicom

LINKED = "not followed (symbolic links)"

_OWN = """SOPClassUID SOPInstanceUID SeriesInstanceUID StudyInstanceUID FrameOfReferenceUID Modality ImageType
PatientID PatientName PatientBirthDate PatientSex AccessionNumber PatientAge PatientPosition
Manufacturer ManufacturerModelName DeviceSerialNumber StationName AcquisitionDate SeriesDate StudyDate ContentDate
SeriesDescription SeriesNumber InstanceNumber ConvolutionKernel KVP SliceThickness SliceLocation SpacingBetweenSlices
GantryDetectorTilt ContrastBolusAgent ContrastBolusAgentSequence BodyPartExamined AnatomicRegionSequence
ReconstructionDiameter ImagePositionPatient ImageOrientationPatient Rows Columns PixelSpacing
SamplesPerPixel PhotometricInterpretation NumberOfFrames BitsAllocated BitsStored HighBit PixelRepresentation
PixelPaddingValue PixelPaddingRangeLimit RescaleSlope RescaleIntercept RescaleType ModalityLUTSequence
LossyImageCompression LossyImageCompressionRatio LossyImageCompressionMethod
BurnedInAnnotation InConcatenationNumber InConcatenationTotalNumber OverlayBitsAllocated OverlayBitPosition""".split()  # noqa: SIM905 - a list of forty quoted names reads worse
TAGS = [*_OWN, *FUNCTIONAL_GROUPS]
KEYWORDS = tuple(TAGS)
_SCANNER = ("Manufacturer", "ManufacturerModelName", "DeviceSerialNumber")
# Slices of a series say the same: what was made of it is not made again.
_REMEMBERED = 256
_PIXEL_ERRORS = {
    CUT_SHORT: FileError("truncated-pixels", "the file ends before its pixels do"),
    BROKEN: FileError("undecodable-pixels", "the compressed pixels do not lie in fragments, one after the other"),
}


@dataclass(frozen=True)
class Inventory:
    """Every instance of a scan; how many files were taken, how many left aside and why, and those that were refused."""

    file_count: int
    instances: tuple[Instance, ...]
    skipped: dict[str, int]
    refused: tuple[Refused, ...] = ()
    accepted: int = 0


def read_files(paths: Iterable[Path]) -> Inventory:
    """The headers of every DICOM file of these; files of other kinds are counted, not read."""
    instances: list[Instance] = []
    skipped: dict[str, int] = {}
    refused: list[Refused] = []
    count = accepted = 0
    with quiet_pydicom():
        for count, path in enumerate(paths, start=1):  # noqa: B007
            outcome = _read_path(path)
            instances += outcome.instances
            if outcome.refused:
                refused.append(outcome.refused)
            elif outcome.skipped:
                skipped[outcome.skipped] = skipped.get(outcome.skipped, 0) + 1
            else:
                accepted += 1
    return Inventory(count, tuple(instances), skipped, tuple(refused), accepted)


@dataclass(frozen=True)
class _Outcome:
    """What one file came to. A file whose pixels end early is refused, and its header tells where in the stack it is missing."""

    instances: tuple[Instance, ...] = ()
    refused: Refused | None = None
    skipped: str = ""


def _read_path(path: Path) -> _Outcome:
    """One file, opened once: what is judged, hashed and read is behind one descriptor."""
    try:
        descriptor = open_regular(path)
    except OSError:
        return _Outcome(
            refused=Refused(
                UNREADABLE,
                "the file cannot be opened (where rights are lacking, find SCAN -type f ! -readable names it)",
                path,
            )
        )
    if descriptor is None:
        return _Outcome(skipped=LINKED if path.is_symlink() else "no regular file")
    try:
        return _judged_file(descriptor, path)
    except FileError as error:
        return _Outcome(refused=refused_file(descriptor, path, error))
    except Exception:  # noqa: BLE001 - a broken value may raise anything; the file is named by its hash, the run goes on
        return _Outcome(refused=refused_file(descriptor, path, FileError(UNREADABLE, "a value in it cannot be read")))
    finally:
        os.close(descriptor)


def _judged_file(descriptor: int, path: Path) -> _Outcome:
    judged = judge(descriptor, path=path, keywords=KEYWORDS)
    if judged is None:
        return _Outcome(skipped="not DICOM")
    pictures = read_header(judged, path=path, file_bytes=os.fstat(descriptor).st_size)
    if pictures[0].sop_class == DICOMDIR_CLASS:
        return _Outcome(skipped="DICOMDIR")
    if judged.pixels in _PIXEL_ERRORS:
        return _Outcome(pictures, refused_file(descriptor, path, _PIXEL_ERRORS[judged.pixels]))
    return _Outcome(pictures)


def read_header(judged: Judged, *, path: Path, file_bytes: int) -> tuple[Instance, ...]:
    """The pictures that the header of a judged file tells of. Raises whatever a broken value makes pydicom raise."""
    get = Getter(HeaderValues(judged))
    return pictures_of(_instance(get, judged, path=path, file_bytes=file_bytes), get)


def header_digest(data: bytes, instance: Instance) -> str:
    """The sha256 of a file's bytes before its pixels (of all of them where they are deflated together)."""
    end = None if instance.transfer_syntax == DEFLATED else instance.pixel_offset
    return hashlib.sha256(memoryview(data)[:end]).hexdigest()


def plain_bytes(data: bytes, instance: Instance) -> bytes:
    """The file with its data set inflated in place, no further than its pixels' end, where it is deflated. Raises zlib.error."""
    if instance.transfer_syntax != DEFLATED:
        return data
    return inflated(data, start=instance.data_set_offset, end=instance.pixel_end)


@lru_cache(_REMEMBERED)
def _folded(text: str) -> str:
    """The text without what archives change in it: case, spaces, and the signs between the parts of a name."""
    return "".join(c for c in text.casefold() if c.isalnum())


def _instance(get: Getter, judged: Judged, *, path: Path, file_bytes: int) -> Instance:
    identity = get.text("PatientID", None)
    birth = get.text("PatientBirthDate", None)
    name = get.text("PatientName", None)
    marks = (identity, birth, get.text("AccessionNumber", None))
    allocated, signed = get.integer("BitsAllocated"), get.integer("PixelRepresentation") == 1
    date = next((d for d in map(get.day, ("AcquisitionDate", "SeriesDate", "StudyDate", "ContentDate")) if d), None)
    return Instance(
        path=path,
        file_bytes=file_bytes,
        pixel_offset=judged.pixel_at,
        header_sha256=judged.header_sha256,
        transfer_syntax=shown.standard_uid(judged.syntax),
        sop_class=get.text("SOPClassUID") or judged.media_class,
        sop_uid=shown.anonymous_uid(get.uid("SOPInstanceUID"), marks=marks),
        series_uid=shown.anonymous_uid(get.uid("SeriesInstanceUID"), marks=marks),
        study_uid=shown.anonymous_uid(get.uid("StudyInstanceUID"), marks=marks),
        frame_uid=shown.anonymous_uid(get.uid("FrameOfReferenceUID"), marks=marks),
        modality=shown.modality(get.text("Modality")),
        image_type=tuple(str(v).strip().upper() for v in get.values("ImageType")),
        patient_sha256=sha256_of("\0".join([identity, birth, "" if identity else name])),
        patient_id_sha256=sha256_of(identity) if identity else None,
        birth_year=int(birth[:4]) if birth[:4].isdigit() and len(birth) >= 4 else None,
        age_years=tag_years(get.text("PatientAge")),
        birth_years=years_between(get.day("PatientBirthDate"), date),
        date=date,
        position_name=shown.position_name(get.text("PatientPosition")),
        description=shown.free_text(get.text("SeriesDescription")),
        series_number=get.ordinal("SeriesNumber"),
        instance_number=get.ordinal("InstanceNumber"),
        kernel=shown.kernel(get.text("ConvolutionKernel")),
        kvp=get.number("KVP"),
        thickness_mm=get.number("SliceThickness"),
        location_tag_mm=get.number("SliceLocation"),
        spacing_tag_mm=get.number("SpacingBetweenSlices"),
        tilt_tag_deg=get.number("GantryDetectorTilt"),
        contrast=agent_given(get),
        position_lps_mm=get.numbers("ImagePositionPatient", count=3),
        orientation=get.numbers("ImageOrientationPatient", count=6),
        rows=get.integer("Rows"),
        columns=get.integer("Columns"),
        pixel_mm=get.numbers("PixelSpacing", count=2),
        samples=get.integer("SamplesPerPixel") or 1,
        photometric=get.text("PhotometricInterpretation").upper(),
        frames=get.integer("NumberOfFrames") or 1,
        bits_allocated=allocated,
        bits_stored=get.integer("BitsStored"),
        high_bit=get.integer("HighBit"),
        signed=signed,
        padding=get.integer("PixelPaddingValue"),
        padding_limit=get.integer("PixelPaddingRangeLimit"),
        slope=get.number("RescaleSlope"),
        intercept=get.number("RescaleIntercept"),
        rescale_type=get.text("RescaleType").upper(),
        data_set_offset=judged.data_set_at,
        pixel_end=judged.pixel_end,
        pixels=judged.pixels,
        oddities=judged.notes,
        lossy=get.text("LossyImageCompression") not in ("", "00"),  # what is neither "no" nor "yes" is no "no"
        lossy_ratios=get.each_number("LossyImageCompressionRatio"),
        lossy_methods=tuple(str(v).strip().upper() for v in get.values("LossyImageCompressionMethod")),
        modality_lut=modality_lut(judged, signed=signed),
        overlay_bits=overlay_bits(judged, allocated or 0),
        body_part=get.text("BodyPartExamined"),
        region_codes=region_codes(get),
        reconstruction_mm=get.number("ReconstructionDiameter"),
        burned_in=get.text("BurnedInAnnotation").upper() == "YES",
        sex=get.text("PatientSex").upper(),
        name_sha256=sha256_of(_folded(name)) if name else "",
        scanner=tuple(_folded(get.text(tag)) for tag in _SCANNER),
        station=_folded(get.text("StationName")),
        concatenation=(get.integer("InConcatenationNumber") or 1, get.integer("InConcatenationTotalNumber") or 0),
    )
