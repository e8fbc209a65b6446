"""`anatofit deidentify`: the slices of a scan written again without identities, with a table of what was done."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from anatofit.cli.output import say, say_json
from anatofit.errors import Reason, RequestError
from anatofit.model.words import counted

if TYPE_CHECKING:
    from anatofit.identity.profile import Retain

RETAIN = ("device", "dates", "shifted-dates")


def command(options: Namespace) -> int:
    """0 when everything was written; what cannot be vouched for is raised, and then nothing was."""
    from anatofit.app.deidentify import Request, deidentify

    request = Request(
        scan=options.scan, out=options.out, vault=options.vault, site=options.site, series=options.series,
        retain=_retain(options.retain),
    )  # fmt: skip
    outcome = deidentify(request)
    if options.json:
        say_json({"exit": 0, "out": str(outcome.out), **outcome.said, "notes": list(outcome.notes)})
        return 0
    say(f"{outcome.out}: {counted(outcome.files, 'file')} of {', '.join(outcome.said['patients'])}")
    say(f"by PS3.15 Annex E: {'; '.join(entry['meaning'] for entry in outcome.said['profile'])}")
    say("what was done to each attribute: deidentification.csv, deidentification.json")
    for note in outcome.notes:
        say(f"note  {note}")
    return 0


def _retain(text: str) -> Retain:
    from anatofit.identity.profile import Dates, Retain

    asked = {word.strip() for word in text.split(",") if word.strip()}
    if unknown := sorted(asked - set(RETAIN)):
        raise RequestError(
            Reason("command", f"--retain was {', '.join(map(ascii, unknown))}; {', '.join(RETAIN)} are known")
        )
    if {"dates", "shifted-dates"} <= asked:
        raise RequestError(Reason("command", "--retain takes dates or shifted-dates, not both"))
    dates = Dates.FULL if "dates" in asked else Dates.SHIFTED if "shifted-dates" in asked else Dates.REMOVED
    return Retain(device="device" in asked, dates=dates)
