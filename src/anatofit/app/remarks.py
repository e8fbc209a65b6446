"""What a person must know beside the verdict: where the plan gave less than was asked, and what nobody judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from anatofit.app.air import air_remark
from anatofit.model.provenance import ScanFacts


def remarks(
    plan: Mapping[str, Any], facts: ScanFacts, built: Mapping[str, float], replaced: Sequence[str]
) -> list[str]:
    """Sentences for the terminal, the manifest and the report's first page.

    built: the numbers of the step that built the parts. replaced: what the command line put in place of the prescription.
    """
    return [
        *replaced,
        *plan.get("notes", ()),
        *air_remark(built),
        *facts.not_judged,
        f"patient identity: {facts.identity}",
    ]
