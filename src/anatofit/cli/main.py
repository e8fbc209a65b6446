"""The command line: reads what was asked, opens the room of the verb, ends with a sentence and an exit code.

Exit codes: 0 done and every requirement holds; 1 unforeseen; 2 the prescription or the command is wrong; 3 the scan
does not allow a design, or is not the one that a pack was made from; 4 the pack was built or checked, and a requirement failed.
"""

from __future__ import annotations

import argparse
import importlib
import resource
import signal
import sys
import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import anatofit
from anatofit.cli.compare import arguments as _compare
from anatofit.cli.output import refuse, say_error
from anatofit.cli.places import place_of
from anatofit.errors import AnatofitError, Reason, RequestError
from anatofit.model.passing import sweep

UNFORESEEN = 1


class _Parser(argparse.ArgumentParser):
    """Raises what argparse would print, so that a wrong command ends like every other refusal."""

    def error(self, message: str) -> NoReturn:
        raise RequestError(Reason("command", f"{message}. See: {self.prog} --help"))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The entry point of the installed program."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """The exit code of one command; what it says went to stdout and stderr."""
    as_json, debug = "--json" in arguments, "--debug" in arguments
    options = None
    signal.signal(signal.SIGTERM, _stop)
    resource.setrlimit(
        resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1])
    )  # a core dump would hold a patient
    try:
        options = make_parser().parse_args(list(arguments))
        sweep()  # what a killed process left may hold a patient
        return int(importlib.import_module(f"anatofit.cli.{options.room}").command(options))
    except AnatofitError as error:
        if debug:
            traceback.print_exc()
        return refuse(error, as_json=as_json, place=partial(place_of, options=options))
    except KeyboardInterrupt:
        say_error("Stopped before the end. No pack was written.")
        return UNFORESEEN
    except BrokenPipeError:
        return _nobody_listens()
    except Exception as error:  # noqa: BLE001 - the last door: a person reads a sentence, and a traceback with --debug
        if debug:
            traceback.print_exc()
        return refuse(_unforeseen(error), as_json=as_json)


def _unforeseen(error: Exception) -> AnatofitError:
    what = (
        "the memory of this machine did not suffice"
        if isinstance(error, MemoryError)
        else "something unforeseen happened"
    )
    advice = "Run again with --debug and report what it prints"
    return AnatofitError(Reason("unforeseen", f"{what} ({type(error).__name__}). {advice}"))


def _nobody_listens() -> int:
    """The reader of our output went away: the interpreter must not complain about it once more when it ends."""
    sys.stdout = None
    return UNFORESEEN


def _stop(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def make_parser() -> argparse.ArgumentParser:
    """Every verb and option. Help is made from this alone; no engine is loaded."""
    common = _Parser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser = _Parser(
        prog="anatofit", description="From a medical scan and an order to a device that can be printed and checked."
    )
    parser.add_argument("--version", action="version", version=f"anatofit {anatofit.__version__}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    for name, add in (
        ("run", _run),
        ("devices", _devices),
        ("inspect", _inspect),
        ("check", _check),
        ("compare", _compare),
        ("export-volume", _export_volume),
        ("sample", _sample),
        ("deidentify", _deidentify),
        ("receive", _receive),
        ("pull", _pull),
    ):
        text = _HELP[name]
        verb = verbs.add_parser(name, parents=[common], help=text, description=text, allow_abbrev=False)
        verb.set_defaults(room=name.replace("-", "_"))
        add(verb)
    return parser


_HELP = {
    "run": "make a pack from a prescription: design, measure, report",
    "devices": "list the product lines; for one, its parameters with unit, bounds and source",
    "inspect": "show the series of a scan or a surface, what is wrong with each, and which would be used",
    "export-volume": "write what a scan was read as (a straight grid in HU and LPS) for other tools to look at",
    "compare": "lay a second scan of a residual limb on the first, and tell what changed of volume and girth",
    "check": "measure a pack again from its files alone",
    "sample": "write a sample case (scan and prescription)",
    "deidentify": "write the slices of a scan without identities, with a table of what was done to each attribute",
    "receive": "listen for scans that are sent by DICOM, and hand each study on when it is whole",
    "pull": "bring a study from an archive (PACS) of the site into a folder",
}


_DICOM = "folder with DICOM files, zip archive, DICOMDIR or one file"


def _path(text: str) -> Path:
    """An empty text (a variable of the shell that is not set) would be the working folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("was empty; the name of a file or folder is wanted")
    return Path(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"was {text!a}; a whole number of 1 or more is wanted")
    return int(text)


def _quarantine(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--quarantine",
        type=_path,
        metavar="DIR",
        help="where a copy of every file that is refused goes, with the reason",
    )


def _json(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help="print one JSON object on stdout")


def _run(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("prescription", type=_path, metavar="PRESCRIPTION.toml", help="the order")
    verb.add_argument("--out", type=_path, required=True, metavar="PACK", help="folder to write; new, or empty")
    verb.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="overrule a key, such as design.gap_mm=0.6"
    )
    verb.add_argument("--site", type=_path, metavar="FILE", help="the site's anatofit.toml (materials, printers)")
    verb.add_argument(
        "--seating",
        type=int,
        metavar="N",
        help="of a guide: try its seat so many times (1000), as --set seating.count=N; 0: not at all",
    )
    verb.add_argument("--force", action="store_true", help="replace a pack that is there already")
    verb.add_argument("--scan", type=_path, metavar="DIR", help="folder of the scan, in place of what [source] names")
    verb.add_argument(
        "--refusal",
        type=_path,
        metavar="DIR",
        help="where a report with pictures goes if the scan does not allow a design",
    )
    _quarantine(verb)
    _json(verb)


def _devices(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("name", nargs="?", metavar="NAME", help="one product line")
    _json(verb)


def _inspect(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "scan",
        type=_path,
        metavar="SCAN",
        help=f"{_DICOM}; a NIfTI or NRRD file; or a surface (STL, PLY, OBJ, 3MF)",
    )
    verb.add_argument(
        "--device", default="cranial-plate", metavar="NAME", help="whose limits to judge by (default: %(default)s)"
    )
    verb.add_argument(
        "--image",
        action="store_true",
        help="read the pixels of the series that would be used too, and judge noise, blur, metal, motion and field of view",
    )
    _quarantine(verb)
    surface = verb.add_argument_group("of a surface")
    surface.add_argument("--unit", choices=("mm", "cm", "m", "in"), help="the unit of its coordinates")
    surface.add_argument(
        "--up", metavar="AXIS", help="which of its axes is up, such as +z (as --up=-y where it begins with a dash)"
    )
    surface.add_argument(
        "--frame", choices=("LPS", "RAS"), help="the frame of its coordinates (default: as they stand)"
    )
    surface.add_argument("--anatomy", choices=("limb", "foot", "bone"), help="what was scanned")
    _json(verb)


def _check(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("pack", type=_path, metavar="PACK", help="folder that run wrote")
    verb.add_argument("--scan", type=_path, metavar="SCAN", help="the scan, to check what only it can show")
    _json(verb)


def _export_volume(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("scan", type=_path, metavar="SCAN", help=f"{_DICOM}; a NIfTI or NRRD file")
    verb.add_argument("out", type=_path, metavar="OUT", help="file to write, outside of SCAN: .nii.gz, .nii or .nrrd")
    verb.add_argument("--series", metavar="UID", help="which series (default: the one that a design would use)")
    verb.add_argument("--deface", action="store_true", help="of a head: without the soft tissue that makes a face")
    verb.add_argument("--force", action="store_true", help="replace a file that is there already")
    _json(verb)


def _sample(verb: argparse.ArgumentParser) -> None:
    from anatofit.samples import SAMPLES

    known = "; ".join(f"{name}: {what}" for name, what in SAMPLES.items())
    verb.add_argument("name", metavar="NAME", help=f"which sample ({known})")
    verb.add_argument("directory", type=_path, metavar="DIR", help="folder to write; new, or empty")
    verb.add_argument(
        "--from", dest="source", type=_path, metavar="FILE", help="a file of your own that the sample is made from"
    )
    _json(verb)


def _deidentify(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("scan", type=_path, metavar="SCAN", help=_DICOM)
    verb.add_argument("out", type=_path, metavar="OUT", help="folder to write, outside of SCAN; new, or empty")
    verb.add_argument("--vault", type=_path, metavar="FILE", help="the site's vault; made where there is none")
    verb.add_argument(
        "--retain",
        default="",
        metavar="WHAT",
        help="options of PS3.15: device, and dates or shifted-dates, with commas",
    )
    verb.add_argument("--series", metavar="UID", help="one series alone")
    verb.add_argument("--site", type=_path, metavar="FILE", help="the site's anatofit.toml, which may name the vault")
    _json(verb)


def _receive(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--into", type=_path, required=True, metavar="DIR", help="folder that keeps what is received")
    verb.add_argument(
        "--site", type=_path, metavar="FILE", help="the site's anatofit.toml ([receive]: address, callers, TLS)"
    )
    verb.add_argument("--port", type=int, metavar="N", help="port to listen at (default: 11112)")
    verb.add_argument("--ae-title", metavar="AET", help="our AE title (default: ANATOFIT)")
    verb.add_argument(
        "--caller", action="append", default=[], metavar="AET", help="AE title that may send; repeat for more"
    )
    verb.add_argument(
        "--quiet", type=float, metavar="SECONDS", help="a study closes when it was quiet so long (default: 30)"
    )
    verb.add_argument("--expect", type=_count, metavar="N", help="a study closes when it has so many instances")
    verb.add_argument(
        "--order", type=_path, metavar="PRESCRIPTION.toml", help="the order to carry out on each study that closes"
    )
    verb.add_argument("--out", type=_path, metavar="FOLDER", help="folder for the packs of --order, one for each study")
    verb.add_argument("--once", action="store_true", help="end after the first study, with the exit code of its order")
    _json(verb)


def _pull(verb: argparse.ArgumentParser) -> None:
    what = verb.add_mutually_exclusive_group(required=True)
    what.add_argument("--accession", metavar="NUMBER", help="accession number of the study")
    what.add_argument("--study", metavar="UID", help="Study Instance UID")
    verb.add_argument(
        "--from",
        dest="archive",
        metavar="NAME",
        help="[pacs.NAME] of the site's anatofit.toml; not needed where it has one",
    )
    verb.add_argument("--into", type=_path, required=True, metavar="DIR", help="folder to write; new, or empty")
    verb.add_argument("--site", type=_path, metavar="FILE", help="the site's anatofit.toml")
    _json(verb)
