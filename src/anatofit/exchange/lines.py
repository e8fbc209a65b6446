"""How a listener's lines say when, and who: a time with its zone, the AE title that was claimed, the address that it came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

# An AE title has sixteen characters (PS3.5, 6.2); with each one escaped it takes no more than this.
_LONGEST = 64


def moment() -> str:
    """Now, to the second, by the machine's own zone (ISO 8601)."""
    return dt.datetime.now(tz=dt.UTC).astimezone().isoformat(timespec="seconds")


def peer_name(title: str, address: str) -> str:
    """Title and address of a peer, for one line: the title is what anybody may claim, so it stands in quotes, escaped and bounded."""
    claimed = ascii(title)[: _LONGEST + 2] if title else "a peer without an AE title"
    return f"{claimed} at {ascii(address)[1:-1][:_LONGEST]}" if address else claimed


def taken(statuses: Mapping[bool, int]) -> str:
    """What an association brought: counts of stores by whether they ended in success."""
    kept, others = statuses.get(True, 0), statuses.get(False, 0)
    return f"{kept} acknowledged" + (f", {others} not accepted" if others else "")
