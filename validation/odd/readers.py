"""Who reads an odd series: intake, SimpleITK's series reader, and dicom2stl. Each gives a volume, a surface, or an end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from validation.odd.judge import Read
from validation.odd.odd import Odd
from validation.odd.phantom import ISO_HU


@dataclass(frozen=True)
class Outcome:
    """What a reader made of a series: a volume, or the rules under which it was refused, or the error that it ended with."""

    read: Read | None = None
    rules: tuple[str, ...] = ()
    error: str = ""
    notes: tuple[str, ...] = ()


def read_by_intake(case: Odd, folder: Path) -> Outcome:
    """Through the door that a run uses. Errors outside the tree come back as an error."""
    from anatofit.errors import AnatofitError
    from anatofit.ingest.load import load_scan
    from anatofit.model.case import Waiver
    from anatofit.model.scan import ScanLimits

    waivers = [Waiver(rule=rule, reason="only scan there is", by="study") for rule in case.waive]
    try:
        scan = load_scan(folder / case.source, limits=ScanLimits(), waivers=waivers, series=case.series)
    except AnatofitError as error:
        return Outcome(rules=tuple(dict.fromkeys(r.rule for r in error.reasons)))
    except Exception as error:  # noqa: BLE001 - an error that nobody named is what the study looks for
        return Outcome(error=type(error).__name__)
    grid = scan.volume.grid
    affine = np.column_stack([grid.direction_lps * grid.spacing_ijk_mm, grid.origin_lps_mm])
    return Outcome(Read(affine, scan.volume.hu), notes=tuple(scan.facts.notes))


def read_by_simpleitk(case: Odd, folder: Path) -> Outcome:
    """The largest series by GDCM's names, as SimpleITK's examples and dicom2stl read it."""
    import SimpleITK as sitk  # noqa: N813 - its usual name

    reader = sitk.ImageSeriesReader()
    with _quiet():
        try:
            places = [p for p in [folder, *sorted(folder.rglob("*"))] if p.is_dir()]
            found = [reader.GetGDCMSeriesFileNames(str(p), s) for p in places for s in reader.GetGDCMSeriesIDs(str(p))]
            if not found:
                return Outcome(error="no series")
            reader.SetFileNames(max(found, key=len))
            image = reader.Execute()
        except RuntimeError:
            return Outcome(error="error")
    if image.GetDimension() != 3 and image.GetDimension() != 4:
        return Outcome(error="no volume")
    hu = sitk.GetArrayFromImage(image)
    hu = hu[0] if hu.ndim == 4 else hu
    turn = np.array(image.GetDirection()).reshape(image.GetDimension(), -1)[:3, :3]
    affine = np.column_stack([turn * np.array(image.GetSpacing()[:3]), image.GetOrigin()[:3]])
    return Outcome(Read(affine, hu)) if hu.ndim == 3 else Outcome(error="no volume")


@contextmanager
def _quiet() -> Iterator[None]:
    """What a library's C++ writes to stderr goes nowhere meanwhile."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


# Runs in dicom2stl's own environment: one process for all series, the surface without smoothing, thinning and shrinking.
WORKER = f"""
import contextlib, io, json, sys
from dicom2stl.Dicom2STL import Dicom2STL
from dicom2stl.utils.parseargs import createParser
import SimpleITK, vtk
SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
vtk.vtkObject.GlobalWarningDisplayOff()
for line in sys.stdin:
    folder, out = json.loads(line)
    said = "done"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            Dicom2STL(createParser().parse_args(["-i", "{ISO_HU:g}", "--disable", "shrink", "--smooth", "0", "--reduce", "0",
                "--clean-small", "0", "-o", out, folder]))
        except BaseException as error:
            said = type(error).__name__
    print(json.dumps(said), flush=True)
"""


class Dicom2Stl:
    """dicom2stl in an interpreter of its own, series by series."""

    def __init__(self, python: Path) -> None:
        self._process = subprocess.Popen(
            [str(python), "-c", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def surface(self, folder: Path, out: Path) -> np.ndarray | str:
        """(n, 3) vertices, or the name of the error."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(folder), str(out)]) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline() or '"ended"')
        if said != "done" or not out.is_file():
            return str(said) if said != "done" else "no surface"
        vertices = _vertices(out)
        return vertices if np.isfinite(vertices).all() and len(vertices) else "no finite surface"

    def close(self) -> None:
        """Ends the interpreter."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)


def _vertices(path: Path) -> np.ndarray:
    """Vertices of a binary STL."""
    data = path.read_bytes()
    count = int.from_bytes(data[80:84], "little")
    facets = np.frombuffer(
        data, np.dtype([("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")]), count=count, offset=84
    )
    return np.asarray(facets["v"].reshape(-1, 3), dtype=np.float64)
