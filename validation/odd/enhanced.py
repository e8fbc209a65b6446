"""Slices in one multi-frame object: Enhanced CT with its functional groups (PS3.3, A.38 and C.7.6.16)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian

from validation.odd.layout import Layout
from validation.odd.phantom import phantom_hu
from validation.odd.writer import Stored, dataset, put_pixels, rounded

ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
LEGACY_CT = "1.2.840.10008.5.1.4.1.1.2.2"
UID = "1.2.826.0.1.7.5"


def enhanced(
    at: Layout,
    stored: Stored | Sequence[Stored] = Stored(),  # noqa: B008 - frozen
    *,
    sop_class: str = ENHANCED_CT,
    stacks: Sequence[str] | None = None,
    per_frame: bool = False,
    number: int = 1,
) -> FileDataset:
    """All slices of `at`, in its order, as frames. per_frame: spacing, orientation and rescale stand with each frame, none is shared."""
    forms = [stored] * len(at.first) if isinstance(stored, Stored) else list(stored)
    ds = dataset(ExplicitVRLittleEndian, f"{UID}.{number}", sop_class=sop_class)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    ds.SeriesInstanceUID, ds.FrameOfReferenceUID, ds.InstanceNumber = UID, "1.2.826.0.1.7.9", number
    frames = [phantom_hu(at.points(k)) for k in range(len(at.first))]
    put_pixels(ds, forms[0], frames[0])
    ds.PixelData = b"".join(f.words(hu).astype("<u2").tobytes() for f, hu in zip(forms, frames, strict=True))
    ds.NumberOfFrames = len(frames)
    del ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType
    rescale_by_frame = per_frame or len(set(forms)) > 1
    shared = Dataset()
    if not per_frame:
        shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = _measures(at), _orientation(at)
    if not rescale_by_frame:
        shared.PixelValueTransformationSequence = _rescale(forms[0])
    shared.CTImageFrameTypeSequence = Items([_item(FrameType=ds.ImageType, VolumetricProperties="VOLUME")])
    ds.SharedFunctionalGroupsSequence = Items([shared])
    names = list(stacks or ["1"] * len(frames))
    groups = [_frame(at, k, names, forms[k] if rescale_by_frame else None, per_frame) for k in range(len(frames))]
    ds.PerFrameFunctionalGroupsSequence = Items(groups)
    ds.DimensionOrganizationSequence = Items([_item(DimensionOrganizationUID="1.2.826.0.1.7.8")])
    ds.DimensionIndexSequence = Items([_index(0x00209056), _index(0x00209057)])
    return ds


def _item(**tags: object) -> Dataset:
    item = Dataset()
    for keyword, value in tags.items():
        setattr(item, keyword, value)
    return item


def _measures(at: Layout) -> Items:
    return Items([_item(PixelSpacing=rounded([at.row_mm, at.column_mm]), SliceThickness="1.25")])


def _orientation(at: Layout) -> Items:
    return Items([_item(ImageOrientationPatient=rounded([*at.row, *at.column], 13))])


def _rescale(form: Stored) -> Items:
    return Items([_item(RescaleSlope=f"{form.slope:g}", RescaleIntercept=f"{form.intercept:g}", RescaleType="HU")])


def _index(pointer: int) -> Dataset:
    return _item(
        DimensionOrganizationUID="1.2.826.0.1.7.8", DimensionIndexPointer=pointer, FunctionalGroupPointer=0x00209111
    )


def _frame(at: Layout, k: int, names: list[str], form: Stored | None, whole: bool) -> Dataset:
    """One frame's own groups; its place in its stack follows the normal, as the dimension of stacks asks."""
    mine = [n for n, name in enumerate(names) if name == names[k]]
    along = at.first[mine] @ at.normal
    place = int(np.argsort(np.argsort(along))[mine.index(k)]) + 1
    stack = sorted(set(names)).index(names[k]) + 1
    group = _item(
        FrameContentSequence=Items(
            [_item(StackID=names[k], InStackPositionNumber=place, DimensionIndexValues=[stack, place])]
        ),
        PlanePositionSequence=Items([_item(ImagePositionPatient=rounded(at.first[k]))]),
    )
    if whole:
        group.PixelMeasuresSequence, group.PlaneOrientationSequence = _measures(at), _orientation(at)
    if form is not None:
        group.PixelValueTransformationSequence = _rescale(form)
    return group
