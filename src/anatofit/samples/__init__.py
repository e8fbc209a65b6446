"""Sample cases: a head that the project computes, and real data that a user brings along."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from anatofit.errors import OutputError, Reason, RequestError

SAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "head": "a computed head CT with a hole of 60 mm on the right side; every surface is known by formula",
        "tibia": "a computed shin bone as a surface, with a plan for one cut; every point is known by formula",
        "osteotomy": "a computed tibia as a surface, with an opening wedge told by anatomy; its joint plane is known by formula",
        "foot": "a computed foot as a surface, with an order for an insole and a synthetic map of the pressures under it",
        "limb": "a computed residual limb below the knee as a surface, with an order for a socket; every landmark is known by formula",
        "cranium": "a real head CT with a right frontal defect, out of your own copy of Cranium.inv3 (--from FILE)",
    }
)


def write_sample(name: str, directory: Path, source: Path | None = None) -> Path:
    """Writes a sample's scan and prescription into an empty or new folder; returns the prescription's path.

    Raises RequestError for an unknown name, a missing or needless `source`, and OutputError for a folder in use.
    """
    directory = Path(directory)
    reasons = [*_name_reasons(name, source)]
    if reasons:
        raise RequestError(reasons)
    _make_folder(directory)
    if name == "head":
        from anatofit.samples.head import write_head

        return write_head(directory)
    if name == "tibia":
        from anatofit.samples.tibia import write_tibia

        return write_tibia(directory)
    if name == "osteotomy":
        from anatofit.samples.osteotomy import write_osteotomy

        return write_osteotomy(directory)
    if name == "foot":
        from anatofit.samples.foot_case import write_foot

        return write_foot(directory)
    if name == "limb":
        from anatofit.samples.limb_case import write_limb

        return write_limb(directory)
    from anatofit.samples.cranium import write_cranium

    assert source is not None  # held by _name_reasons
    return write_cranium(directory, source)


def _name_reasons(name: str, source: Path | None) -> list[Reason]:
    if name not in SAMPLES:
        return [Reason("sample-name", f"there is no sample {name!r}; choose one of: {', '.join(SAMPLES)}")]
    if name == "cranium" and source is None:
        why = "the sample 'cranium' is made from a file that you bring; name it with --from Cranium.inv3"
        return [Reason("sample-source", f"{why} (data/samples/README.md says where to get it)")]
    if name == "cranium" and not Path(str(source)).is_file():
        return [Reason("sample-source", "the file named with --from does not exist; give the path of Cranium.inv3")]
    if name != "cranium" and source is not None:
        return [Reason("sample-source", f"the sample {name!r} is computed and takes no --from; leave it out")]
    return []


def _make_folder(directory: Path) -> None:
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise OutputError(
            Reason("out", "the folder of the sample is in use: it is a file, or holds something; name a new one")
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            Reason(
                "out",
                f"the folder of the sample cannot be made ({error.strerror}); name a folder that you may write to",
            )
        ) from error
