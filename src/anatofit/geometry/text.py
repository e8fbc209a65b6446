"""Lines of text as one outline: how large they are, and the outline itself, centred."""

from __future__ import annotations

from functools import cache
from typing import Any

from anatofit.geometry.bridge import text_outline

LINE_PITCH = 1.5  # from base line to base line, in heights of a capital


def split_lines(text: str, *, count: int) -> tuple[str, ...]:
    """At most `count` lines of nearly equal length, broken after a dash, dot, slash or underscore where one is near."""
    lines: list[str] = []
    rest = text
    for left in range(count, 1, -1):
        even = -(-len(rest) // left)
        marks = [n + 1 for n, c in enumerate(rest[:-1]) if c in "-._/"]
        at = min((m for m in marks if abs(m - even) <= 1), key=lambda m: abs(m - even), default=even)
        lines, rest = [*lines, rest[:at]], rest[at:]
    return tuple(line for line in [*lines, rest] if line)


@cache
def line_width(line: str) -> float:
    """Width of a line in heights of a capital."""
    return float(text_outline(line)[1][1, 0])


def block_size_mm(lines: tuple[str, ...], *, height_mm: float) -> tuple[float, float]:
    """Width and height of the block of lines; the height counts capitals only."""
    return max(line_width(line) for line in lines) * height_mm, (1 + LINE_PITCH * (len(lines) - 1)) * height_mm


def block_outline(lines: tuple[str, ...], *, height_mm: float) -> Any:
    """The outline of all lines as one cross section, its middle at the origin, x to the right, y up."""
    from manifold3d import CrossSection, OpType

    _, block = block_size_mm(lines, height_mm=height_mm)
    parts = []
    for number, line in enumerate(lines):
        outline, bounds = text_outline(line)
        x = -bounds[1, 0] / 2 * height_mm
        y = block / 2 - height_mm * (1 + LINE_PITCH * number)
        parts.append(outline.scale((height_mm, height_mm)).translate((x, y)))
    return CrossSection.batch_boolean(parts, OpType.Add)
