"""What the headers say of the way from words to Hounsfield units, for whoever reads the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.words import layout, value_bits
from anatofit.ingest.rules import listed
from anatofit.model.words import counted


def lut_fault(instance: Instance) -> str:
    """Why the lookup table of a slice gives no HU; empty where it does, and where there is none."""
    return "" if instance.modality_lut is None else instance.modality_lut.fault


def value_notes(instances: Sequence[Instance]) -> Iterator[str]:
    """Lookup tables that were used, and overlays that were masked away."""
    tables = [i.modality_lut for i in instances if i.modality_lut is not None and not i.modality_lut.fault]
    if tables:
        said = listed(sorted({table.told for table in tables}))
        yield f"the values of {counted(len(tables), 'slice')} went through a lookup table (Modality LUT): {said}"
    masked = 0
    for i in instances:
        masked |= i.overlay_bits & ~value_bits(i) if layout(i)[2] >= 0 else 0
    if masked:
        bits = ", ".join(str(n) for n in range(masked.bit_length()) if masked >> n & 1)
        yield f"overlays are declared in the pixels' words (bit {bits}) and were left out"
