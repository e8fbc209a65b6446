"""What pydantic says, as sentences: which key, what was, what is wanted. Values of identity are never repeated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from anatofit.errors import Reason
from anatofit.model.case import EDGE_HIGH_HU, EDGE_LOW_HU
from anatofit.model.exchange import ACCESSION, AE_TITLE
from anatofit.model.rectification import REGION_NAME, TEMPLATE_NAME
from anatofit.model.words import SHOWN, counted, nearest_first, shown

# Keys whose values may identify a person, or are free text: a message names the key and keeps the value to itself.
KEPT_BACK = ("order.case", "order.prescriber", "patient", "source", "pair", "waiver")


# Patterns that people meet, as words.
_FORMS = {
    AE_TITLE: "an AE title, 1 to 16 ASCII characters without a backslash,",
    REGION_NAME: "a name of letters, digits, spaces and , ( ) + / -, the first a letter or digit,",
    TEMPLATE_NAME: "a name of letters, digits, spaces, dots, dashes and underscores, the first a letter or digit,",
    ACCESSION: "an accession number, 1 to 16 ASCII characters without a backslash, * or ?,",
}
_TWICE = "Cannot overwrite a value"
_KEY = re.compile(r"""\s*([\w."'-]+)\s*=""")


def toml_fault(message: str, text: str) -> str:
    """What tomllib says of `text`, in ASCII; of a key that stands twice also the key (never its value), which tomllib leaves out."""
    said = ascii(message)[1:-1]
    if not message.startswith(_TWICE):
        return said
    lines = text.rstrip().splitlines()
    line = re.search(r"at line (\d+)", message)
    number = int(line[1]) if line else len(lines)
    key = _KEY.match(lines[number - 1])
    return f"line {number}: {f'the key {shown(key[1])}' if key else 'what it sets'} was set before; one value is wanted"


def key_text(location: Iterable[str | int]) -> str:
    """`("waiver", 0, "rule")` as `waiver[1].rule`, odd characters escaped."""
    out = ""
    for step in location:
        out += f"[{step + 1}]" if isinstance(step, int) else ("." if out else "") + ascii(step)[1:-1][:SHOWN]
    return out


def reasons_of(
    error: ValidationError, *, known: Mapping[str, Iterable[str]], below: tuple[str, ...] = ()
) -> list[Reason]:
    """One reason for each thing that pydantic found, its key as the rule; `known` lists the keys that each table has.

    below: the table that was checked alone, whose keys are told with its name before them.
    """
    found = (entry for entry in error.errors(include_url=False) if not _long_as_it_came(entry))
    return [_reason({**entry, "loc": (*below, *entry["loc"])}, known) for entry in found]


def _long_as_it_came(entry: Any) -> bool:
    """Whether a list only counts as too short because an entry of it was refused, which has a reason of its own."""
    return bool(entry["type"] == "too_short" and len(entry["input"]) >= entry["ctx"]["min_length"])


def _reason(entry: Any, known: Mapping[str, Iterable[str]]) -> Reason:
    key = key_text(entry["loc"]) or "prescription"
    if entry["type"] == "extra_forbidden":
        table = ".".join(str(s) for s in entry["loc"][:-1] if not isinstance(s, int))
        names = nearest_first(str(entry["loc"][-1]), known.get(table, ()))
        return Reason(key, f"is unknown here; known are {', '.join(names) or 'none'}. Remove or correct it")
    if entry["type"] == "missing":
        return Reason(key, "is missing; add it")
    return Reason(key, f"{_was(key, entry['input'])}{wanted_of(entry)}")


def wanted_of(entry: Any) -> str:
    """What is wanted in place of a value that pydantic refused, without the value."""
    wanted = _wanted(entry)
    return wanted if "wanted" in wanted else f"{wanted} is wanted"


def _was(key: str, value: Any) -> str:
    if any(key == k or key.startswith((k + ".", k + "[")) for k in KEPT_BACK):
        return "does not hold what it should (its value is not repeated here): "
    return "" if isinstance(value, dict) else f"was {shown(value)}; "


def _wanted(entry: Any) -> str:
    context, kind = entry.get("ctx", {}), entry["type"]
    if entry["loc"][-1:] == ("case",):
        return (
            "1 to 16 letters, digits, dots, dashes, slashes or underscores, the first a letter or digit (for engraving)"
        )
    if entry["loc"][-1:] == ("date",):
        return "a day such as 2026-01-31, in quotes or without, and no time of day,"
    if entry["loc"][-1:] == ("normal_lps",) and kind == "value_error":
        return "a direction with a length, such as [1, 0, 0],"
    if entry["loc"] == ("source",) and kind == "value_error":
        return str(entry["msg"]).removeprefix("Value error, ")
    if entry["loc"] == ("locate", "edge_hu"):
        return f"a number from {EDGE_LOW_HU:g} to {EDGE_HIGH_HU:g} (HU: between soft tissue and dense cortex)"
    if kind == "string_pattern_mismatch" and context.get("pattern") in _FORMS:
        return _FORMS[context["pattern"]]
    words = {
        "greater_than_equal": "a number of {ge} or more",
        "greater_than": "a number above {gt}",
        "less_than_equal": "a number of {le} or less",
        "less_than": "a number below {lt}",
        "finite_number": "a finite number",
        "float_type": "a number",
        "float_parsing": "a number",
        "int_type": "a whole number",
        "int_parsing": "a whole number",
        "int_from_float": "a whole number",
        "string_type": "a text in quotes",
        "string_too_short": "a text of at least {least}",
        "string_too_long": "a text of at most {most}",
        "string_pattern_mismatch": "a text of the form {pattern}",
        "enum": "one of {expected}",
        "literal_error": "one of {expected}",
        "too_short": "a list of at least {min_length} entries",
        "too_long": "a list of at most {max_length} entries",
        "list_type": "a list",
        "tuple_type": "a list of numbers",
        "dict_type": "a table",
        "model_type": "a table",
    }
    least, most = (counted(context.get(bound, 0), "character") for bound in ("min_length", "max_length"))
    said = str(entry["msg"]).removeprefix("Value error, ")
    return words[kind].format(**context, least=least, most=most) if kind in words else said
