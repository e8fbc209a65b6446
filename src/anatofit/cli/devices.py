"""`anatofit devices`: the product lines and their envelopes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from anatofit.cli.output import number, say, say_error, say_json, table
from anatofit.errors import PrescriptionError

if TYPE_CHECKING:
    from anatofit.devices.base import Device
    from anatofit.devices.envelope import Row


def command(options: Namespace) -> int:
    """0; an unknown name is refused with the names that exist, and a line that cannot be used is listed with the reason."""
    from anatofit.devices.registry import get_device, list_devices

    if options.name is not None:
        _one(get_device(options.name), as_json=options.json)
        return 0
    titles: dict[str, str] = {}
    unusable: dict[str, str] = {}
    for name in list_devices():
        try:
            titles[name] = get_device(name).title
        except PrescriptionError as error:
            unusable[name] = error.reasons[0].message
    if options.json:
        say_json({"exit": 0, "devices": titles, **({"unusable": unusable} if unusable else {})})
    else:
        table(titles.items(), head=("name", "title"))
        for said in unusable.values():
            say_error(said)
    return 0


def _one(device: Device, *, as_json: bool) -> None:
    rows = device.envelope.rows.values()
    if as_json:
        parameters = [r.model_dump(mode="json") for r in rows]
        say_json(
            {
                "exit": 0,
                "device": device.name,
                "title": device.title,
                "parameters": parameters,
                "scan": device.scan_limits(),
            }
        )
        return
    say(f"{device.name}: {device.title}")
    say()
    head = ("parameter", "unit", "default", "min", "max", "source")
    table((_cells(r) for r in rows if r.settable), head=head)
    say()
    say("Limits on the patient, the scan and the finished part:")
    table((_cells(r) for r in rows if not r.settable), head=head)
    scan = device.scan_limits()
    keys = ("rule", "unit", "fit", "waivable_to", "source")
    say()
    table(
        ([number(_told(row).get(k)) for k in keys] for row in scan.values()),
        head=("scan rule", "unit", "fit", "waivable to", "source"),
    )


def _told(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A limit as it is shown: terms, which are many, stand in the column that runs free."""
    terms = ", ".join(row.get("terms", ()))
    return {**row, "fit": "terms", "source": f"{terms}; {row['source']}"} if terms else row


def _cells(row: Row) -> list[str]:
    mark = " [proposal, to be confirmed]" if row.proposal and "proposal" not in row.source else ""
    low, high = (", ".join(row.choices), "") if row.choices else (number(row.min), number(row.max))
    return [row.name, row.unit or "–", number(row.default), low, high, row.source + mark]
