"""An order carried out on a study that was received, in a process of its own: `python -m anatofit.app.received < what is asked`.

The listener goes on meanwhile, and outlives whatever becomes of the run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anatofit.app.process import started
from anatofit.errors import AnatofitError, Reason

_MODULE = "anatofit.app.received"
_LOOK_S = 0.2
NOT_FIT = 4


@dataclass(frozen=True)
class Carried:
    """What became of the order: the exit code that `run` would have had, sentences, and the codes of its reasons."""

    exit_code: int
    lines: tuple[str, ...]
    codes: tuple[str, ...] = ()


def carry_out(order: Path, *, scan: Path, out: Path, site: Path | None, stop: threading.Event) -> Carried:
    """The order with the folder `scan` in place of what it names; ended where `stop` is set. Never raises for what the order is."""
    message = json.dumps({"order": str(order), "scan": str(scan), "out": str(out), "site": str(site) if site else None})
    with started(_MODULE, scan, message) as process:
        said = _said(process, stop)
    try:
        made = json.loads(said)
        return Carried(int(made["exit"]), tuple(made["lines"]), tuple(made["codes"]))
    except (ValueError, LookupError, TypeError):
        reason = Reason(
            "measuring", "the process that carried out the order ended without an answer; often memory was short"
        )
        return Carried(1, (f"{reason.code} {reason.rule}: {reason.message}",), (reason.code,))


def _said(process: subprocess.Popen[str], stop: threading.Event) -> str:
    while not stop.is_set():
        try:
            return process.communicate(timeout=_LOOK_S)[0]
        except subprocess.TimeoutExpired:
            continue
    return ""


def main() -> None:
    """Carries out the order that standard input names, and writes what became of it to standard output."""
    json.dump(_done(json.load(sys.stdin)), sys.stdout)


def _done(asked: dict[str, Any]) -> dict[str, Any]:
    from anatofit.app.personalize import Request, personalize

    site = Path(asked["site"]) if asked["site"] else None
    request = Request(Path(asked["order"]), Path(asked["out"]), site=site, scan=Path(asked["scan"]))
    try:
        outcome = personalize(request)
    except AnatofitError as error:
        lines = [f"{r.code} {r.rule}: {r.message}" for r in error.reasons]
        return {"exit": error.exit_code, "lines": lines, "codes": [r.code for r in error.reasons]}
    return {"exit": 0 if outcome.fit else NOT_FIT, "lines": [f"{outcome.verdict.value} [{outcome.pack}]"], "codes": []}


if __name__ == "__main__":
    main()
