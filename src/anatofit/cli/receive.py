"""`anatofit receive`: takes scans that are sent, until it is told to stop."""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from argparse import Namespace
from dataclasses import asdict

from anatofit.cli.output import say, say_error, say_json
from anatofit.model.words import counted

# What the command may overrule of [receive], by the name of its option.
_CHANGES = {"port": "port", "ae_title": "ae_title", "quiet": "quiet_s"}


def command(options: Namespace) -> int:
    """0 where it was ended; with --once the exit code of the order that was carried out."""
    from anatofit.app.receive import ReceiveRequest, receive

    warnings.simplefilter("ignore")  # of libraries, which quote what came over the wire
    changed = {key: getattr(options, name) for name, key in _CHANGES.items() if getattr(options, name) is not None}
    if options.caller:
        changed["callers"] = options.caller
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    request = ReceiveRequest(
        into=options.into,
        site=options.site,
        changed=changed,
        order=options.order,
        out=options.out,
        expect=options.expect,
        once=options.once,
    )
    summary = receive(request, stop=stop, tell=say_error if options.json else _tell)
    code = summary.exit_code if options.once else 0
    if options.json:
        say_json({"exit": code, **asdict(summary)})
        return code
    kept = summary.instances
    say(
        f"ended: {counted(summary.studies, 'study', 'studies')}; instances: {kept['new']} new, {kept['same']} the same again, "
        f"{kept['other'] + kept['aside']} kept aside"
    )
    return code


def _tell(line: str) -> None:
    """At once, also into a file or a pipe: a listener is watched while it works."""
    say(line)
    sys.stdout.flush()
