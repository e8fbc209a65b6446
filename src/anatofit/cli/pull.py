"""`anatofit pull`: brings a study from an archive into a folder."""

from __future__ import annotations

import warnings
from argparse import Namespace
from dataclasses import asdict

from anatofit.cli.output import say, say_error, say_json
from anatofit.model.words import counted


def command(options: Namespace) -> int:
    """0 when the whole study is there."""
    from anatofit.app.fetch import bring

    warnings.simplefilter("ignore")  # of libraries, which quote what came over the wire
    pulled = bring(
        options.into, archive=options.archive, accession=options.accession, study=options.study, site=options.site
    )
    if pulled.aside:
        say_error(f"note  {counted(pulled.aside, 'instance')} that do not belong were kept aside, in quarantine/")
    if options.json:
        say_json({"exit": 0, **asdict(pulled), "folder": str(pulled.folder)})
    else:
        say(
            f"{pulled.folder}: {counted(pulled.instance_count, 'instance')}, {pulled.byte_count} bytes, all that the archive lists"
        )
    return 0
