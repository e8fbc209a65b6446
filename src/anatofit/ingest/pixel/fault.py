"""One picture that cannot be had, and the number that stands for no picture."""

from __future__ import annotations

# The lowest value on the CT scale (PS3.3, C.11.1: air is -1000; 12 bits with intercept -1024 begin here). Padding, and
# the fillers below the scale that scanners put outside their round field of view, become this.
LOWEST_HU = -1024


class PixelError(Exception):
    """One slice's pixels cannot be had; `rule` says why, `detail` (of numbers alone) what was and what was wanted."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule)
        self.rule = rule
        self.detail = detail
