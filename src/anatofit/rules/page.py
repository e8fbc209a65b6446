"""docs/reference/errors.md out of the tables: `python -m anatofit.rules.page` prints it."""

from __future__ import annotations

import sys

from anatofit.rules import TABLES
from anatofit.rules.rule import Rule

_HEAD = """# Errors: every reason to stop, with its code

Made from `src/anatofit/rules/` (`python -m anatofit.rules.page`). Names and codes are contracts: they do not change, and none is given to
anything else. A message shows both: `AF-1303 missing-slice: …`. With `--json` they are `code` and `rule`.

Where a rule may be waived, a `[[waiver]]` in the prescription with the rule's name, a reason and a person lets the run go on; report, terminal
and manifest show it as waived. Beyond the second limit of the device a waiver does not help, and of the part nothing can be waived.

```toml
[[waiver]]
rule = "slice-thickness"
reason = "the only series; the plan lies on thick bone"
by = "Dr. A. Surgeon"
```
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for heading, table in TABLES.items():
        parts.append(
            f"\n## {heading}\n\n| code | rule | meaning | what to do | may be waived | exit |\n|---|---|---|---|---|---|\n"
        )
        parts.append("".join(map(_row, table)))
    return "".join(parts)


def _row(rule: Rule) -> str:
    waivable = "yes" if rule.waivable else "no"
    return f"| {rule.code} | `{rule.name}` | {rule.meaning} | {rule.remedy} | {waivable} | {rule.exit_code} |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
