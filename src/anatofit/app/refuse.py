"""A scan that does not allow a design, explained with pictures, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

from anatofit.errors import OutputError, ScanError
from anatofit.model.case import Order
from anatofit.model.provenance import ScanFacts


def write_refusal(folder: Path, *, error: ScanError, order: Order, facts: ScanFacts | None) -> None:
    """refusal.html with the pictures that the error carries. Raises the scan's error anew where it cannot be written."""
    from anatofit.report.refusal import write_refusal as write

    try:
        write(folder, reasons=error.reasons, order=order, facts=facts, pictures=getattr(error, "pictures", {}))
    except OutputError as problem:
        raise type(error)([*error.reasons, *problem.reasons]) from error
