"""What an order asks of its device: the design, and the surgeon's plan where the device takes one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from anatofit.app.anatomical import SOURCE, check_form, plan_frame
from anatofit.app.catalogue import read_catalogue
from anatofit.app.template import read_template
from anatofit.app.turned import ras_to_lps
from anatofit.app.wording import reasons_of
from anatofit.errors import PrescriptionError, Reason

if TYPE_CHECKING:
    from anatofit.devices.base import Device
    from anatofit.model.make import Material, Printer


def asked_of(device: Device, data: Mapping[str, Any], *, beside: Path) -> BaseModel | None:
    """The checked spec of a parsed prescription; None where a table is none. Raises PrescriptionError with every reason.

    beside: the prescription's folder, which a catalogue of stock plates is named from; its plates go to the device as `stock`.
    """
    from anatofit.devices.base import surgery_of

    design, plan, form = data.get("design", {}), data.get("plan", {}), surgery_of(device)
    if form is None and "plan" in data:
        raise PrescriptionError(Reason("surgical-plan", f"{device.name} takes no plan of a surgeon; remove [plan]"))
    if not isinstance(design, dict) or not isinstance(plan, dict):
        return None
    if form is None:
        return device.spec(design)
    frame = plan_frame(plan)
    check_form(form, frame)
    surgery = _surgery(form, {key: value for key, value in plan.items() if key != "frame"})
    if frame == SOURCE and table_of(data, "source").get("frame") == "RAS":
        surgery = ras_to_lps(surgery)
    return device.spec(design, surgery=surgery, **_beside(surgery, beside))  # type: ignore[call-arg]


def _beside(surgery: BaseModel, folder: Path) -> dict[str, Any]:
    """What a plan names beside the prescription, read: a catalogue of stock plates, a prosthetist's own rectification."""
    catalogue, template = (getattr(surgery, name, None) for name in ("catalogue", "template"))
    stock = {} if catalogue is None else {"stock": read_catalogue(folder / catalogue)}
    return stock if template is None else {**stock, "template": read_template(folder / template)}


def seat_of(device: Device | None, data: Mapping[str, Any]) -> None:
    """Raises PrescriptionError where placements are asked of a device that is not set down on a bone."""
    from anatofit.devices.base import BONE, made_on

    if device is not None and "seating" in data and made_on(device) != BONE:
        told = f"{device.name} is not pressed onto a bone as a guide is, and no placements of it are tried; remove [seating]"
        raise PrescriptionError(Reason("seating", told))


def material_of(device: Device | None, chosen: tuple[Material, Printer] | None) -> None:
    """Raises PrescriptionError where the device cannot be made of the material."""
    from anatofit.devices.base import unfit_of

    if device is not None and chosen is not None and (why := unfit_of(device, chosen[0])):
        raise PrescriptionError(Reason("order-key", f"make.material: {chosen[0].name} {why}"))


def side_of(device: Device | None, data: Mapping[str, Any]) -> None:
    """Raises PrescriptionError where one foot or one limb is ordered of both sides."""
    from anatofit.devices.base import FOOT, LIMB, made_on

    if device is not None and made_on(device) in (FOOT, LIMB) and table_of(data, "order").get("laterality") == "B":
        two = ', or "B" with the other foot in [pair]' if made_on(device) == FOOT else ""
        said = f'order.laterality: was "B"; a device on one {made_on(device)} has one side: "R", "L", or "U" where it is not known{two}, is wanted'
        raise PrescriptionError(Reason("order-key", said))


def source_of(device: Device | None, data: Mapping[str, Any]) -> None:
    """Raises PrescriptionError where a surface is named and the device is made from a CT, or the other way round; or what
    belongs to a foot for what is not made on one, or other bones for what is not made on a bone."""
    from anatofit.devices.base import BONE, FOOT, SURFACE, made_on, sources_of

    if device is None:
        return
    source = table_of(data, "source")
    if "surface" in source and SURFACE not in sources_of(device):
        told = f"{device.name} needs a CT, and the prescription names a surface. Name the folder of the CT with [source] dicom"
        raise PrescriptionError(Reason("surface-device", told))
    if "surface" not in source and sources_of(device) == {SURFACE}:
        told = f"{device.name} is made from a surface, and the prescription names none. Name the file with [source] surface"
        raise PrescriptionError(Reason("surface-device", told))
    if "neighbours" in source and made_on(device) != BONE:
        told = f"{device.name} is made on no single bone; remove [source] neighbours"
        raise PrescriptionError(Reason("surface-device", told))
    strays = [key for key in ("pressure", "last") if key in source]
    if strays and made_on(device) != FOOT:
        told = f"{device.name} is made on no foot; remove [source] {' and '.join(strays)}"
        raise PrescriptionError(Reason("surface-device", told))


def _surgery(form: type[BaseModel], plan: Mapping[str, Any]) -> BaseModel:
    """As JSON, of which pydantic takes lists for triples and, being strict, no text for a number."""
    try:
        return form.model_validate_json(json.dumps(plan, default=str), strict=True)
    except ValidationError as error:
        raise PrescriptionError(reasons_of(error, known=_keys_of("plan", form), below=("plan",))) from error


def _keys_of(name: str, form: type[BaseModel]) -> dict[str, list[str]]:
    """The keys that each table of a form has, tables in lists too."""
    found = {name: [field.alias or key for key, field in form.model_fields.items()]}
    for key, field in form.model_fields.items():
        for inner in get_args(field.annotation) or (field.annotation,):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found |= _keys_of(f"{name}.{key}", inner)
    return found


def unheld_patient(data: Mapping[str, Any]) -> tuple[Reason, ...]:
    """A research volume cannot be compared with a patient: an order that names one with it would look checked and not be."""
    given = next((key for key in ("volume", "surface") if key in table_of(data, "source")), None)
    if given is None or not table_of(data, "patient"):
        return ()
    what = "research volume" if given == "volume" else "surface"
    said = f"[patient] is given with a {what}, which bears no identity to compare it with. Use the patient's DICOM slices, or leave [patient] out"
    return (Reason("research-patient", said),)


def table_of(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A table of the parsed prescription; empty where it is none, which its form says."""
    table = data.get(name)
    return table if isinstance(table, dict) else {}
