"""Values of a judged file's elements, made by pydicom once for each different content: slices of a series say mostly the same."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from anatofit.ingest.door.elements import Encoding
from anatofit.ingest.door.guard import Judged, dataset_of

# A series of 2000 slices has some five elements that differ from slice to slice; longer values are made each time.
_REMEMBERED = 16_384
_SHORT_BYTES = 256
# What the values of others depend on: the character set, and whether pixels bear a sign (PS3.5, 6.1.2.3; PS3.3, C.7.6.3).
_AIDS = (0x00080005, 0x00280103)

_Raw = tuple[int, bytes, bytes]


class HeaderValues:
    """`get` as a dataset has it, over the very elements that were judged."""

    def __init__(self, judged: Judged) -> None:
        self._judged = judged
        self._aids = tuple((tag, *judged.kept[tag]) for tag in _AIDS if tag in judged.kept)

    def get(self, keyword: str) -> Any:
        """The value, None where there is no such element. Raises whatever a broken value makes pydicom raise."""
        tag = _tag(keyword)
        raw = self._judged.kept.get(tag)
        if raw is None:
            return None
        vr, value = raw
        if len(value) > _SHORT_BYTES or keyword.endswith("Sequence"):
            return _made((tag, vr, value), self._aids, self._judged.encoding)
        return _remembered((tag, vr, value), self._aids, self._judged.encoding)


@cache
def _tag(keyword: str) -> int:
    from pydicom.datadict import tag_for_keyword

    return tag_for_keyword(keyword) or 0


def _made(element: _Raw, aids: tuple[_Raw, ...], encoding: Encoding) -> Any:
    kept = {tag: (vr, value) for tag, vr, value in (*aids, element)}
    return dataset_of(kept, encoding)[element[0]].value


_remembered = lru_cache(_REMEMBERED)(_made)
