"""`anatofit check`: a pack is measured again from its files alone."""

from __future__ import annotations

from argparse import Namespace

from anatofit.cli.output import say, say_json
from anatofit.cli.run import FAILED, finding_line
from anatofit.errors import Reason, RequestError


def command(options: Namespace) -> int:
    """0 only where everything holds, 4 otherwise."""
    from anatofit.app.check import check

    if not options.pack.is_dir():
        raise RequestError(Reason("pack", "what was named is no folder; name the folder that anatofit run wrote"))
    findings = check(options.pack, scan=options.scan)
    code = 0 if findings and all(f.holds for f in findings) else FAILED
    if options.json:
        say_json({"exit": code, "findings": [f.model_dump(mode="json") for f in findings]})
        return code
    for finding in findings:
        say(finding_line(finding))
    say("everything holds" if code == 0 else "NOT FOR USE")
    return code
