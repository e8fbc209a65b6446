"""What becomes of each attribute: PS3.15 Annex E, the options asked for, and beyond them a list of what alone may stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from anatofit.model.words import names


class Action(StrEnum):
    """What was done to an attribute."""

    REMOVED = "removed"
    EMPTIED = "emptied"
    REPLACED = "replaced"
    KEPT = "kept"


class Dates(StrEnum):
    """What becomes of the dates and times of the examination (PS3.15, E.3.6)."""

    REMOVED = "removed"
    FULL = "full"
    SHIFTED = "shifted"


@dataclass(frozen=True)
class Retain:
    """The options that were asked for: Retain Device Identity, Retain Longitudinal Temporal Information."""

    device: bool = False
    dates: Dates = Dates.REMOVED

    @property
    def codes(self) -> tuple[tuple[str, str], ...]:
        """Code and meaning of the profile and of each option (PS3.16, CID 7050)."""
        asked = [_BASIC, _GRAPHICS]
        if self.device:
            asked.append(_DEVICE)
        return (*asked, *_DATE_CODES[self.dates])


_BASIC = ("113100", "Basic Application Confidentiality Profile")
_GRAPHICS = ("113103", "Clean Graphics Option")
_DEVICE = ("113109", "Retain Device Identity Option")
_DATE_CODES: Mapping[Dates, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        Dates.REMOVED: (),
        Dates.FULL: (("113106", "Retain Longitudinal Temporal Information Full Dates Option"),),
        Dates.SHIFTED: (("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),),
    }
)

# How the library that holds table E.1-1 names its columns, and what this program makes of each code. Where a code leaves a
# choice, a CT image needs at most a value that may be empty (type 2), so nothing is made up (X/Z, X/D: removed).
_TABLE = "dicomfields_2026c"
_CODES: Mapping[str, tuple[str, Action]] = MappingProxyType(
    {
        "D_TAGS": ("D", Action.REMOVED),
        "Z_TAGS": ("Z", Action.EMPTIED),
        "X_TAGS": ("X", Action.REMOVED),
        "U_TAGS": ("U", Action.REPLACED),
        "Z_D_TAGS": ("Z/D", Action.EMPTIED),
        "X_Z_TAGS": ("X/Z", Action.REMOVED),
        "X_D_TAGS": ("X/D", Action.REMOVED),
        "X_Z_D_TAGS": ("X/Z/D", Action.REMOVED),
        "X_Z_U_STAR_TAGS": ("X/Z/U*", Action.REMOVED),
    }
)

# Dates and times of the examination, which the options of PS3.15 E.3.6 let stay; a birth date is none of them.
_TEMPORAL = names(
    "StudyDate SeriesDate AcquisitionDate ContentDate AcquisitionDateTime StudyTime SeriesTime AcquisitionTime ContentTime "
    "FrameAcquisitionDateTime FrameReferenceDateTime InstanceCreationDate InstanceCreationTime"
)
# PS3.15, E.3.8; of them those that a CT image bears and that say something of a reconstruction.
_DEVICE_TEXT = names(
    "Manufacturer ManufacturerModelName SoftwareVersions DeviceSerialNumber StationName GantryID DetectorID FilterType"
)
# The series' own UIDs, which tie its images to each other; all others point elsewhere and go.
_OWN_UIDS = names("SOPInstanceUID StudyInstanceUID SeriesInstanceUID FrameOfReferenceUID DimensionOrganizationUID")
# That a medium was given matters to whoever reads bone: vessels reach its values. Which one it was does not.
CONTRAST = "ContrastBolusAgent"
IMAGE_TYPES = frozenset({"ImageType", "FrameType"})
PSEUDONYM = frozenset({"PatientName", "PatientID"})

# What a reader of CT needs, and its form: numbers by their VR, words by the standard's defined terms. Anything else goes,
# also where table E.1-1 would let it stay: any text may hold a name.
_STAYS = names(
    "SOPClassUID Modality ImageType FrameType InstanceNumber SeriesNumber AcquisitionNumber Rows Columns SamplesPerPixel "
    "PhotometricInterpretation PlanarConfiguration BitsAllocated BitsStored HighBit PixelRepresentation PixelSpacing "
    "PixelPaddingValue PixelPaddingRangeLimit SmallestImagePixelValue LargestImagePixelValue RescaleSlope RescaleIntercept "
    "RescaleType WindowCenter WindowWidth LossyImageCompression LossyImageCompressionRatio LossyImageCompressionMethod ImagePositionPatient "
    "ImageOrientationPatient SliceLocation SliceThickness SpacingBetweenSlices PatientPosition GantryDetectorTilt KVP "
    "XRayTubeCurrent ExposureTime Exposure ReconstructionDiameter DataCollectionDiameter DistanceSourceToDetector "
    "DistanceSourceToPatient TableHeight RotationDirection ConvolutionKernel SpiralPitchFactor SingleCollimationWidth "
    "TotalCollimationWidth BodyPartExamined BurnedInAnnotation RecognizableVisualFeatures NumberOfFrames InStackPositionNumber "
    "TemporalPositionIndex DimensionIndexValues VolumetricProperties VolumeBasedCalculationTechnique PixelPresentation "
    "ContentQualification ReconstructionPixelSpacing ReconstructionTargetCenterPatient PresentationLUTShape "
    "ModalityLUTType LUTDescriptor LUTData"
)
_SEQUENCES = names(
    "SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence PixelMeasuresSequence PlanePositionSequence "
    "PlaneOrientationSequence PixelValueTransformationSequence FrameVOILUTSequence FrameContentSequence "
    "CTImageFrameTypeSequence CTReconstructionSequence CTAcquisitionDetailsSequence CTGeometrySequence "
    "DimensionOrganizationSequence ModalityLUTSequence"
)
_PIXELS = "PixelData"


@dataclass(frozen=True)
class Fate:
    """What is to become of an attribute, and by which rule."""

    action: Action
    why: str


@cache
def _profile() -> Mapping[tuple[int, int], tuple[str, Action]]:
    """Table E.1-1 as (code, action) by group and element, out of the pinned library."""
    from dicomanonymizer.dicomfields_selector import dicom_anonymization_database_selector

    table = dicom_anonymization_database_selector(_TABLE)
    return {tag: code for name, code in _CODES.items() for tag in table[name] if len(tag) == 2}


def fate(group: int, element: int, keyword: str, retain: Retain) -> Fate:
    """What is to become of the attribute, whatever its value; `KEPT` still asks its value for the right form."""
    if group % 2:
        return Fate(Action.REMOVED, "private attribute")
    if group in range(0x5000, 0x5100) or group in range(0x6000, 0x6100):
        return Fate(Action.REMOVED, "graphics (Clean Graphics Option)")
    named = _by_name(keyword, retain)
    if named is not None:
        return named
    code, action = _profile().get((group, element), ("", Action.REMOVED))
    why = f"{code} in PS3.15 table E.1-1" if code else "beyond the profile: not needed for a design"
    return Fate(Action.REMOVED, f"{why}; no UID of the series") if action is Action.REPLACED else Fate(action, why)


def _by_name(keyword: str, retain: Retain) -> Fate | None:
    """The fate of an attribute that one of the lists above names."""
    if keyword in PSEUDONYM:
        return Fate(Action.REPLACED, "the patient's pseudonym")
    if keyword == CONTRAST:
        return Fate(Action.REPLACED, "that there was a medium stays, its name goes")
    if keyword in _OWN_UIDS:
        return Fate(Action.REPLACED, "a keyed UID, the same for the same UID")
    if keyword in _TEMPORAL and retain.dates is Dates.FULL:
        return Fate(Action.KEPT, "Retain Longitudinal Temporal Information, full dates")
    if keyword in _TEMPORAL and retain.dates is Dates.SHIFTED:
        return Fate(Action.REPLACED, "Retain Longitudinal Temporal Information, modified dates")
    if keyword in _DEVICE_TEXT and retain.device:
        return Fate(Action.KEPT, "Retain Device Identity")
    if keyword == "Manufacturer":  # PS3.3, C.7.5.1: type 2
        return Fate(Action.EMPTIED, "beyond the profile: names the device")
    if keyword in _STAYS or keyword in _SEQUENCES or keyword == _PIXELS:
        return Fate(Action.KEPT, "needed to read the image")
    return None
