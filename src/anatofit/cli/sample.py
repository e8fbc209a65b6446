"""`anatofit sample`: a case to try the program with."""

from __future__ import annotations

from argparse import Namespace

from anatofit.cli.output import say, say_json
from anatofit.errors import OutputError, Reason


def command(options: Namespace) -> int:
    """0 when the sample was written."""
    from anatofit.samples import write_sample

    try:
        prescription = write_sample(options.name, options.directory, source=options.source)
    except OSError as error:
        why = f"the sample cannot be written: {error.strerror}. Name another folder"
        raise OutputError(Reason("out", why)) from error
    if options.json:
        say_json({"exit": 0, "prescription": str(prescription)})
    else:
        say(f"written. Now: anatofit run {prescription} --out {options.directory / 'pack'}")
    return 0
