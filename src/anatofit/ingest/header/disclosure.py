"""What becomes of every attribute that intake reads, for the report; what is not named here is not read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from anatofit.ingest.header.headers import TAGS
from anatofit.model.words import names

IN_PACK = "kept: in report and manifest as it stands"
CLEANED = "cleaned: only words of radiology, measures and kernels reach report and manifest"
UID = "kept, but where it bears the patient's number or birth date (or is no UID) a stand-in takes its place"
HASHED = "compared within the scan and with the order as hashes, then dropped; of the identity a site with a vault keeps its pseudonym"
AGE = "used for the age in years and the birth year that an order may name; the date is dropped"
COMPARED = "compared from slice to slice, then dropped"
TERM = "kept where it is a defined term of DICOM; anything else is dropped"
USED = "used to judge, place and decode the slices; not stored"

# Every attribute of headers.TAGS, by its keyword. A sequence stands for what is read of it.
BECOMES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"), UID),
        **dict.fromkeys(("Modality", "PatientPosition"), TERM),
        **dict.fromkeys(("SeriesDescription", "ConvolutionKernel"), CLEANED),
        **dict.fromkeys(("PatientID", "PatientName", "AccessionNumber"), HASHED),
        **dict.fromkeys(
            names("PatientSex Manufacturer ManufacturerModelName DeviceSerialNumber StationName"), COMPARED
        ),
        "PatientBirthDate": AGE,
        "PatientAge": "used for the age in years; no other form of it is kept",
        **dict.fromkeys(
            ("ContrastBolusAgent", "ContrastBolusAgentSequence"), "used to say that there was one; its text is dropped"
        ),
        **dict.fromkeys(
            names("AcquisitionDate SeriesDate StudyDate ContentDate KVP SliceThickness Rows Columns PixelSpacing"),
            IN_PACK,
        ),
        **dict.fromkeys(
            names(
                "SOPClassUID ImageType SeriesNumber InstanceNumber SliceLocation SpacingBetweenSlices GantryDetectorTilt "
                "ImagePositionPatient ImageOrientationPatient SamplesPerPixel PhotometricInterpretation NumberOfFrames "
                "BitsAllocated BitsStored HighBit PixelRepresentation PixelPaddingValue PixelPaddingRangeLimit RescaleSlope "
                "RescaleIntercept RescaleType LossyImageCompression LossyImageCompressionRatio LossyImageCompressionMethod "
                "BurnedInAnnotation InConcatenationNumber InConcatenationTotalNumber ModalityLUTSequence BodyPartExamined "
                "OverlayBitsAllocated OverlayBitPosition AnatomicRegionSequence ReconstructionDiameter "
                "SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence"
            ),
            USED,
        ),
    }
)


def attribute_table() -> list[tuple[str, list[str]]]:
    """(what becomes of them, their keywords) of every attribute that is read, those that identify first."""
    order = (
        HASHED,
        COMPARED,
        AGE,
        BECOMES["PatientAge"],
        CLEANED,
        UID,
        TERM,
        BECOMES["ContrastBolusAgent"],
        IN_PACK,
        USED,
    )
    return [(fate, sorted(tag for tag in TAGS if BECOMES[tag] == fate)) for fate in order]
