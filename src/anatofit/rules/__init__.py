"""Every reason to stop that the program knows: one table a subject, from which docs/reference/errors.md is made.

Names and codes are contracts: messages, waivers, manifests and scripts use them, and none is ever given to anything else.
AF-10xx limits · 11xx files · 12xx kinds · 13xx geometry · 14xx values · 15xx patient · 16xx surfaces · 17xx labels and research
input · 18xx quality of the image · 20xx order and command · 30xx skull · 31xx plans on bones · 40xx exchange with archives · 50xx identity.
"""

from __future__ import annotations

from anatofit.rules import (
    bones,
    cranium,
    exchange,
    files,
    geometry,
    identity,
    kinds,
    limits,
    order,
    patient,
    quality,
    research,
    surfaces,
    values,
)
from anatofit.rules.rule import Rule

# Tables by the heading under which the reference page shows them.
TABLES: dict[str, tuple[Rule, ...]] = {
    "Limits of the device": limits.TABLE,
    "Files": files.TABLE,
    "Kinds of image": kinds.TABLE,
    "Geometry": geometry.TABLE,
    "Values": values.TABLE,
    "Patient": patient.TABLE,
    "Quality of the image": quality.TABLE,
    "Research input and labels": research.TABLE,
    "Surface scans": surfaces.TABLE,
    "Order and command": order.TABLE,
    "Skull": cranium.TABLE,
    "Plans on bones": bones.TABLE,
    "Identity": identity.TABLE,
    "Exchange with archives": exchange.TABLE,
}
RULES: dict[str, Rule] = {rule.name: rule for table in TABLES.values() for rule in table}
WAIVABLE: frozenset[str] = frozenset(rule.name for rule in RULES.values() if rule.waivable)

# Reasons that name a key of the prescription, such as `design.gap_mm`, share one code.
KEY_RULE = "order-key"


def code_of(name: str) -> str:
    """The stable code of a rule; of every key of the prescription that has no rule of its own: that of wrong keys."""
    return RULES[name if name in RULES else KEY_RULE].code
