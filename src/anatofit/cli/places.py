"""Which file or folder of this very command a reason is about, as it was typed or stands in the prescription.

For the terminal alone: the reasons themselves bear no path, so that none reaches a page, a pack, a log or JSON.
"""

from __future__ import annotations

from argparse import Namespace
from contextlib import suppress
from pathlib import Path

from anatofit.errors import AnatofitError

# The option or argument that a rule is about.
_OPTIONS = {
    "out": ("out", "directory"),
    "prescription": ("prescription", "order"),
    "site": ("site",),
    "refusal": ("refusal",),
    "pack": ("pack",),
    "sample-source": ("source",),
    "quarantine": ("quarantine",),
    "vault": ("vault",),
    "vault-open": ("vault",),
    "inbox": ("into",),
}
# Rules about the scan that was named as a whole.
_WHOLE_SCAN = (
    "no-dicom", "archive-broken", "archive-encrypted", "archive-path", "archive-link", "archive-nested", "archive-twice",
    "archive-too-large", "media-reference", "media-missing", "unpack", "no-surface",
)  # fmt: skip


def place_of(rule: str, options: Namespace | None) -> str:
    """The path as a person gave it; empty where the rule is about none."""
    if options is None:
        return ""
    if options.room == "run" and (rule in _WHOLE_SCAN or rule.startswith(("research-", "labels-"))):
        labels = rule.startswith("labels-")
        return str(options.scan) if options.scan is not None and not labels else _as_written(options, labels=labels)
    if rule.startswith("research-") and options.room == "inspect":
        return str(options.scan)
    if rule in (*_WHOLE_SCAN, "other-scan") and options.room in ("check", "export_volume"):
        return str(options.scan)
    given = (getattr(options, name, None) for name in _OPTIONS.get(rule, ()))
    return next((str(path) for path in given if path is not None), "")


def _as_written(options: Namespace, *, labels: bool) -> str:
    """What [source] names as scan or labels; the order was read before its scan was looked for, so that it can be read again."""
    from anatofit.app.prescription import read_job

    with suppress(AnatofitError):
        job = read_job(options.prescription, overrides=tuple(options.set), site=options.site)
        source = job.prescription.source
        named = source.labels if labels else source.place
        if named is None:
            return ""
        return named if Path(named).is_absolute() else f"{named} (relative to the prescription's folder)"
    return ""
