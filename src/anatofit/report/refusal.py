"""A refused run explained on one page: every reason, and pictures of what was looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from anatofit.errors import OutputError, Reason
from anatofit.model.case import Order
from anatofit.model.provenance import SourceFacts, SurfaceFacts
from anatofit.report import prose
from anatofit.report.page import render


def build_refusal(
    *,
    reasons: Sequence[Reason],
    order: Order | None = None,
    facts: SourceFacts | None = None,
    pictures: Mapping[str, bytes] | None = None,
    notes: Sequence[str] = (),
) -> bytes:
    """The page as bytes; `pictures` are PNG files by what they show; `notes` what became of the files."""
    return render(
        "refusal.html",
        reasons=reasons,
        order=order,
        side=prose.SIDES[order.laterality] if order else "",
        facts=facts,
        notes=notes,
        from_surface=isinstance(facts, SurfaceFacts),
        pictures=list((pictures or {}).items()),
    )


def write_refusal(
    directory: Path,
    *,
    reasons: Sequence[Reason],
    order: Order | None = None,
    facts: SourceFacts | None = None,
    pictures: Mapping[str, bytes] | None = None,
    notes: Sequence[str] = (),
) -> Path:
    """Writes `refusal.html` into `directory` (made if need be) and returns its path. Raises OutputError."""
    page = build_refusal(reasons=reasons, order=order, facts=facts, pictures=pictures, notes=notes)
    target = directory / "refusal.html"
    part = directory / "refusal.html.part"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        part.write_bytes(page)
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        why = error.strerror or type(error).__name__
        raise OutputError(
            Reason(
                "refusal",
                f"the refusal report could not be written ({why}); a writable folder is wanted; name another with --refusal",
            )
        ) from error
    return target
