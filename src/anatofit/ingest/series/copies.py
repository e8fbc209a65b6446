"""Pictures that come twice: the same one is used once; two different ones of one place or of one name are told."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence

from anatofit.ingest.door.files import read_regular
from anatofit.ingest.door.inflate import DEFLATED
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.coding import NATIVE

# Positions are decimal strings: two that agree to this many decimals of a millimetre are one.
SAME_PLACE_DECIMALS = 3


def without_copies(instances: Sequence[Instance]) -> tuple[list[Instance], list[Instance]]:
    """The instances with each picture once, and those left aside: files of the same bytes under one SOP Instance UID, and
    slices of the same pixels and rescale at one position and orientation. Files are read only where there are such twins.
    """
    kept, copies = _first_of_each(instances, twins=lambda i: (i.sop_uid, i.frame), content=_file_sha256)
    kept, more = _first_of_each(kept, twins=_place, content=_picture)
    return kept, [*copies, *more]


def _first_of_each(
    instances: Sequence[Instance], *, twins: Callable[[Instance], Hashable], content: Callable[[Instance], Hashable]
) -> tuple[list[Instance], list[Instance]]:
    """The first of every content among those that are twins."""
    counts = Counter(map(twins, instances))
    seen: set[Hashable] = set()
    kept: list[Instance] = []
    copies: list[Instance] = []
    for instance in instances:
        key = twins(instance)
        if counts[key] == 1:
            kept.append(instance)
            continue
        what = (key, content(instance))
        (copies if what in seen else kept).append(instance)
        seen.add(what)
    return kept, copies


def _place(i: Instance) -> Hashable:
    """Where the slice is; the file's own name where it does not say."""
    if i.position_lps_mm is None or i.orientation is None:
        return (i.sop_uid, i.frame)
    return (*_rounded(i.position_lps_mm), *_rounded(i.orientation))


def _rounded(numbers: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(n, SAME_PLACE_DECIMALS) for n in numbers)


def _file_sha256(instance: Instance) -> str:
    try:
        return hashlib.sha256(read_regular(instance.path)).hexdigest()
    except OSError:
        return f"gone {instance.path}"


def _picture(i: Instance) -> Hashable:
    """The coded pixels with all that says what they mean; of a deflated file, and of one of many frames in a code, the whole file."""
    meaning = (i.transfer_syntax, i.rows, i.columns, i.pixel_mm, i.bits_allocated, i.bits_stored, i.high_bit, i.signed,
               i.slope, i.intercept, i.modality_lut, i.overlay_bits, i.padding, i.padding_limit, i.photometric)  # fmt: skip
    if i.transfer_syntax == DEFLATED or (i.frames > 1 and i.transfer_syntax not in NATIVE):
        return (*meaning, i.frame, _file_sha256(i))
    try:
        coded = read_regular(i.path)[i.pixel_offset :]
    except OSError:
        return (*meaning, f"gone {i.path}")
    if i.frames > 1:
        size = i.pixel_bytes // i.frames
        start = len(coded) - i.pixel_bytes + i.frame * size
        coded = coded[start : start + size]
    return (*meaning, hashlib.sha256(coded).hexdigest())
