"""T21 and T22: compressed forms, multi-frame objects, lossy ones, and the folders in which files arrive."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from pydicom import dcmwrite, uid
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate

from tests.ingest import jpeg_lossless
from validation.odd.enhanced import LEGACY_CT, enhanced
from validation.odd.layout import COUNT, Layout, layout, tilted, turned
from validation.odd.odd import Change, Odd, each, odd
from validation.odd.writer import Stored, slices, words_of, write

AT = layout()
# What a JPEG encoder takes: unsigned, 12 bits; and signed 16, which RLE, JPEG-LS and JPEG 2000 carry as well.
UNSIGNED, SIGNED = Stored(bits=12), Stored(signed=True)
ENCODED = {
    "RLE": uid.RLELossless,
    "JPEG 2000 lossless": uid.JPEG2000Lossless,
    "JPEG-LS lossless": uid.JPEGLSLossless,
}
PLAIN = {
    "implicit": uid.ImplicitVRLittleEndian,
    "big endian": uid.ExplicitVRBigEndian,
    "deflated": uid.DeflatedExplicitVRLittleEndian,
}


def encoded(syntax: str, numbers: Sequence[int] | None = None, **options: object) -> Change:
    """Compressed by the encoder that pydicom has for the syntax."""

    def change(series: list[FileDataset]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for n in numbers if numbers is not None else range(len(series)):
                series[n].compress(syntax, generate_instance_uid=False, **options)

    return change


def as_jpeg_lossless(syntax: str) -> Change:
    """JPEG lossless, process 14, first-order prediction."""

    def change(series: list[FileDataset]) -> None:
        for ds in series:
            _encapsulate(ds, jpeg_lossless.encode(words_of(ds), bits=ds.BitsStored), syntax)

    return change


def _encapsulate(ds: FileDataset, stream: bytes, syntax: str) -> None:
    ds.PixelData = encapsulate([stream])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    ds.file_meta.TransferSyntaxUID = uid.UID(syntax)


def in_syntax(syntax: str) -> Change:
    """Not compressed, or deflated as a whole."""

    def change(series: list[FileDataset]) -> None:
        for ds in series:
            ds.file_meta.TransferSyntaxUID = uid.UID(syntax)
            if syntax == uid.ExplicitVRBigEndian:
                ds.PixelData = words_of(ds).astype(">u2").tobytes()

    return change


def lossless() -> Iterator[Odd]:
    """The same numbers in every form that loses nothing."""
    for name, syntax in PLAIN.items():
        for form in (UNSIGNED, SIGNED):
            yield odd("T21", f"{name}, {'signed' if form.signed else 'unsigned'}", AT, in_syntax(syntax), stored=form)
    for name, syntax in ENCODED.items():
        for form in (UNSIGNED, SIGNED):
            yield odd("T21", f"{name}, {'signed' if form.signed else 'unsigned'}", AT, encoded(syntax), stored=form)
    for name, syntax in (("SV1", uid.JPEGLosslessSV1), ("process 14", uid.JPEGLossless)):
        yield odd("T21", f"JPEG lossless {name}", AT, as_jpeg_lossless(syntax), stored=UNSIGNED)
    yield odd("T21", "half the slices in RLE", AT, encoded(uid.RLELossless, range(17)))
    yield odd("T21", "JPEG-LS, one slice's stream cut in half", AT, encoded(uid.JPEGLSLossless), _cut(11),
              stored=UNSIGNED, refused="truncated-pixels undecodable-pixels coded-header unreadable-file")  # fmt: skip
    yield odd("T21", "JPEG 2000, one slice's stream of another size", AT, encoded(uid.JPEG2000Lossless), _other_size(11),
              stored=UNSIGNED, refused="undecodable-pixels coded-header image-size-mismatch pixel-format")  # fmt: skip
    yield odd("T21", "a transfer syntax of films (MPEG2)", AT, encoded(uid.RLELossless),
              lambda s: [setattr(d.file_meta, "TransferSyntaxUID", uid.UID("1.2.840.10008.1.2.4.100")) for d in s],
              refused="transfer-syntax unreadable-file")  # fmt: skip
    yield odd(
        "T21",
        "pixels cut by one byte",
        AT,
        lambda s: setattr(s[5], "PixelData", s[5].PixelData[:-2]),
        refused="truncated-pixels",
    )
    yield odd("T21", "pixels longer than the picture", AT, lambda s: setattr(s[5], "PixelData", s[5].PixelData + bytes(512)),
              either="pixel-length pixel-format truncated-pixels")  # fmt: skip


def _cut(number: int) -> Change:
    def change(series: list[FileDataset]) -> None:
        from pydicom.encaps import get_frame

        stream = get_frame(series[number].PixelData, 0, number_of_frames=1)
        _encapsulate(series[number], stream[: len(stream) // 4 * 2], series[number].file_meta.TransferSyntaxUID)

    return change


def _other_size(number: int) -> Change:
    def change(series: list[FileDataset]) -> None:
        from pydicom.encaps import get_frame

        other = slices(layout(size=(54, 60), pixel_mm=(0.85, 0.8)), UNSIGNED)[number]
        other.compress(uid.JPEG2000Lossless, generate_instance_uid=False)
        stream = get_frame(other.PixelData, 0, number_of_frames=1)
        _encapsulate(series[number], stream, uid.JPEG2000Lossless)

    return change


def lossy() -> Iterator[Odd]:
    """Nothing that lost something comes in without a waiver."""
    rule = "lossy-compression"
    yield odd(
        "T22",
        "LossyImageCompression 01 in one slice",
        AT,
        lambda s: setattr(s[9], "LossyImageCompression", "01"),
        refused=rule,
    )
    yield odd("T22", "LossyImageCompression 01 in all slices", AT, each(LossyImageCompression="01"), refused=rule)
    yield odd("T22", "LossyImageCompression 00", AT, each(LossyImageCompression="00"))
    yield odd("T22", "JPEG 2000 lossy, 1:20", AT, encoded(uid.JPEG2000, j2k_cr=[20]), stored=UNSIGNED, refused=rule)
    yield odd(
        "T22",
        "JPEG-LS near lossless, 3",
        AT,
        encoded(uid.JPEGLSNearLossless, jls_error=3),
        stored=UNSIGNED,
        refused=rule,
    )
    yield odd("T22", "JPEG extended", AT, as_jpeg_lossless(uid.JPEGExtended12Bit), stored=UNSIGNED, refused=rule)


def one_object(name: str, make: Callable[[], Sequence[FileDataset]], at: Layout, *, refused: str = "", either: str = "",
               resampled: bool = False, bar_mm: float = 1e-3) -> Odd:  # fmt: skip
    """Multi-frame objects in a folder."""
    return Odd(name, "T21", lambda folder: write(make(), folder), at, right=not refused,
               rules=frozenset((refused or either).split()), resampled=resampled, bar_mm=bar_mm)  # fmt: skip


def multi_frame() -> Iterator[Odd]:
    """Enhanced CT: what stands in the groups of a frame is the truth of the frame."""
    shuffled = AT.take([int(k) for k in np.random.default_rng(2).permutation(COUNT)])
    row, column = turned(4)
    oblique, tilt = layout(tuple(row), tuple(column)), tilted(12.0, about="x")
    each_own = [Stored(slope=0.5 + 0.02 * k, intercept=-1024.0 - k) for k in range(COUNT)]
    both = layout(places_mm=np.concatenate([(np.arange(34) - 16.5) * 1.25] * 2))
    yield one_object("Enhanced CT", lambda: [enhanced(AT)], AT)
    yield one_object("Enhanced CT, groups with each frame", lambda: [enhanced(AT, per_frame=True)], AT)
    yield one_object(
        "Enhanced CT, frames from the head down", lambda: [enhanced(AT.take(list(range(COUNT))[::-1]))], AT
    )
    yield one_object("Enhanced CT, frames in no order", lambda: [enhanced(shuffled)], AT)
    yield one_object("Enhanced CT, rescale of each frame its own", lambda: [enhanced(AT, each_own)], AT, bar_mm=1.2e-3)
    yield one_object("Enhanced CT, oblique", lambda: [enhanced(oblique)], oblique)
    yield one_object("Enhanced CT, tilted by 12 degrees", lambda: [enhanced(tilt)], tilt, resampled=True)
    yield one_object("Legacy Converted Enhanced CT", lambda: [enhanced(AT, sop_class=LEGACY_CT)], AT)
    yield one_object("Enhanced CT in two objects of one series", lambda: [enhanced(AT.take(list(range(17)))),
                     enhanced(AT.take(list(range(17, 34))), number=2)], AT, either="multi-frame duplicate-instance")  # fmt: skip
    yield one_object("Enhanced CT, a frame missing", lambda: [enhanced(AT.take([k for k in range(COUNT) if k != 14]))], AT,
                     refused="missing-slice slice-thickness")  # fmt: skip
    yield one_object("Enhanced CT, two stacks at the same places", lambda: [enhanced(both, stacks=["1"] * 34 + ["2"] * 34)], AT,
                     either="multi-frame duplicate-slice several-stacks")  # fmt: skip
    yield one_object(
        "Enhanced CT in RLE", lambda: changed(partial(enhanced, AT, UNSIGNED), encoded(uid.RLELossless)), AT
    )
    yield one_object(
        "Enhanced CT in JPEG 2000", lambda: changed(partial(enhanced, AT, UNSIGNED), encoded(uid.JPEG2000Lossless)), AT
    )
    yield one_object("Enhanced CT, big endian", lambda: changed(partial(enhanced, AT), _big), AT)
    yield one_object(
        "Enhanced CT, one position missing",
        lambda: changed(partial(enhanced, AT), _unplaced),
        AT,
        refused="position-missing multi-frame",
    )
    yield one_object("Enhanced CT, fewer groups than frames", lambda: changed(partial(enhanced, AT), _fewer), AT,
                     refused="frame-groups position-missing multi-frame unreadable-file image-size truncated-pixels")  # fmt: skip
    yield one_object(
        "Enhanced CT, pixels of one frame missing",
        lambda: changed(partial(enhanced, AT), _shortened),
        AT,
        refused="truncated-pixels",
    )
    yield one_object(
        "Enhanced CT, no rescale",
        lambda: changed(partial(enhanced, AT), _no_rescale),
        AT,
        refused="rescale-missing multi-frame",
    )


def changed(make: Callable[[], FileDataset], change: Change) -> list[FileDataset]:
    """One object after a change."""
    series = [make()]
    change(series)
    return series


def _big(series: list[FileDataset]) -> None:
    series[0].file_meta.TransferSyntaxUID = uid.ExplicitVRBigEndian
    series[0].PixelData = np.frombuffer(series[0].PixelData, "<u2").astype(">u2").tobytes()


def _unplaced(series: list[FileDataset]) -> None:
    del series[0].PerFrameFunctionalGroupsSequence[9].PlanePositionSequence


def _fewer(series: list[FileDataset]) -> None:
    del series[0].PerFrameFunctionalGroupsSequence[20:]


def _shortened(series: list[FileDataset]) -> None:
    series[0].PixelData = series[0].PixelData[: -2 * series[0].Rows * series[0].Columns]


def _no_rescale(series: list[FileDataset]) -> None:
    del series[0].SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence


def folders() -> Iterator[Odd]:
    """How the files lie."""

    def form(name: str, make: Callable[[Path], None], source: str = ".", either: str = "") -> Odd:
        return Odd(name, "T21", make, AT, rules=frozenset(either.split()), source=source)

    yield form("names without an ending", lambda f: write(slices(AT), f, suffix=""))
    yield form("a tree with other things in it", _tree)
    yield form("files without preamble and file meta", _bare)
    yield form("a zip", _zipped, source="scan.zip")


def _tree(folder: Path) -> None:
    series = slices(AT)
    for n in range(3):
        write(series[n::3], folder / "a" / f"b{n}" / "c", prefix=f"t{n}-")
    (folder / "a" / "notes.txt").write_text("nothing of the scan", encoding="utf-8")
    (folder / "a" / "picture.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    (folder / "empty").mkdir()


def _bare(folder: Path) -> None:
    folder.mkdir(parents=True)
    for n, ds in enumerate(slices(AT)):
        del ds.file_meta, ds.preamble
        dcmwrite(folder / f"IM{n * 37 % 101:03d}", ds, implicit_vr=True, little_endian=True, enforce_file_format=False)


def _zipped(folder: Path) -> None:
    write(slices(AT), folder / "loose")
    with zipfile.ZipFile(folder / "scan.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((folder / "loose").iterdir()):
            archive.write(path, f"scan/{path.name}")
            path.unlink()
    (folder / "loose").rmdir()


def cases() -> Iterator[Odd]:
    for some_cases in (lossless, lossy, multi_frame, folders):
        yield from some_cases()
