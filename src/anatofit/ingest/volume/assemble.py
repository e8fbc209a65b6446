"""The pictures of a chosen series as one volume: each at its own place, in its own rescale, its files hashed as they are read."""

from __future__ import annotations

import hashlib
import math
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.ingest.door.files import read_regular
from anatofit.ingest.header.headers import header_digest, plain_bytes
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.decode import decoder
from anatofit.ingest.pixel.fault import PixelError
from anatofit.ingest.pixel.hounsfield import write_sound
from anatofit.ingest.pixel.pixels import Decode, raw_pixels
from anatofit.ingest.pixel.scale import whole_rescale
from anatofit.ingest.rules import found, listed
from anatofit.ingest.series.judge import JudgedSeries
from anatofit.ingest.series.stack import AXIS_NAMES, Stack
from anatofit.ingest.volume.place import Target, stack_lattice, target_of
from anatofit.ingest.volume.straight import THREADS, Fidelity, fidelity, resample, shear_of, straight_lattice
from anatofit.model.provenance import InputRecord
from anatofit.model.quiet import quiet_pydicom
from anatofit.model.volume import Volume
from anatofit.model.words import counted
from anatofit.rules import RULES

# 3 GB as 16 bits: a head of 512 x 512 pixels of 0.4 mm, tilted and 600 mm high, takes a quarter of it.
MOST_VOXELS = 1_500_000_000


@dataclass(frozen=True)
class Assembled:
    """The volume, what it was read from, and what resampling cost where the slices needed it.

    beyond_table: pixels above air whose stored numbers lie beyond their lookup table.
    """

    volume: Volume
    record: InputRecord
    fidelity: Fidelity | None
    beyond_table: int = 0


@dataclass(frozen=True)
class _Read:
    """What came of one file: its hash, the slices of it that cannot be had, by why not, and pixels beyond a lookup table."""

    sha256: str = ""
    bad: tuple[tuple[PixelError, int], ...] = ()
    beyond_table: int = 0


def assemble(chosen: JudgedSeries) -> Assembled:
    """The series on a right-handed grid whose axes run nearest to LPS (left, back, head).

    Slices that lie evenly and square to their stack keep their pixels; others are resampled (`straight`). Raises
    ScanUnsuitableError with every bad slice.
    """
    stack, first = chosen.stack, chosen.instances[0]
    assert stack is not None and first.pixel_mm is not None and first.rows and first.columns, "a fit series has all"
    rows, columns, pixel_mm = first.rows, first.columns, (first.pixel_mm[0], first.pixel_mm[1])
    dtype = np.int16 if all(map(whole_rescale, chosen.instances)) else np.float32
    if stack.even:
        target = target_of(stack_lattice(stack, rows=rows, columns=columns, pixel_mm=pixel_mm), dtype)
        record, beyond = _read(chosen, stack, into=target.slices)
        return Assembled(Volume(target.grid, target.hu), record, None, beyond)
    native = np.empty((len(stack.order), rows, columns), dtype=dtype)
    record, beyond = _read(chosen, stack, into=native)
    target, cost = _straightened(native, stack, pixel_mm)
    return Assembled(Volume(target.grid, target.hu), record, cost, beyond)


def _straightened(native: NDArray[Any], stack: Stack, pixel_mm: tuple[float, float]) -> tuple[Target, Fidelity]:
    shear = shear_of(stack, pixel_mm=pixel_mm)
    lattice = straight_lattice(stack, shear, rows=native.shape[1], columns=native.shape[2])
    if (voxels := math.prod(lattice.counts_ijk)) > MOST_VOXELS:
        finding = found("volume-size", f"{voxels:.3g} voxels, at most {MOST_VOXELS:.3g} are made")
        raise ScanUnsuitableError(Reason(finding.rule, finding.message))
    target = target_of(lattice, native.dtype)
    resample(native, shear, lattice, target.slices)
    return target, fidelity(native, stack, pixel_mm, target)


def _read(chosen: JudgedSeries, stack: Stack, *, into: NDArray[Any]) -> tuple[InputRecord, int]:
    """Every picture into its slice of `into`; the same bytes are hashed and decoded. And pixels beyond a lookup table. Raises ScanUnsuitableError."""
    ordered = [chosen.instances[index] for index in stack.order]
    files = _by_file(ordered)
    with quiet_pydicom(), decoder() as decode, ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(lambda slices: _read_file(slices, ordered, into, decode), files))
        outcomes += pool.map(_hash_copy, {c.path for c in chosen.copies} - {i.path for i in ordered})
    if bad := [fault for outcome in outcomes for fault in outcome.bad]:
        raise ScanUnsuitableError(_bad_slices(bad, stack))
    hashes = {outcome.sha256 for outcome in outcomes}
    combined = hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()
    beyond = sum(outcome.beyond_table for outcome in outcomes)
    return InputRecord(uid=chosen.report.uid, sha256=combined, count=len(hashes)), beyond


def _by_file(ordered: Sequence[Instance]) -> list[list[int]]:
    """The slices, by their number in the stack, that each file holds; files in the order of their first slice."""
    out: dict[Path, list[int]] = {}
    for k, instance in enumerate(ordered):
        out.setdefault(instance.path, []).append(k)
    return list(out.values())


def _read_file(slices: Sequence[int], ordered: Sequence[Instance], into: NDArray[Any], decode: Decode) -> _Read:
    try:
        data = read_unchanged(ordered[slices[0]])
        plain = plain_bytes(data, ordered[slices[0]])
    except PixelError as error:
        return _Read(bad=tuple((error, k) for k in slices))
    except zlib.error:
        return _Read(bad=tuple((PixelError("undecodable-pixels"), k) for k in slices))
    bad: list[tuple[PixelError, int]] = []
    beyond = 0
    for k in slices:
        try:
            beyond += write_sound(raw_pixels(plain, ordered[k], decode), ordered[k], into[k])
        except PixelError as error:
            bad.append((error, k))
    return _Read(hashlib.sha256(data).hexdigest(), tuple(bad), beyond)


def _hash_copy(path: Path) -> _Read:
    try:
        return _Read(hashlib.sha256(read_regular(path)).hexdigest())
    except OSError:
        return _Read(bad=((PixelError("changed-file"), -1),))


def read_unchanged(instance: Instance) -> bytes:
    """The file's bytes, the same ones that its header was read from. Raises PixelError."""
    try:
        data = read_regular(instance.path)
    except OSError as error:
        raise PixelError("changed-file") from error
    if len(data) != instance.file_bytes or header_digest(data, instance) != instance.header_sha256:
        raise PixelError("changed-file")
    return data


def _bad_slices(bad: Sequence[tuple[PixelError, int]], stack: Stack) -> Iterator[Reason]:
    for rule in dict.fromkeys(error.rule for error, _ in bad):
        places = sorted(float(stack.places_mm[k]) for error, k in bad if error.rule == rule and k >= 0)
        detail = next((f" ({error.detail})" for error, _ in bad if error.rule == rule and error.detail), "")
        named = f"{AXIS_NAMES[stack.axis]} = {listed([f'{p:.2f}' for p in places])} mm"
        where = f": {counted(len(places), 'slice')} at {named}" if places else ""
        yield Reason(rule, found(rule, RULES[rule].meaning.rstrip(".") + detail + where).message)
