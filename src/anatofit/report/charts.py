"""Charts as inline SVG: plain bars with axes, readable in print and without colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup, escape

from anatofit.model.frame import FloatArray

_WIDTH, _HEIGHT = 520, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 16, 44
_BINS = 40
_MOST_TICKS = 7


def histogram(
    values: FloatArray,
    weights: FloatArray,
    *,
    label: str,
    high: float,
    marks: Sequence[tuple[float, str]] = (),
    of: str = "area",
) -> Markup:
    """Share of the area (or what else `of` the weights are) over the values from 0 to `high`, upright lines at `marks`; empty where there is no value."""
    good = np.isfinite(values) & (values <= high)
    if not good.any():
        return Markup()
    counts, edges = np.histogram(values[good], bins=_BINS, range=(0.0, high), weights=weights[good])
    shares = 100.0 * counts / max(float(weights[good].sum()), 1e-12)
    top = max(float(shares.max()) * 1.15, 1e-9)
    shapes = _bars(shares, edges, high, top) + _axes(high, top, label, of) + _marks(marks, high)
    title = escape(f"Histogram: {label}")
    svg = f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title}">{shapes}</svg>'
    return Markup(svg)  # noqa: S704  (numbers of our own; every word went through escape)


def _x(value: float, high: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * value / high


def _y(share: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share / top


def _bars(shares: FloatArray, edges: FloatArray, high: float, top: float) -> str:
    base = _HEIGHT - _BOTTOM
    return "".join(
        f'<rect x="{_x(low, high):.1f}" y="{_y(share, top):.1f}" width="{_x(up, high) - _x(low, high) - 1:.1f}" '
        f'height="{base - _y(share, top):.1f}" fill="#44597f"/>'
        for share, low, up in zip(shares, edges[:-1], edges[1:], strict=True)
        if share > 0
    )


def ticks(high: float) -> list[float]:
    """Round values from 0 to `high`, at most seven."""
    raw = high / (_MOST_TICKS - 1)
    decade = 10.0 ** np.floor(np.log10(raw))
    step = next(float(s * decade) for s in (1, 2, 2.5, 5, 10) if s * decade >= raw * (1 - 1e-9))
    return [round(i * step, 9) for i in range(int(high / step + 1e-9) + 1)]


def _axes(high: float, top: float, label: str, of: str) -> str:
    base, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    lines = [f'<path d="M{_LEFT} {_TOP}V{base}H{right}" fill="none" stroke="#333"/>']
    for value in ticks(high):
        x = _x(value, high)
        lines.append(f'<path d="M{x:.1f} {base}v5" stroke="#333"/>{_label(x, base + 18, f"{value:g}", "middle")}')
    for value in ticks(top):
        y = _y(value, top)
        lines.append(f'<path d="M{_LEFT - 5} {y:.1f}h5" stroke="#333"/>{_label(_LEFT - 8, y + 4, f"{value:g}", "end")}')
    lines.append(_label((_LEFT + right) / 2, _HEIGHT - 8, label, "middle"))
    middle = (base + _TOP) / 2
    lines.append(f'<g transform="rotate(-90 13 {middle:g})">{_label(13, middle, f"share of {of} (%)", "middle")}</g>')
    return "".join(lines)


def _marks(marks: Sequence[tuple[float, str]], high: float) -> str:
    base = _HEIGHT - _BOTTOM
    shown = [(value, words) for value, words in marks if 0 <= value <= high]
    return "".join(
        f'<path d="M{_x(value, high):.1f} {_TOP}V{base}" stroke="#b3261e" stroke-dasharray="5 3"/>'
        + _mark_words(value, high, _TOP + 10 + 14 * i, words)
        for i, (value, words) in enumerate(shown)
    )


def _mark_words(value: float, high: float, y: float, words: str) -> str:
    beyond_half = value > high / 2
    return _label(_x(value, high) + (-4 if beyond_half else 4), y, words, "end" if beyond_half else "start")


def _label(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
