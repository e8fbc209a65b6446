"""The pictures of a multi-frame CT object, each with its own place and rescale out of the functional groups (PS3.3, C.7.6.16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from anatofit.ingest.door.faults import FileError
from anatofit.ingest.header import shown
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.header.tags import Getter, region_codes
from anatofit.model.words import counted

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

# Enhanced CT and Legacy Converted Enhanced CT (PS3.4, B.5).
ENHANCED_CT_CLASSES = frozenset({"1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"})

# Sequences of the functional groups that place a frame and say what its values mean.
GROUPS = (
    "PlanePositionSequence",
    "PlaneOrientationSequence",
    "PixelMeasuresSequence",
    "PixelValueTransformationSequence",
    "FrameContentSequence",
    "CTImageFrameTypeSequence",
    "CTReconstructionSequence",
    "FrameAnatomySequence",
    "UnassignedPerFrameConvertedAttributesSequence",
)
FUNCTIONAL_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


def pictures_of(instance: Instance, get: Getter) -> tuple[Instance, ...]:
    """Every frame of an enhanced object as an instance of its own; any other file as it is.

    A frame's own group goes before the shared one. Raises FileError where there are groups for fewer or more frames than the object
    says: nobody knows which frame a group belongs to, and every tag that stands in a group would be missed one by one.
    """
    if instance.sop_class not in ENHANCED_CT_CLASSES:
        return (instance,)
    shared = _groups(next(iter(get.values(FUNCTIONAL_GROUPS[0])), None))
    own = [_groups(item) for item in get.values(FUNCTIONAL_GROUPS[1])]
    if len(own) != instance.frames:
        was = f"it says that it holds {counted(instance.frames, 'frame')}, and tells of {len(own) or 'none'} of them"
        raise FileError("frame-groups", was)
    return tuple(_picture(instance, n, {**shared, **groups}) for n, groups in enumerate(own))


def _groups(item: Dataset | None) -> dict[str, Getter]:
    """The first item of each functional group that an item of the per-frame or shared sequence holds."""
    return dict(_first_items(item)) if item is not None else {}


def _first_items(item: Dataset) -> Iterator[tuple[str, Getter]]:
    for keyword in GROUPS:
        if items := Getter(item).values(keyword):
            yield keyword, Getter(items[0])


def _picture(instance: Instance, frame: int, groups: Mapping[str, Getter]) -> Instance:
    """One frame; what its groups do not say stays as the object says it."""
    said = _said(groups)
    return replace(
        instance, frame=frame, **{name: value for name, value in said.items() if value not in (None, "", ())}
    )


def _said(groups: Mapping[str, Getter]) -> dict[str, Any]:
    def get(group: str) -> Getter:
        return groups.get(group) or Getter.nothing()

    measures, rescale = get("PixelMeasuresSequence"), get("PixelValueTransformationSequence")
    content, kind = get("FrameContentSequence"), get("CTImageFrameTypeSequence")
    converted = get("UnassignedPerFrameConvertedAttributesSequence")
    return {
        "position_lps_mm": get("PlanePositionSequence").numbers("ImagePositionPatient", count=3),
        "orientation": get("PlaneOrientationSequence").numbers("ImageOrientationPatient", count=6),
        "pixel_mm": measures.numbers("PixelSpacing", count=2),
        "thickness_mm": measures.number("SliceThickness"),
        "slope": rescale.number("RescaleSlope"),
        "intercept": rescale.number("RescaleIntercept"),
        "rescale_type": rescale.text("RescaleType").upper(),
        "image_type": tuple(str(v).strip().upper() for v in kind.values("FrameType")),
        "kernel": shown.kernel(get("CTReconstructionSequence").text("ConvolutionKernel")),
        "region_codes": region_codes(get("FrameAnatomySequence")),
        "reconstruction_mm": get("CTReconstructionSequence").number("ReconstructionDiameter"),
        "stack_name": content.text("StackID"),
        "instance_number": content.ordinal("InStackPositionNumber") or converted.ordinal("InstanceNumber"),
    }
