"""Whether a value has the form that lets it stay: a number, a defined term, a day, a time. Free text never has."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, MutableSequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import numpy as np

from anatofit.model.vocabulary import PATIENT_POSITIONS, harmless
from anatofit.model.words import names

_NUMBER = re.compile(r"[+-]?(?:\d{1,14}(?:\.\d{0,15})?|\.\d{1,15})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DAY = re.compile(r"\d{8}", re.ASCII)
_TIME = re.compile(r"\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?", re.ASCII)
_MOMENT = re.compile(r"(\d{8})(\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?([+-]\d{4})?", re.ASCII)
_STANDARD_UIDS = "1.2.840.10008."

# Defined terms of PS3.3 (C.7.6.1.1.2, C.8.2.1.1.1, C.7.6.16) and those that makers add to Image Type.
_IMAGE_WORDS = names(
    "ORIGINAL DERIVED PRIMARY SECONDARY AXIAL LOCALIZER VOLUME NONE OTHER MPR REFORMATTED RESAMPLED CT_SOM5 SPI HELIX CT_SOM7 "
    "AVERAGE MIP MIN_IP MAX_IP STD HELICAL SNAPSHOT BONE SOFT M_FFE DET_DD001 MEAN ADDITION DIVISION FILTERED MAXIMUM MEDIAN "
    "MINIMUM MULTIPLICATION QUANTITY SUBTRACTION ENERGY_PROP_WT MIXED"
)
_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Modality": frozenset({"CT"}),
        # PS3.16, annex L: parts that a head or whole-body scan names, and those of the other product lines
        "BodyPartExamined": names(
            "HEAD SKULL BRAIN FACE NECK HEADNECK CHEST ABDOMEN PELVIS SPINE EXTREMITY ARM HAND WRIST LEG KNEE ANKLE FOOT HIP SHOULDER"
        ),
        "ImageType": _IMAGE_WORDS,
        "FrameType": _IMAGE_WORDS,
        "PatientPosition": PATIENT_POSITIONS,
        "PhotometricInterpretation": frozenset({"MONOCHROME1", "MONOCHROME2"}),
        "RescaleType": frozenset({"HU", "US", "OD", "HU_MOD"}),
        "LossyImageCompression": frozenset({"00", "01"}),
        "LossyImageCompressionMethod": names(
            "ISO_10918_1 ISO_14495_1 ISO_15444_1 ISO_15444_15 ISO_13818_2 ISO_14496_10 ISO_23008_2"
        ),
        "RotationDirection": frozenset({"CW", "CC"}),
        "BurnedInAnnotation": frozenset({"NO"}),
        "RecognizableVisualFeatures": frozenset({"YES", "NO"}),
        "VolumetricProperties": frozenset({"VOLUME", "SAMPLED", "DISTORTED", "MIXED"}),
        "VolumeBasedCalculationTechnique": frozenset({"NONE"}),
        "PixelPresentation": frozenset({"MONOCHROME"}),
        "ContentQualification": frozenset({"PRODUCT", "RESEARCH", "SERVICE"}),
        "PresentationLUTShape": frozenset({"IDENTITY", "INVERSE"}),
        "ModalityLUTType": frozenset({"HU"}),
    }
)
# Every defined term above: a patient may be called so, and the word is still none of theirs.
TERMS = " ".join(sorted(word for words in _WORDS.values() for word in words))
_BINARY = frozenset({"US", "SS", "UL", "SL", "FL", "FD"})
# PS3.5, 6.2: LO holds 64 characters.
_LONGEST_TEXT = 64


def listed(value: Any) -> list[Any]:
    """The values of an element as a list."""
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, MutableSequence) else [value]


def known_words(keyword: str, value: Any) -> list[str]:
    """The values with OTHER in place of each that is no defined term: what comes first in Image Type must stay first."""
    return [str(v).strip() if str(v).strip() in _WORDS[keyword] else "OTHER" for v in listed(value)]


def may_stay(keyword: str, vr: str, value: Any, *, device_text: bool) -> bool:
    """Every value has a form that identifies nobody: a number for a number, a defined term for a word."""
    if keyword == "LUTData":
        return _only_rises(value)
    return all(_may_stay(keyword, vr, item, device_text=device_text) for item in listed(value))


def _only_rises(value: Any) -> bool:
    """Sixteen-bit numbers that rise or fall throughout, as those of a table of HU do: no text is written in such."""
    words = np.frombuffer(value, dtype="<i2") if isinstance(value, bytes) else np.array(listed(value), dtype=np.int64)
    if words.dtype == np.int64:
        words = np.where(words >= 1 << 15, words - (1 << 16), words)
    steps = np.diff(words.astype(np.int64))
    return bool(len(words)) and bool((steps >= 0).all() or (steps <= 0).all())


def _may_stay(keyword: str, vr: str, item: Any, *, device_text: bool) -> bool:
    text = str(item).strip(" \0")
    if vr in _BINARY:
        return isinstance(item, int | float)
    if vr in ("DS", "IS"):
        return _NUMBER.fullmatch(text) is not None
    if keyword in _WORDS:
        return text in _WORDS[keyword]
    if keyword == "ConvolutionKernel":
        return text.isascii() and harmless(text) == text
    if vr == "UI":
        return text.startswith(_STANDARD_UIDS) and re.fullmatch(r"[0-9.]{1,64}", text) is not None
    if vr in _FORMS:
        return _FORMS[vr].fullmatch(text) is not None
    return device_text and text.isascii() and text.isprintable() and len(text) <= _LONGEST_TEXT


_FORMS: Mapping[str, re.Pattern[str]] = MappingProxyType({"DA": _DAY, "TM": _TIME, "DT": _MOMENT})


def rounded_numbers(value: Any) -> list[str]:
    """Decimal numbers, however long they are written, at most 16 characters each (PS3.5, 6.2); none where one is no number."""
    from pydicom.valuerep import format_number_as_ds

    try:
        numbers = [float(str(item).strip(" \0")) for item in listed(value)]
    except ValueError:
        return []
    return [format_number_as_ds(n) for n in numbers] if all(map(math.isfinite, numbers)) else []


def shifted(vr: str, text: str, days: int) -> str:
    """A day or a moment moved by whole days; a time of day stays. Raises ValueError for no day of the calendar."""
    if vr == "TM":
        return text
    moved = datetime.strptime(text[:8], "%Y%m%d") + timedelta(days=days)  # noqa: DTZ007 - a day of the calendar has no zone
    return moved.strftime("%Y%m%d") + text[8:]
