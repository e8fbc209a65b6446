"""One file's header as plain numbers: read fast, without pixels, and without the patient's identity."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from anatofit.ingest.files import MARK, MARK_OFFSET, open_regular, walk_files
from anatofit.ingest.frames import FUNCTIONAL_GROUPS, pictures_of
from anatofit.ingest.instance import Instance
from anatofit.ingest.tags import Getter, age_years, sha256_of

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

DICOMDIR_CLASS = "1.2.840.10008.1.3.10"
DEFLATED = "1.2.840.10008.1.2.1.99"
LINKED = "not followed (symbolic links)"

_OWN = """SOPClassUID SOPInstanceUID SeriesInstanceUID StudyInstanceUID FrameOfReferenceUID Modality ImageType
PatientID PatientName PatientBirthDate PatientAge PatientPosition AcquisitionDate SeriesDate StudyDate ContentDate
SeriesDescription SeriesNumber InstanceNumber ConvolutionKernel KVP SliceThickness SliceLocation SpacingBetweenSlices
GantryDetectorTilt ContrastBolusAgent ImagePositionPatient ImageOrientationPatient Rows Columns PixelSpacing
SamplesPerPixel PhotometricInterpretation NumberOfFrames BitsAllocated BitsStored HighBit PixelRepresentation
PixelPaddingValue PixelPaddingRangeLimit RescaleSlope RescaleIntercept RescaleType ModalityLUTSequence
LossyImageCompression LossyImageCompressionRatio LossyImageCompressionMethod""".split()  # noqa: SIM905 - a list of forty quoted names reads worse
TAGS = [*_OWN, *FUNCTIONAL_GROUPS]


@dataclass(frozen=True)
class Inventory:
    """Every instance of a folder; how many files were left aside and why; hashes of DICOM files that cannot be read."""

    file_count: int
    instances: tuple[Instance, ...]
    skipped: dict[str, int]
    broken: tuple[str, ...]


def read_folder(folder: Path) -> Inventory:
    """The headers of every DICOM file below `folder`; files without the DICOM mark are counted, not read."""
    instances: list[Instance] = []
    skipped: dict[str, int] = {}
    broken: list[str] = []
    count = 0
    with quiet_pydicom():
        for count, path in enumerate(walk_files(folder), start=1):  # noqa: B007
            outcome = _read_path(path)
            if isinstance(outcome, tuple):
                instances += outcome
            elif outcome.startswith("sha256:"):
                broken.append(outcome.removeprefix("sha256:"))
            else:
                skipped[outcome] = skipped.get(outcome, 0) + 1
    return Inventory(count, tuple(instances), skipped, tuple(broken))


def _read_path(path: Path) -> tuple[Instance, ...] | str:
    try:
        descriptor = open_regular(path)
    except OSError:
        return "not readable"
    if descriptor is None:
        return LINKED if path.is_symlink() else "no regular file"
    with os.fdopen(descriptor, "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if not _has_mark(stream):
            return "not DICOM"
        try:
            pictures = read_header(stream, path=path, file_bytes=size)
        except Exception:  # noqa: BLE001 - a broken header may raise anything; the file is named by its hash, the run goes on
            stream.seek(0)
            return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()
    return "DICOMDIR" if pictures[0].sop_class == DICOMDIR_CLASS else pictures


def _has_mark(stream: IO[bytes]) -> bool:
    head = stream.read(MARK_OFFSET + len(MARK))
    stream.seek(0)
    return head[MARK_OFFSET:] == MARK


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """pydicom says nothing meanwhile: its warnings quote values, and values may identify the patient."""
    import logging

    logger = logging.getLogger("pydicom")
    was = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = was


def read_header(stream: IO[bytes], *, path: Path, file_bytes: int) -> tuple[Instance, ...]:
    """The pictures that the header at `stream` tells of. Raises whatever a broken file makes pydicom raise."""
    from pydicom import dcmread

    dataset = dcmread(stream, stop_before_pixels=True, specific_tags=TAGS)
    syntax = str(dataset.file_meta.get("TransferSyntaxUID", ""))
    offset = -1 if syntax == DEFLATED else stream.tell()
    stream.seek(0)
    digest = header_digest(stream.read(offset), offset=offset)
    media_class = str(dataset.file_meta.get("MediaStorageSOPClassUID", ""))
    instance = _instance(
        dataset, path=path, file_bytes=file_bytes, offset=offset, digest=digest, syntax=syntax, media_class=media_class
    )
    return pictures_of(instance, dataset)


def header_digest(data: bytes, *, offset: int) -> str:
    """The sha256 of a file's bytes before its pixels (of all of them where they are deflated together)."""
    return hashlib.sha256(memoryview(data)[: offset if offset >= 0 else None]).hexdigest()


def _instance(
    dataset: FileDataset, *, path: Path, file_bytes: int, offset: int, digest: str, syntax: str, media_class: str
) -> Instance:
    get = Getter(dataset)
    identity = get.text("PatientID", None)
    birth = get.text("PatientBirthDate", None)
    date = next((d for d in map(get.day, ("AcquisitionDate", "SeriesDate", "StudyDate", "ContentDate")) if d), None)
    return Instance(
        path=path,
        file_bytes=file_bytes,
        pixel_offset=offset,
        header_sha256=digest,
        transfer_syntax=syntax,
        sop_class=get.text("SOPClassUID") or media_class,
        sop_uid=get.uid("SOPInstanceUID"),
        series_uid=get.uid("SeriesInstanceUID"),
        study_uid=get.uid("StudyInstanceUID"),
        frame_uid=get.uid("FrameOfReferenceUID"),
        modality=get.text("Modality").upper(),
        image_type=tuple(str(v).strip().upper() for v in get.values("ImageType")),
        patient_sha256=sha256_of("\0".join([identity, birth, "" if identity else get.text("PatientName", None)])),
        patient_id_sha256=sha256_of(identity) if identity else None,
        birth_year=int(birth[:4]) if birth[:4].isdigit() and len(birth) >= 4 else None,
        age_years=age_years(get.text("PatientAge"), birth=get.day("PatientBirthDate"), at=date),
        date=date,
        position_name=get.text("PatientPosition"),
        description=get.text("SeriesDescription"),
        series_number=get.integer("SeriesNumber"),
        instance_number=get.integer("InstanceNumber"),
        kernel=get.text("ConvolutionKernel"),
        kvp=get.number("KVP"),
        thickness_mm=get.number("SliceThickness"),
        location_tag_mm=get.number("SliceLocation"),
        spacing_tag_mm=get.number("SpacingBetweenSlices"),
        tilt_tag_deg=get.number("GantryDetectorTilt"),
        contrast=bool(get.text("ContrastBolusAgent")),
        position_lps_mm=get.numbers("ImagePositionPatient", count=3),
        orientation=get.numbers("ImageOrientationPatient", count=6),
        rows=get.integer("Rows"),
        columns=get.integer("Columns"),
        pixel_mm=get.numbers("PixelSpacing", count=2),
        samples=get.integer("SamplesPerPixel") or 1,
        photometric=get.text("PhotometricInterpretation").upper(),
        frames=get.integer("NumberOfFrames") or 1,
        bits_allocated=get.integer("BitsAllocated"),
        bits_stored=get.integer("BitsStored"),
        high_bit=get.integer("HighBit"),
        signed=get.integer("PixelRepresentation") == 1,
        padding=get.integer("PixelPaddingValue"),
        padding_limit=get.integer("PixelPaddingRangeLimit"),
        slope=get.number("RescaleSlope"),
        intercept=get.number("RescaleIntercept"),
        rescale_type=get.text("RescaleType").upper(),
        lossy=get.text("LossyImageCompression") not in ("", "00"),  # what is neither "no" nor "yes" is no "no"
        lossy_ratios=get.each_number("LossyImageCompressionRatio"),
        lossy_methods=tuple(str(v).strip().upper() for v in get.values("LossyImageCompressionMethod")),
        modality_lut=bool(get.values("ModalityLUTSequence")),
    )
