"""The report page: one HTML file with everything in it, and the pictures as files of their own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from anatofit.model.finding import Verdict, by_basis, unmeasured
from anatofit.model.frame import SOURCE_AXES, Laterality
from anatofit.model.pictures import Figure, PartMaps, Pictures
from anatofit.report import prose
from anatofit.report.charts import histogram
from anatofit.report.data import ReportData
from anatofit.report.maps import CLEARANCE_SHOWN_MM, THICKNESS_SHOWN_MM
from anatofit.report.seat import seat
from anatofit.report.seat_on_bone import seat_on_bone
from anatofit.report.seating import seating_shown

if TYPE_CHECKING:
    from jinja2 import Environment


def build_report(data: ReportData, pictures: Pictures) -> dict[str, bytes]:
    """`report.html` and every `figures/*.png`, as bytes by their path in the pack."""
    page = render("report.html", **_context(data, pictures))
    return {"report.html": page, **{f"figures/{figure.name}.png": figure.png for figure in pictures.figures}}


def render(template: str, **context: Any) -> bytes:
    """A template of this room, filled; every value escaped."""
    return _environment().get_template(template).render(**context).encode("utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("anatofit.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(
        number=prose.number,
        limit=prose.limit,
        size=prose.size,
        named=prose.measured,
        minus=prose.true_minus,
        by_basis=by_basis,
        data_uri=data_uri,
    )
    environment.globals["style"] = _asset("style.css")
    return environment


def _asset(name: str) -> str:
    return files("anatofit.report").joinpath("templates", name).read_text(encoding="utf-8")


def data_uri(png: bytes) -> str:
    """A PNG file as an address that needs no file."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def script_hash(script: str) -> str:
    """How the page's own policy names the one script that may run in it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


def _context(data: ReportData, pictures: Pictures) -> dict[str, Any]:
    missing = unmeasured(data.findings, data.requirements)
    script = "\n" + _asset("viewer.js")
    on_bone = data.anatomy.kind in ("bone", "foot", "limb")  # no skull with a defect: the page has a plan in its place
    return {
        "data": data,
        "fit": data.verdict is Verdict.FIT and not missing,
        "side": prose.SIDES[data.order.laterality],
        "side_unknown": data.order.laterality is Laterality.UNPAIRED
        and data.anatomy.kind not in ("foot", "limb"),  # of those the remarks say it
        "found_side": prose.found_side(data.anatomy.figures),
        "overrides": {k: v for k, v in data.overrides.model_dump(mode="json").items() if v is not None},
        "failed": [f for f in data.findings if not f.holds],
        "waived": [f for f in data.findings if f.waived],
        "passed_count": sum(f.passed for f in data.findings),
        "scan_findings": [f for f in data.findings if f.basis == "scan"],
        "part_findings": [f for f in data.findings if f.basis != "scan"],
        "confidence": prose.confidence(data.anatomy.figures),
        "unmeasured": missing,
        "figures": _by_section(pictures.figures),
        "cover": next((f for f in pictures.figures if f.name == "view-three-quarter"), None),
        "charts": _charts(pictures.maps, data),
        "seat": [*data.told, *_seat(data)],
        "seatings": [seating_shown(found) for found in data.seating],
        "part": data.words[0],
        "bone": data.words[1],
        "on_bone": on_bone,
        "source_axes": data.facts.axes == SOURCE_AXES,
        "numbers": _numbers(data),
        "plan_numbers": _plan_numbers(data.plan),
        "script": script,
        "script_hash": script_hash(script),
        **pictures.viewer,
    }


def _seat(data: ReportData) -> list[tuple[str, str]]:
    """What the report says by itself of the part in its place; of a foot's or a limb's device that says all itself."""
    if data.anatomy.kind in ("foot", "limb"):
        return []
    if data.anatomy.kind == "bone":
        return seat_on_bone(data.plan, data.words[0], scanned=not data.from_surface)
    return seat(data.plan, data.findings)


def _by_section(figures: Sequence[Figure]) -> dict[str, list[Figure]]:
    sections: dict[str, list[Figure]] = {
        name: []
        for name in ("slices", "plan", "sections", "views", "letters", "defect", "restoration", "implant", "maps")
    }
    for figure in figures:
        sections[figure.section].append(figure)
    return sections


def _numbers(data: ReportData) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Each step's numbers as (step, [(words, value, unit)]); those of the anatomy that no step names come first."""
    told = {name for found in data.figures.values() for name in found}
    rest = {name: value for name, value in data.anatomy.figures.items() if name not in told}
    groups = [("Anatomy", rest), *((s[:1].upper() + s[1:], f) for s, f in data.figures.items())]
    return [
        (step, [_with_confidence(name, value, data) for name, value in found.items()])
        for step, found in groups
        if found
    ]


def _with_confidence(name: str, value: float, data: ReportData) -> tuple[str, str, str]:
    """Words, number and unit; of a measure whose confidence is known, with that."""
    words, shown, unit = prose.figure(name, value)
    sure = data.anatomy.confidence.get(name)
    return (words if sure is None or sure >= 1.0 else f"{words} (confidence {sure:.2f})"), shown, unit


def _plan_numbers(plan: Mapping[str, Any]) -> list[tuple[str, object, str]]:
    """The plan's single numbers and words, and how many there are of each of its lists."""
    rows: list[tuple[str, object, str]] = []
    for name, value in plan.items():
        words, unit = prose.named_figure(name)
        if isinstance(value, float):
            rows.append(prose.figure(name, value))
        elif isinstance(value, str | int) and name not in {"schema", "device", "case"}:
            rows.append((words, value, unit))
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            rows.append((f"{words}: how many", len(value), ""))
    return rows


def _charts(maps: Mapping[str, PartMaps], data: ReportData) -> list[tuple[str, Any]]:
    charts = []
    for name, part in maps.items():
        gap = histogram(
            part.clearance_mm, part.area_mm2, label=f"clearance to the {data.words[1]} (mm)", high=CLEARANCE_SHOWN_MM,
            marks=_limit_marks(data, "clearance_min", "contact_median"),
        )  # fmt: skip
        wall = histogram(
            part.thickness_mm, part.area_mm2, label="thickness along the normal (mm)", high=THICKNESS_SHOWN_MM,
            marks=_limit_marks(data, "min_wall", "max_wall"),
        )  # fmt: skip
        charts += [(f"{name}, clearance", gap), (f"{name}, thickness", wall)]
    return [(caption, chart) for caption, chart in charts if chart]


def _limit_marks(data: ReportData, *checks: str) -> list[tuple[float, str]]:
    """The limits of the requirements that these checks measure: of several walls the first stands for the body."""
    wanted = {check: r.id for r in reversed(data.requirements) for check in checks if r.check == check}
    found = [f for f in data.findings if f.id in wanted.values()]
    least = [(f.limit_low, f"wanted: at least {prose.number(f.limit_low)}") for f in found if f.limit_low is not None]
    most = [(f.limit_high, f"wanted: at most {prose.number(f.limit_high)}") for f in found if f.limit_high is not None]
    return [*least, *most]
