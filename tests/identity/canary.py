"""A patient who does not exist, planted wherever a CT file can hold text, and the search for every form of them."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from pydicom import dcmwrite
from pydicom.datadict import DicomDictionary
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.tag import Tag

from anatofit.model.quiet import quiet_pydicom
from anatofit.model.words import names

WORD, NUMBER, BIRTH = "QZCANARY", "4711987", "19700203"
TEXT_VRS = {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
# What a series needs to be read at all, or what a test plants by hand.
SPARED = names(
    """SpecificCharacterSet Modality ImageType SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID FrameOfReferenceUID
    ImagePositionPatient ImageOrientationPatient PixelSpacing RescaleSlope RescaleIntercept RescaleType PhotometricInterpretation
    SliceThickness SeriesNumber InstanceNumber NumberOfFrames BurnedInAnnotation LossyImageCompression PatientID PatientName PatientBirthDate"""
)


@dataclass(frozen=True)
class Script:
    """How a file is coded, as it says and as it is, and a word that only this coding has."""

    declared: str
    coding: str
    word: str

    def encode(self, text: str) -> bytes:
        if self.coding == "iso2022_kr":  # PS3.3, C.12.1.1.2: the escape once, then two-byte characters
            return b"\x1b$)C" + text.encode("euc_kr")
        return text.encode(self.coding)


SCRIPTS = (
    Script("ISO_IR 100", "latin-1", "Zébédée"),
    Script("\\ISO 2022 IR 87", "iso2022_jp", "山田太郎"),
    Script("\\ISO 2022 IR 149", "iso2022_kr", "홍길동순"),
    Script("GB18030", "gb18030", "王小东明"),
    Script("ISO_IR 144", "iso8859_5", "Кузнецов"),
    Script("ISO_IR 192", "utf-8", "Ελληνίδα"),
    Script("ISO_IR 192", "gb18030", "张伟明华"),  # wrongly declared
    Script("ISO_IR 100", "shift_jis", "鈴木花子"),  # wrongly declared
    Script("ISO_IR 999", "utf-8", "Ñandúes"),  # no such set
)


def _raw(tag: int, vr: str, value: bytes) -> RawDataElement:
    value += (b"\0" if vr in ("UI", "OB", "UN") else b" ") * (len(value) % 2)
    return RawDataElement(Tag(tag), vr, len(value), value, 0, False, True)


def _value(vr: str, script: Script) -> bytes:
    """The canary in a form that the VR allows, or, for numbers and dates, one that it does not."""
    if vr == "UI":
        return f"1.2.826.{BIRTH}.{NUMBER}".encode()
    if vr in ("PN", "LO", "SH", "ST", "LT", "UT", "UC"):
        return script.encode(f"{WORD}{'^' if vr == 'PN' else ' '}{script.word}")
    return f"{WORD}{BIRTH}".encode()


# What the slices of one series must say alike: sex, maker, station, model, serial number.
_COMPARED = {0x00100040: "CS", 0x00080070: "LO", 0x00081010: "SH", 0x00081090: "LO", 0x00181000: "LO"}


def plant(dataset: FileDataset, script: Script, *, everywhere: bool = True) -> FileDataset:
    """The canary in name, number and birth date; `everywhere`: in every text attribute of the dictionary and beyond."""
    with quiet_pydicom():  # it takes note of what is wrong on purpose
        _plant(dataset, script, everywhere=everywhere)
    return dataset


def _plant(dataset: FileDataset, script: Script, *, everywhere: bool) -> None:
    dataset[0x00080005] = _raw(0x00080005, "CS", script.declared.encode())
    dataset[0x00100010] = _raw(0x00100010, "PN", _value("PN", script))
    dataset[0x00100020] = _raw(0x00100020, "LO", f"{WORD}-{NUMBER}".encode())
    dataset[0x00100030] = _raw(0x00100030, "DA", BIRTH.encode())
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "SOPInstanceUID"):
        setattr(dataset, keyword, f"{dataset[keyword].value}.{BIRTH}.{NUMBER}"[:64])
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    for tag, vr in _COMPARED.items():
        dataset[tag] = _raw(tag, vr, _value(vr, script))
    if everywhere:
        _plant_dictionary(dataset, script)
        _plant_elsewhere(dataset, script)


def _plant_dictionary(dataset: Dataset, script: Script) -> None:
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        if vr in TEXT_VRS and keyword not in SPARED and 0x00080000 <= tag < 0x7FE00000:
            dataset[tag] = _raw(tag, vr, _value(vr, script))


def _plant_elsewhere(dataset: FileDataset, script: Script) -> None:
    word = script.encode(f"{WORD} {script.word}")
    dataset[0x00090010] = _raw(0x00090010, "LO", word)
    dataset[0x00091001] = _raw(0x00091001, "LT", word)
    dataset[0x00091002] = _raw(0x00091002, "UN", word)
    for group in (0x6000, 0x6002, 0x601E):
        dataset[group << 16 | 0x0022] = _raw(group << 16 | 0x0022, "LO", word)
        dataset[group << 16 | 0x3000] = _raw(group << 16 | 0x3000, "OB", word * 4)
    dataset[0x50000022] = _raw(0x50000022, "LO", word)
    dataset[0x50003000] = _raw(0x50003000, "OB", word * 4)
    dataset[0xFFFCFFFC] = _raw(0xFFFCFFFC, "OB", word)
    inner, deep = Dataset(), Dataset()
    _plant_dictionary(deep, script)
    inner[0x0040A730] = _sequence(0x0040A730, [deep])
    inner[0x00181210] = _raw(0x00181210, "SH", word)
    for tag in (0x00101002, 0x00400275, 0x00081140, 0x00321064, 0x52009229):
        dataset[tag] = _sequence(tag, [inner])
    meta = dataset.file_meta
    meta[0x00020013] = _raw(0x00020013, "SH", f"{WORD}".encode())
    meta[0x00020016] = _raw(0x00020016, "AE", f"{WORD}".encode())
    meta[0x00020100] = _raw(0x00020100, "UI", f"1.2.{BIRTH}".encode())
    meta[0x00020102] = _raw(0x00020102, "OB", word)
    dataset.preamble = (word * 40)[:128]


def _sequence(tag: int, items: list[Dataset]) -> Any:
    from pydicom.dataelem import DataElement

    return DataElement(tag, "SQ", items)


def write_planted(datasets: Iterable[FileDataset], folder: Path, script: Script) -> Path:
    """Files whose very names bear the canary, with trailing bytes behind the dataset."""
    folder.mkdir(parents=True)
    for n, dataset in enumerate(datasets):
        dataset["PixelData"].VR = "OW"
        into = BytesIO()
        with quiet_pydicom():
            _as_planted(dataset)
            dcmwrite(into, dataset, enforce_file_format=True, implicit_vr=False, little_endian=True)
        name = f"{WORD}_{script.word}_{NUMBER}_{n:03d}.dcm"
        (folder / name).write_bytes(into.getvalue() + script.encode(f"{WORD} {script.word}"))
    return folder


def _as_planted(dataset: Dataset) -> None:
    """The writer must leave the planted bytes as they are: it takes them for read from a file of this very coding."""
    dataset.set_original_encoding(False, True, dataset._character_set)
    for element in dataset.values():
        for item in element.value if element.VR == "SQ" else ():
            _as_planted(item)


def forms(script: Script) -> set[bytes]:
    """Every form in which the canary might lie about, as bytes."""
    found: set[bytes] = set()
    for text in (
        WORD,
        WORD.lower(),
        WORD.title(),
        NUMBER,
        BIRTH,
        script.word,
        script.word.lower(),
        script.word.upper(),
    ):
        found |= set(_forms(text, script))
    return {form for form in found if len(form) >= 6}


def _forms(text: str, script: Script) -> Iterator[bytes]:
    codings = (
        "utf-8",
        "utf-16-le",
        "utf-16-be",
        "latin-1",
        "shift_jis",
        "iso2022_jp",
        "euc_kr",
        "gb18030",
        "iso8859_5",
    )
    for coding in codings:
        try:
            coded = text.encode(coding).removeprefix(b"\x1b$B").removesuffix(b"\x1b(B")
        except UnicodeError:
            continue
        yield coded
        yield coded.hex().encode()
        yield coded.hex().upper().encode()
        yield coded.decode("latin-1").encode("utf-8")  # read in the wrong set
        yield "".join(f"\\x{b:02x}" for b in coded).encode()
        for shift in range(3):  # base64 at each of its places, without the ends that depend on neighbours
            yield base64.b64encode(b"\0" * shift + coded)[4 if shift else 0 : -4]
    yield text.encode("unicode_escape")
    yield "".join(f"&#{ord(c)};" for c in text).encode()


def traces(roots: Iterable[Path], script: Script, *, texts: Iterable[str] = (), spare: Iterable[str] = ()) -> list[str]:
    """Where a form of the canary stands: in names and contents below `roots` (archives unpacked) and in `texts`."""
    wanted = forms(script)
    where = [f"text {n}" for n, text in enumerate(texts) if _holds(text.encode("utf-8", "surrogateescape"), wanted)]
    for root in roots:
        for path in [root, *root.rglob("*")]:
            if path.name in set(spare):
                continue
            if _holds(path.name.encode(), wanted) and path != root:
                where.append(f"name of {path}")
            if path.is_file():
                where += [f"{path}: {inner}" for inner, data in _contents(path) if _holds(data, wanted)]
    return where


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    yield "bytes", path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield name, name.encode() + b"\0" + archive.read(name)


def _holds(data: bytes, wanted: Iterable[bytes]) -> bool:
    return any(form in data for form in wanted)
