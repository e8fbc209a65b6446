"""One DICOM dataset made anew with what may stay, and a line for each attribute of what was done to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anatofit
from anatofit.identity.keyed import Keyed
from anatofit.identity.marks import Marks
from anatofit.identity.patient import identity_of
from anatofit.identity.profile import CONTRAST, IMAGE_TYPES, PSEUDONYM, Action, Dates, Fate, Retain, fate
from anatofit.identity.values import known_words, listed, may_stay, rounded_numbers, shifted

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_PIXEL_TAG = 0x7FE00010
_DEEPEST = 8  # functional groups nest three deep (PS3.3, C.7.6.16); beyond this nobody looks


@dataclass(frozen=True)
class Done:
    """What was done to one attribute. place: its tag, after those of the sequences it stands in."""

    place: str
    keyword: str
    action: Action
    why: str


@dataclass(frozen=True)
class Order:
    """How to clean: with which key, which options, and whose marks must be nowhere."""

    keyed: Keyed = field(repr=False)
    retain: Retain
    marks: Marks


def cleaned(source: Dataset, pixels: bytes, order: Order) -> tuple[Dataset, list[Done]]:
    """The de-identified dataset with the given uncompressed little-endian pixels, and the table. Writes nothing."""
    target, table = _cleaned(source, "", order, identity_of(source).normal)
    target.add_new(_PIXEL_TAG, "OW" if source.get("BitsAllocated", 16) > 8 else "OB", pixels)
    _say_what_was_done(target, order.retain)
    return target, table


def _cleaned(source: Any, place: str, order: Order, patient: str) -> tuple[Dataset, list[Done]]:
    """A dataset or an item of a sequence; the lines of a sequence's items follow its own."""
    from pydicom.datadict import keyword_for_tag
    from pydicom.dataset import Dataset

    target, table = Dataset(), []
    for tag in sorted(source.keys()):
        keyword = keyword_for_tag(tag) or ("private" if tag.is_private else "unknown")
        here = f"{place}({tag.group:04X},{tag.element:04X})"
        planned = fate(tag.group, tag.element, keyword, order.retain)
        if tag == _PIXEL_TAG:
            table.append(Done(here, keyword, Action.KEPT, "the picture: written uncompressed, its values unchanged"))
            continue
        element = None if planned.action is Action.REMOVED else _element(source, tag)
        inner: list[Done] = []
        if element is not None and element.VR == "SQ" and planned.action is Action.KEPT:
            made, inner = _sequence(element, here, order, patient)
            final = planned if made is not None else Fate(Action.REMOVED, "nested too deeply")
        else:
            made, final = _made(element, keyword, planned, order, patient)
        if made is not None:
            target.add(made)
        table += [Done(here, keyword, final.action, final.why), *inner]
    return target, table


def _sequence(sequence: Any, here: str, order: Order, patient: str) -> tuple[Any, list[Done]]:
    """The sequence with its items cleaned, and their lines; None where it is nested too deeply."""
    from pydicom.dataelem import DataElement

    if here.count(">") >= _DEEPEST:
        return None, []
    made = [_cleaned(item, here + ">", order, patient) for item in sequence.value]
    return DataElement(sequence.tag, "SQ", [item for item, _ in made]), [line for _, lines in made for line in lines]


def _element(source: Any, tag: Any) -> Any:
    """The element with its value; None where that cannot be read, or has another form than the dictionary gives it."""
    from pydicom.datadict import dictionary_has_tag, dictionary_VR

    try:
        element = source[tag]
        listed(element.value)
    except Exception:  # noqa: BLE001 - what cannot be read is not written
        return None
    known = dictionary_VR(tag).split(" or ") if dictionary_has_tag(tag) else []
    return element if element.VR in known else None


def _made(element: Any, keyword: str, planned: Fate, order: Order, patient: str) -> tuple[Any, Fate]:
    from pydicom.dataelem import DataElement

    if planned.action is Action.REMOVED:
        return None, planned
    if element is None:
        return None, Fate(Action.REMOVED, "not readable in the form that the standard gives it")
    if planned.action is Action.EMPTIED:
        return DataElement(element.tag, element.VR, None), planned
    if planned.action is Action.REPLACED:
        value = _replacement(element, keyword, order, patient)
        return (DataElement(element.tag, element.VR, value), planned) if value is not None else (None, _no_form())
    if not _stays(element, keyword, order):
        return _kept_in_part(element, keyword)
    return DataElement(element.tag, element.VR, element.value), planned


def _kept_in_part(element: Any, keyword: str) -> tuple[Any, Fate]:
    """Image and frame type without their maker's own words, and long numbers rounded; nothing of any other attribute."""
    from pydicom.dataelem import DataElement

    if element.VR == "DS" and (rounded := rounded_numbers(element.value)):
        said = "numbers of more than 16 characters were rounded to the length that the standard allows"
        return DataElement(element.tag, element.VR, rounded), Fate(Action.REPLACED, said)
    if keyword not in IMAGE_TYPES:
        return None, _no_form()
    value = known_words(keyword, element.value)
    return DataElement(element.tag, element.VR, value), Fate(
        Action.REPLACED, "words that are no defined terms became OTHER"
    )


def _no_form() -> Fate:
    return Fate(Action.REMOVED, "its value is no number or defined term, or holds a part of an identity")


def _stays(element: Any, keyword: str, order: Order) -> bool:
    device_text = order.retain.device
    if not may_stay(keyword, element.VR, element.value, device_text=device_text):
        return False
    return element.VR not in ("LO", "SH") or not any(order.marks.in_text(str(v)) for v in listed(element.value))


def _replacement(element: Any, keyword: str, order: Order, patient: str) -> Any:
    """What stands in the place of the value; None where there is nothing to replace it by."""
    if keyword == CONTRAST:
        return "CONTRAST" if any(map(str, listed(element.value))) else ""
    if keyword in PSEUDONYM:
        return order.keyed.pseudonym(patient)
    if element.VR == "UI":
        return [order.keyed.uid(str(uid)) for uid in listed(element.value)] or None
    if order.retain.dates is Dates.SHIFTED and may_stay(keyword, element.VR, element.value, device_text=False):
        days = order.keyed.shift_days(patient)
        try:
            return [shifted(element.VR, str(v), days) for v in listed(element.value)]
        except (ValueError, OverflowError):
            return None
    return None


def _say_what_was_done(target: Dataset, retain: Retain) -> None:
    """The attributes by which a file says that it is de-identified (PS3.15, E.1.1, step 6; PS3.3, C.7.1.1)."""
    from pydicom.dataset import Dataset

    target.PatientIdentityRemoved = "YES"
    target.DeidentificationMethod = f"anatofit {anatofit.__version__}, PS3.15 Annex E"
    codes = []
    for code, meaning in retain.codes:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", meaning
        codes.append(item)
    target.DeidentificationMethodCodeSequence = codes
    said = {Dates.REMOVED: "REMOVED", Dates.FULL: "UNMODIFIED", Dates.SHIFTED: "MODIFIED"}
    target.LongitudinalTemporalInformationModified = said[retain.dates]
