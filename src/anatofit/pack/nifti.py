"""A volume as one file that any viewer opens: NIfTI (.nii, .nii.gz) or NRRD (.nrrd), in HU, by ITK's writers.

NIfTI's own frame is RAS: the writer turns LPS into it, and readers such as ITK turn it back; sform and qform say the same.
"""

from __future__ import annotations

import os
from pathlib import Path

from anatofit.errors import OutputError, Reason
from anatofit.model.passing import passing_folder
from anatofit.model.volume import Volume
from anatofit.pack.bundle import refused

SUFFIXES = (".nii.gz", ".nii", ".nrrd")


def suffix_of(path: Path) -> str:
    """The ending that says the format. Raises OutputError for another."""
    for suffix in SUFFIXES:
        if path.name.endswith(suffix) and path.name != suffix:
            return suffix
    raise OutputError(Reason("out", f"the file's name must end in one of {', '.join(SUFFIXES)}; name it so"))


def check_target(path: Path, *, force: bool) -> None:
    """Raises OutputError where the file could not be written, before any work is done."""
    suffix_of(path)
    if path.is_dir() or (path.exists() and not force):
        what = "is a folder" if path.is_dir() else "exists already"
        raise OutputError(
            Reason("out", f"the file {what}; name another" + ("" if path.is_dir() else ", or give --force"))
        )
    if not path.parent.is_dir():
        raise OutputError(Reason("out", "the folder of the file does not exist; make it, or name another"))


def write_volume(volume: Volume, path: Path, *, force: bool = False) -> None:
    """The file appears whole under its name or not at all. Raises OutputError."""
    check_target(path, force=force)
    try:
        with passing_folder(path.parent) as folder:
            made = folder / f"volume{suffix_of(path)}"
            made.touch(mode=0o600)
            _write(volume, str(made))
            with made.open("rb") as stream:
                os.fsync(stream.fileno())
            made.replace(path)
    except (OSError, RuntimeError) as error:
        if isinstance(error, OSError):
            raise refused(error, "the volume") from error
        raise OutputError(
            Reason("out", "the volume cannot be written; free some space or name another folder")
        ) from error


def _write(volume: Volume, name: str) -> None:
    import SimpleITK

    grid = volume.grid
    image = SimpleITK.GetImageFromArray(volume.hu)
    image.SetOrigin(grid.origin_lps_mm.tolist())
    image.SetSpacing(grid.spacing_ijk_mm.tolist())
    image.SetDirection(grid.direction_lps.ravel().tolist())
    # level 1: a scan is noise to a packer; higher levels take several times as long for some percent
    SimpleITK.WriteImage(image, name, useCompression=name.endswith((".gz", ".nrrd")), compressionLevel=1)
