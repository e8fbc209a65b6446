"""Whether the files of one series belong together and hold numbers that can be read as Hounsfield units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from anatofit.ingest.door.inflate import DEFLATED
from anatofit.ingest.door.walk import BROKEN, CUT_SHORT, NO_PIXELS
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.coding import LOSSLESS, LOSSY, NATIVE
from anatofit.ingest.pixel.loss import is_lossy, loss_told
from anatofit.ingest.pixel.told import lut_fault
from anatofit.ingest.pixel.words import value_bits
from anatofit.ingest.rules import found, listed
from anatofit.ingest.series.alike import alike_findings
from anatofit.ingest.series.which import which_files
from anatofit.model.scan import ScanFinding
from anatofit.model.words import counted

# CT slices have 256 to 1024 pixels a side; far beyond lies no scanner, and a header that lies could ask for any memory.
SIDE_PIXELS = (16, 4096)
# The finest scanners of patients (peripheral quantitative CT) resolve 0.06 mm.
LEAST_PIXEL_MM = 0.02


def integrity_findings(instances: Sequence[Instance]) -> list[ScanFinding]:
    """Everything wrong with the series apart from where its slices are."""
    return [finding for check in _CHECKS for finding in check(instances)]


def _concatenation(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    """An object that was cut into several is there with all its parts (PS3.3, C.7.6.16.2.2.4)."""
    total = max(i.concatenation[1] for i in instances)
    parts = {i.concatenation[0] for i in instances if i.concatenation[1]}
    if total > len(parts):
        yield found(
            "concatenation-incomplete",
            f"{len(parts)} of {total} parts of a concatenation {'is' if len(parts) == 1 else 'are'} there",
            measured=len(parts),
            limit=total,
        )


def _burned_in(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    return _some(
        instances,
        "burned-in-text",
        "Images without burned-in text are wanted, which is said to be in",
        lambda i: i.burned_in,
    )


def _same_instance(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    """One name for several pictures; copies of the same bytes have been left aside before."""
    counts = Counter((i.sop_uid, i.frame) for i in instances)
    double = [i for i in instances if counts[i.sop_uid, i.frame] > 1]
    if double:
        too_many = len(double) - len({(i.sop_uid, i.frame) for i in double})
        yield found("duplicate-instance", f"A SOP Instance UID is borne again by {counted(too_many, 'file')} too many, with DIFFERENT bytes: "
                    f"{which_files(double, instances)}", measured=too_many, limit=0, unit="files")  # fmt: skip


def _sizes(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    named: tuple[tuple[str, Callable[[Instance], object]], ...] = (
        ("image sizes", lambda i: f"{i.columns}x{i.rows}"),
        ("pixel spacings", lambda i: i.pixel_mm and "x".join(f"{p:.4f}" for p in i.pixel_mm)),
        ("pixel formats", lambda i: f"{i.bits_stored} of {i.bits_allocated} bits"),
    )
    for what, value in named:
        counts = Counter(map(value, instances))
        if len(counts) > 1:
            common = counts.most_common()[0][0]
            place = which_files([i for i in instances if value(i) != common], instances)
            values = listed(sorted(map(str, counts)))
            yield found("image-size-mismatch", f"{len(counts)} {what} ({values}), one is wanted; unlike the most: {place}",
                        measured=len(counts), limit=1)  # fmt: skip


def _side(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    sides = [n for i in instances for n in (i.rows, i.columns) if n is not None]
    low, high = SIDE_PIXELS
    wrong = [n for n in sides if not low <= n <= high]
    if wrong:
        yield found("image-size", f"Images of {wrong[0]} pixels a side, {low} to {high} are wanted",
                    measured=wrong[0], limit=high if wrong[0] > high else low, unit="pixels")  # fmt: skip


def _some(
    instances: Sequence[Instance], rule: str, what: str, is_wrong: Callable[[Instance], bool]
) -> Iterator[ScanFinding]:
    wrong = [i for i in instances if is_wrong(i)]
    if wrong:
        yield found(rule, f"{what}: {which_files(wrong, instances)}", measured=len(wrong), limit=0, unit="slices")


def _pixel_spacing(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    return _some(instances, "pixel-spacing-missing", f"Two pixel spacings of at least {LEAST_PIXEL_MM:g} mm are wanted, missing or unusable in",
                 lambda i: i.pixel_mm is None or min(i.pixel_mm) < LEAST_PIXEL_MM)  # fmt: skip


def _format(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    inverted = all(i.photometric == "MONOCHROME1" for i in instances if _odd_format(i))
    wanted = "Grey that grows brighter with the value (MONOCHROME2) is wanted, inverted grey (MONOCHROME1) is stated in"
    return _some(
        instances,
        "pixel-format",
        wanted if inverted else "One grey channel of 8 or 16 bits is wanted, not so in",
        _odd_format,
    )


def _odd_format(i: Instance) -> bool:
    stored, allocated, high = i.bits_stored, i.bits_allocated, i.high_bit
    if allocated not in (8, 16) or stored is None or not 1 <= stored <= allocated:
        return True
    if high is not None and not stored - 1 <= high < allocated:
        return True
    return i.samples != 1 or i.photometric not in ("MONOCHROME2", "")


def _rescale(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    yield from _some(instances, "rescale-missing", "A rescale slope (not zero) and intercept are wanted, missing in",
                     lambda i: i.modality_lut is None and (not i.slope or i.intercept is None))  # fmt: skip
    yield from _some(instances, "rescale-negative", "A rescale slope above zero is wanted, one below is stated in",
                     lambda i: i.slope is not None and i.slope < 0)  # fmt: skip
    yield from _some(instances, "rescale-type", "Hounsfield units are wanted, another unit is stated in",
                     lambda i: i.rescale_type not in ("", "HU"))  # fmt: skip
    faults = sorted({lut_fault(i) for i in instances} - {""})
    yield from _some(instances, "modality-lut", f"The lookup table (Modality LUT) gives no Hounsfield units ({listed(faults)})",
                     lambda i: lut_fault(i) != "")  # fmt: skip
    yield from _some(instances, "rescale-contradiction", "A slope and an intercept, or a lookup table (Modality LUT), is wanted; both are in",
                     lambda i: i.modality_lut is not None and (i.slope, i.intercept) != (None, None))  # fmt: skip


def _bits(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    """An overlay in the pixels' words lies beside the value (PS3.5, 8.1.2). Bit 0 is what an overlay outside of them states."""
    return _some(instances, "pixel-bits", "Overlays are wanted beside the value in the pixels' words, one is declared in the value's own bits in",
                 lambda i: not _odd_format(i) and bool(i.overlay_bits & value_bits(i) & ~1))  # fmt: skip


def _coding(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    yield from _some(instances, "lossy-compression", f"Compressed with loss ({loss_told(instances)}), lossless is wanted",
                     is_lossy)  # fmt: skip
    known = NATIVE | LOSSLESS | LOSSY | {DEFLATED}
    unknown = sorted({i.transfer_syntax or "none" for i in instances if i.transfer_syntax not in known})
    yield from _some(instances, "transfer-syntax", f"Coded as {listed(unknown)}, which is not read",
                     lambda i: i.transfer_syntax not in known)  # fmt: skip


def _truncated(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    return _some(
        instances,
        "truncated-pixels",
        "The file ends before its pixels do",
        lambda i: i.pixels in (CUT_SHORT, NO_PIXELS),
    )


def _undecodable(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    return _some(instances, "undecodable-pixels", "The compressed pixels are broken", lambda i: i.pixels == BROKEN)


_CHECKS: tuple[Callable[[Sequence[Instance]], Iterator[ScanFinding]], ...] = (
    alike_findings, _concatenation, _burned_in, _same_instance, _sizes, _side, _pixel_spacing, _format, _rescale, _bits, _coding, _truncated,
    _undecodable,
)  # fmt: skip
