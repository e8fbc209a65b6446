"""Values of DICOM tags that are usable or None, whatever a file holds."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

from anatofit.ingest.header.shown import stand_in

# Text out of a file is shown at most this long.
TEXT_LENGTH = 64
# Slices of a series say the same: what was reckoned once is not reckoned again.
_REMEMBERED = 256


class Values(Protocol):
    """A dataset, or anything that answers for elements by their keywords as one does."""

    def get(self, key: str) -> Any:
        """The value of an element; None where it is missing."""


@dataclass(frozen=True)
class Getter:
    """Values of a dataset that are usable or None, whatever a file holds."""

    dataset: Values | None

    @classmethod
    def nothing(cls) -> Getter:
        """A dataset in which every tag is missing."""
        return cls(None)

    def values(self, keyword: str) -> list[Any]:
        """All values of a tag; none where it is missing, empty or broken."""
        try:
            value = None if self.dataset is None else self.dataset.get(keyword)
        except Exception:  # noqa: BLE001 - a broken value is as good as none: what needs it will name the lack
            return []
        if value is None or value == "":
            return []
        return [value] if isinstance(value, (str, int, float)) or not isinstance(value, Iterable) else list(value)

    def text(self, keyword: str, longest: int | None = TEXT_LENGTH) -> str:
        """Printable text, several values joined by a backslash."""
        joined = "\\".join(map(str, self.values(keyword)))
        clean = joined if joined.isprintable() else "".join(c for c in joined if c.isprintable())
        return clean.strip()[:longest]

    def uid(self, keyword: str) -> str:
        """A UID as it stands, or a stand-in of the same form for what stands in its place."""
        value = self.text(keyword, None)
        regular = len(value) <= TEXT_LENGTH and all(c.isdigit() or c == "." for c in value) and value.isascii()
        return value if regular else stand_in(value)

    def numbers(self, keyword: str, *, count: int) -> tuple[float, ...] | None:
        """Exactly `count` finite numbers."""
        try:
            numbers = tuple(float(v) for v in self.values(keyword))
        except (TypeError, ValueError):
            return None
        return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else None

    def each_number(self, keyword: str) -> tuple[float, ...]:
        """The finite numbers among the values."""
        found = []
        for value in self.values(keyword):
            try:
                found.append(float(value))
            except (TypeError, ValueError):
                continue
        return tuple(filter(math.isfinite, found))

    def number(self, keyword: str) -> float | None:
        """One finite number."""
        numbers = self.numbers(keyword, count=1)
        return numbers[0] if numbers else None

    def integer(self, keyword: str) -> int | None:
        """One whole number."""
        number = self.number(keyword)
        return int(number) if number is not None and number == int(number) else None

    def ordinal(self, keyword: str) -> int | None:
        """A number that counts things (instance, series); none beyond the 32 bits that PS3.5, 6.2 allows an integer string."""
        number = self.integer(keyword)
        return number if number is not None and -(1 << 31) <= number < 1 << 32 else None

    def day(self, keyword: str) -> str | None:
        """A date as YYYY-MM-DD; the retired form YYYY.MM.DD is understood."""
        digits = self.text(keyword).replace(".", "")
        return iso_date(digits)


def iso_date(digits: str) -> str | None:
    """`20240131` as `2024-01-31`; None for no date of the calendar."""
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return None


# Years in one unit of a DICOM age string (PS3.5, 6.2: nnnD, nnnW, nnnM, nnnY).
_AGE_YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}


def tag_years(age: str) -> float | None:
    """Years by the age tag, which counts whole units that are over."""
    if len(age) == 4 and age[:3].isascii() and age[:3].isdigit() and age[3].upper() in _AGE_YEARS:
        return round(int(age[:3]) * _AGE_YEARS[age[3].upper()], 3)
    return None


@lru_cache(_REMEMBERED)
def years_between(birth: str | None, at: str | None) -> float | None:
    """Years that are over by the calendar, months of the first two years too, as age tags count; below 0 where `at` comes first.

    No finer: the date of the scan stays in the pack, and with it a fraction of a year would tell the birthday.
    """
    if birth is None or at is None:
        return None
    born, day = date.fromisoformat(birth), date.fromisoformat(at)
    months = 12 * (day.year - born.year) + day.month - born.month - (day.day < born.day)
    return float(months // 12) if months >= 2 * 12 or months < 0 else round(months / 12, 3)


# What scanners write where no agent was given, though the tag should then be empty (PS3.3, C.7.6.4).
_NO_AGENT = frozenset({"", "NONE", "NO", "N", "NA", "0", "NIL", "WITHOUT"})


def agent_given(get: Getter) -> bool:
    """A contrast agent is named, in the plain tag or in the sequence of an enhanced object."""
    agent = "".join(c for c in get.text("ContrastBolusAgent").upper() if c.isalnum())
    return agent not in _NO_AGENT or bool(get.values("ContrastBolusAgentSequence"))


def region_codes(get: Getter) -> tuple[str, ...]:
    """The codes that name the part of the body (PS3.3, 10.5)."""
    items = (Getter(item) for item in get.values("AnatomicRegionSequence"))
    return tuple(code for item in items if (code := item.text("CodeValue")))


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
