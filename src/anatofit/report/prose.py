"""Numbers, limits and sides in words."""

from __future__ import annotations

from collections.abc import Mapping

from anatofit.model.finding import Finding, Requirement
from anatofit.model.frame import Laterality, side_of
from anatofit.model.words import figured
from anatofit.report.labels import LABELS

SIDES: Mapping[Laterality, str] = {
    Laterality.RIGHT: "right (R)",
    Laterality.LEFT: "left (L)",
    Laterality.BOTH: "both sides or across the midline (B)",
    Laterality.UNPAIRED: "not stated (U)",
}
_UNITS: Mapping[str, str] = {
    "mm": "mm", "mm2": "mm²", "mm3": "mm³", "cm3": "cm³", "hu": "HU", "deg": "°", "g": "g", "kpa": "kPa", "n": "N", "share": "of 1",
    "percent": "%", "s": "s", "years": "years", "days": "days", "px": "px", "count": "",
}  # fmt: skip
# The numbers are those of restore/sunken.py.
SUNKEN = (
    "lies beyond the hole, up to 10 mm from it, in front of bone more than 3 mm deeper than the other side's, mirrored "
    "(as an orbital roof behind a lost brow): look whether it should"
)
_COMPOUND: Mapping[str, str] = {"g_cm3": "g/cm³", "hu_per_mm": "HU/mm", "kpa_s": "kPa·s"}


def number(value: object) -> str:
    """A value for a table: four significant digits, whole numbers whole, sequences joined, None as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return true_minus(figured(value))
    if isinstance(value, list | tuple):
        return " × ".join(number(v) for v in value) if len(value) <= 4 else f"{len(value)} values"
    return str(value)


def true_minus(text: str) -> str:
    """A number as the page sets it."""
    return text.replace("-", "−")


def limit(of: Finding | Requirement) -> str:
    """The limits of a finding: at least, at most, between; a dash where nothing is asked."""
    low, high = of.limit_low, of.limit_high
    if low is None and high is None:
        return "for information"
    if low is None:
        return f"≤ {number(high)}"
    if low == high:
        return f"exactly {number(low)}"
    return f"≥ {number(low)}" if high is None else f"{number(low)} to {number(high)}"


def named_figure(name: str) -> tuple[str, str]:
    """`defect_extent_mm` to ("Defect extent", "mm")."""
    whole = next((ending for ending in _COMPOUND if name.endswith(f"_{ending}")), None)
    if whole is not None:
        name, _, _ = name.rpartition(f"_{whole}")
        return name.replace("_", " ").capitalize(), _COMPOUND[whole]
    words = name.split("_")
    unit = _UNITS.get(words[-1])
    if unit is not None and len(words) > 1:
        words = words[:-1]
    text = " ".join(words)
    return text[:1].upper() + text[1:], unit or ""


def measured(value: float, name: str) -> str:
    """A number of a finding with its name before it and its unit behind: "spare turned 134.7 mm"."""
    words, shown, unit = figure(name, value)
    return f"{words[:1].lower() + words[1:]} {shown} {unit}".rstrip()


def figure(name: str, value: float) -> tuple[str, str, str]:
    """Words, number and unit of a named number: plain words where there are some, a share of one in percent."""
    words, unit = named_figure(name)
    if name.endswith("_share"):
        return LABELS.get(name, f"{words} share"), true_minus(figured(100.0 * value, "%")), "%"
    return LABELS.get(name, words), true_minus(figured(value, unit)), unit


def confidence(figures: Mapping[str, float]) -> str:
    """How sure the restoration is, from its own numbers, in one line; empty where nothing was restored."""
    if "disagreement_p95_mm" not in figures:
        return ""
    said = f"its ways of restoring differ by {figures['disagreement_p95_mm']:.2f} mm (95th percentile)"
    shares = {
        "rough_share": "is the other side's bone, mirrored and bent to fit",
        "over_sunken_bone_share": SUNKEN,
    }
    told = [
        f"{100 * figures[name]:.0f} % of it {what}" for name, what in shares.items() if figures.get(name, 0.0) >= 0.005
    ]
    return "; ".join([said, *told]) + ". See the map of confidence"


def found_side(figures: Mapping[str, float]) -> str:
    """Where the defect was found, for an order that states no side; empty where the anatomy does not tell."""
    right = figures.get("defect_right_share")
    if right is None:
        return ""
    side = side_of(right)
    if side is Laterality.BOTH:
        return f"The defect was found across the midline, {100 * right:.0f} % of it on the patient's right"
    return f"The defect was found on the patient's {'right' if side is Laterality.RIGHT else 'left'}"


def size(count: int) -> str:
    """Bytes as a person reads them."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB" if count >= 1e3 else f"{count} B"
