"""A pack measured again by the code that shares nothing with its builder."""

from __future__ import annotations

from pathlib import Path

from anatofit.model.finding import Finding


def check(pack: Path, *, scan: Path | None = None) -> list[Finding]:
    """Hashes, ledger and every requirement, from the files of `pack`; with `scan` also what only it can show."""
    from anatofit.app.personalize import steady_engines
    from anatofit.verify.pack_check import check_pack

    with steady_engines():
        return list(check_pack(pack, scan=scan))
