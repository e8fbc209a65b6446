"""`anatofit check`: a pack is measured again from its files alone."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from anatofit.cli.output import say, say_json
from anatofit.cli.run import FAILED, finding_line
from anatofit.errors import Reason, RequestError

if TYPE_CHECKING:
    from anatofit.model.finding import Finding

# One of these shows that a folder was a pack, whatever was done to it since.
MARKS = ("manifest.json", "ledger.jsonl", "plan.json", "resolved.toml", "device", "models", "pair.json")
NOT_FOR_USE = (
    "NOT FOR USE: print or use nothing of this pack. Where a file was altered, take the pack from the archive again; "
    "where a requirement fails, change the order and run it again"
)


def command(options: Namespace) -> int:
    """0 only where everything holds, 4 otherwise; a wrong scan or folder is raised, and says nothing of the pack."""
    from anatofit.app.check import check

    if not options.pack.is_dir():
        raise RequestError(Reason("pack", "what was named is no folder; name the folder that anatofit run wrote"))
    if not any((options.pack / name).exists() for name in MARKS):
        said = "the folder holds no manifest.json: this is no pack; name the folder that anatofit run wrote"
        raise RequestError(Reason("pack", said))
    if options.scan is not None and (options.pack / "pair.json").is_file():
        raise RequestError(Reason("pack", "the folder holds a pair; with --scan name the pack of one foot in it"))
    findings = check(options.pack, scan=options.scan)
    code = 0 if findings and all(f.holds for f in findings) else FAILED
    if options.json:
        say_json({"exit": code, "findings": [f.model_dump(mode="json") for f in findings]})
        return code
    for line in _lines(findings):
        say(line)
    say("everything holds" if code == 0 else NOT_FOR_USE)
    return code


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each finding; those that one cause left unmeasured share theirs, at the place of the first."""
    shared: dict[str, list[str]] = {}
    for finding in findings:
        if finding.not_measured:
            shared.setdefault(finding.detail, []).append(finding.id)
    for finding in findings:
        ids = shared.get(finding.detail, []) if finding.not_measured else []
        if len(ids) < 2:
            yield finding_line(finding)
        elif finding.id == ids[0]:
            yield f"FAIL  {', '.join(ids)}: {finding.detail or finding.told}"
