"""The process in which atheris runs: coverage of intake and of pydicom leads it; each new fault is written down once."""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import tempfile
from pathlib import Path
from random import Random

import atheris

# What the whole process may reserve, so that a swelling ends it and not the machine.
ADDRESS_SPACE = 6 << 30
LONGEST_UNIT = 1 << 17


def main(arguments: list[str]) -> None:
    """arguments: the folder for faults, then libFuzzer's own. Ends the process."""
    faults = Path(arguments[0])
    with atheris.instrument_imports(
        include=["anatofit.ingest", "pydicom.filereader", "pydicom.dataset", "pydicom.values"]
    ):
        import pydicom.filereader
        import pydicom.pixels  # noqa: F401 - loaded so that it is not counted as the first unit's time

    from validation.fuzz.decoders import kept_decoders
    from validation.fuzz.mutate import mutate
    from validation.fuzz.mutate_surface import mutate_surface
    from validation.fuzz.target import Fault, execute
    from validation.fuzz.unit import SURFACE

    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    folder = Path(tempfile.mkdtemp(prefix="anatofit-fuzz-"))
    known: set[str] = set()

    def one(unit: bytes) -> None:
        fault = execute(unit, folder)
        if fault is not None and (key := f"{fault.kind} {fault.place}") not in known:
            known.add(key)
            write_fault(faults, unit, fault)

    def changed(unit: bytes, most: int, seed: int) -> bytes:
        change = mutate_surface if unit.startswith(SURFACE) else mutate
        return change(unit, most=min(most, LONGEST_UNIT), rng=Random(seed), flip=atheris.Mutate)

    def write_fault(where: Path, unit: bytes, fault: Fault) -> None:
        name = hashlib.sha256(unit).hexdigest()[:16]
        (where / f"{name}.unit").write_bytes(unit)
        said = {"kind": fault.kind, "place": fault.place, "detail": fault.detail, "unit": f"{name}.unit"}
        (where / f"{name}.json").write_text(json.dumps(said, indent=1), encoding="utf-8")

    atheris.Setup([sys.argv[0], *arguments[1:]], one, custom_mutator=changed)
    with kept_decoders():
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
