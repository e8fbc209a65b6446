"""The fuzz harness: its seeds and a few hundred fixed mutations do no harm, and it finds what is planted."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from validation import record
from validation.fuzz import target
from validation.fuzz.__main__ import SHARES, plant
from validation.fuzz.decoders import kept_decoders
from validation.fuzz.mutate import elements, mutate
from validation.fuzz.mutate_surface import mutate_surface
from validation.fuzz.seeds import seeds
from validation.fuzz.surface_seeds import surface_seeds
from validation.fuzz.unit import SUFFIXES, SURFACE, joined, lay_out, split

SEEDS = seeds()
MUTATIONS = 200


@pytest.fixture(autouse=True)
def _as_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What earlier tests left in this process is not intake's; a fuzzer begins with some 100 of its 512 MB."""
    target.forget_peak()
    monkeypatch.setattr(target, "LARGEST_KB", target.peak_memory_kb() + 400 * 1024)


def flip(data: bytes, most: int) -> bytes:
    """Three bytes changed, always the same ones of the same data."""
    rng, out = Random(len(data)), bytearray(data)
    for _ in range(3 if out else 0):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out[:most])


def test_there_are_as_many_seeds_as_promised_and_intake_behaves_on_each(tmp_path: Path) -> None:
    assert len(SEEDS) >= record.bars("fuzz")["seeds_min"]
    with kept_decoders():
        assert {name: fault for name, unit in SEEDS.items() if (fault := target.execute(unit, tmp_path))} == {}


def test_intake_behaves_on_fixed_mutations(tmp_path: Path) -> None:
    names = sorted(SEEDS)
    with kept_decoders():
        for n in range(MUTATIONS):
            unit = SEEDS[names[n % len(names)]]
            change = mutate_surface if unit.startswith(SURFACE) else mutate
            unit = change(unit, most=1 << 17, rng=Random(n), flip=flip)
            assert target.execute(unit, tmp_path) is None, (n, names[n % len(names)])


def test_surfaces_have_a_share_of_the_minute_and_seeds_of_every_format(tmp_path: Path) -> None:
    assert sum(SHARES.values()) == 1 and SHARES["surface"] >= 0.2
    made = {kind: plant(kind, tmp_path / kind) for kind in SHARES}
    assert made["surface"] == len(surface_seeds()) and sum(made.values()) == len(SEEDS)
    assert {unit[4:8].decode() for unit in surface_seeds().values()} == set(SUFFIXES)


def test_a_changed_surface_stays_a_surface_and_intake_behaves_on_it(tmp_path: Path) -> None:
    made = sorted(surface_seeds().items())
    changed = set()
    for n in range(MUTATIONS):
        name, unit = made[n % len(made)]
        for turn in range(3):
            unit = mutate_surface(unit, most=1 << 17, rng=Random(1000 * turn + n), flip=flip)
        changed.add(unit)
        assert lay_out(split(unit), tmp_path).suffix in SUFFIXES
        assert target.execute(unit, tmp_path) is None, (n, name)
    assert len(changed) > 0.9 * MUTATIONS


def test_an_error_of_a_surface_reader_outside_the_tree_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("anatofit.ingest.surface.read.open_surface", lambda _path: 1 // 0)
    fault = target.execute(surface_seeds()["surface-obj"], tmp_path)
    assert fault is not None and fault.kind == "exception" and fault.place.startswith("ZeroDivisionError")


def test_a_unit_keeps_its_files() -> None:
    files = [b"one", b"", b"three" * 100]
    assert split(joined(files)) == files
    assert split(b"a lone file") == [b"a lone file"]
    assert split(joined(files)[:-450])[2] == b"three" * 10


@pytest.mark.parametrize("name", ["plain", "implicit-signed", "private-and-nested", "enhanced", "RLE-signed"])
def test_the_mutator_knows_where_elements_are(name: str) -> None:
    data = split(SEEDS[name])[0]
    found = {e.tag: e for e in elements(data)}
    tags = {data[e.tag : e.tag + 4] for e in found.values()}
    assert {b"\x28\x00\x10\x00", b"\xe0\x7f\x10\x00", b"\x08\x00\x16\x00"} <= tags
    if name in ("private-and-nested", "enhanced"):
        assert b"\xfe\xff\x00\xe0" in tags


def _planted(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    monkeypatch.setattr("anatofit.ingest.scan.inspect_scan", lambda *_a, **_k: act())


def test_an_error_outside_the_tree_is_found_with_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _planted(monkeypatch, lambda: 1 // 0)
    fault = target.execute(SEEDS["plain"], tmp_path)
    assert fault is not None and fault.kind == "exception" and fault.place.startswith("ZeroDivisionError")


def test_a_hang_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(target, "LONGEST_S", 0.05)
    _planted(monkeypatch, lambda: (time.sleep(0.1), _refuse()))
    fault = target.execute(SEEDS["plain"], tmp_path)
    assert fault is not None and fault.kind == "hang"


def test_a_swelling_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gc.collect()  # what others left would be given back meanwhile, and hide as much
    target.forget_peak()
    monkeypatch.setattr(target, "LARGEST_KB", target.peak_memory_kb() + 50_000)
    _planted(monkeypatch, lambda: (len(b"\1" * 400_000_000), _refuse()))
    fault = target.execute(SEEDS["plain"], tmp_path)
    assert fault is not None and fault.kind == "memory"


def _refuse() -> None:
    from anatofit.errors import ScanUnsuitableError

    raise ScanUnsuitableError("refused")
