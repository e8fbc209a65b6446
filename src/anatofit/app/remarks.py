"""What a person must know beside the verdict: where the plan gave less than was asked, and what nobody judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.model.provenance import ScanFacts

LEAST_AIR_MM3 = 1.0  # of the part where air is: less is the scan's own blur


def remarks(plan: Mapping[str, Any], facts: ScanFacts, built: Mapping[str, float]) -> list[str]:
    """Sentences for the terminal, the manifest and the report's first page; `built`: the numbers of the step that built the parts."""
    air_mm3 = built["in_air_mm3"]
    in_air = [f"{air_mm3:.0f} mm³ of the part itself lie where the scan shows air"] if air_mm3 >= LEAST_AIR_MM3 else []
    return [*plan.get("notes", ()), *in_air, *facts.not_judged, f"patient identity: {facts.identity}"]
