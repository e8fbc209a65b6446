"""What does not stop a design and a reader should know: tags that contradict the slices' own positions, and what was done about it.

The truth is each slice's Image Position and Orientation (PS3.3, C.7.6.2); SliceThickness, SliceLocation, InstanceNumber,
SpacingBetweenSlices and GantryDetectorTilt are compared with it and never used in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from anatofit.ingest.header.instance import Instance
from anatofit.ingest.header.intake import oddity_notes
from anatofit.ingest.pixel.loss import loss_told
from anatofit.ingest.pixel.told import value_notes
from anatofit.ingest.series.alike import alike_notes
from anatofit.ingest.series.stack import AXIS_NAMES, EVEN_MM, TILT_DEG, Stack, even_tolerance_mm
from anatofit.ingest.series.suitability import typical_step_mm
from anatofit.model.words import counted

# A tilt that the scanner notes is rounded to tenths or halves of a degree.
TILT_TAG_DEG = 0.6
# The diameter of the reconstructed field is noted in whole millimetres, or as the image less a pixel.
DIAMETER_PART = 0.02


def series_notes(instances: Sequence[Instance], stack: Stack | None, copies: Sequence[Instance]) -> Iterator[str]:
    """Sentences for report and terminal."""
    if copies:
        yield f"{counted(len(copies), 'copy', 'copies')} of slices left aside: the same pixels at the same place"
    if stack is not None and typical_step_mm(stack) > 0:
        yield from _places(stack)
        yield from _contradictions(instances, stack)
    if loss := loss_told(instances):
        yield f"the images were compressed with loss {loss}"
    if any(i.contrast for i in instances):
        yield "a contrast agent was given: vessels may reach the values of bone"
    yield from value_notes(instances)
    yield from _diameter(instances)
    yield from alike_notes(instances)
    kernels = Counter(i.kernel for i in instances)
    if len(kernels) > 1:
        yield f"{len(kernels)} reconstruction kernels in one series"
    yield from oddity_notes(instances)
    if not any(i.frame_uid for i in instances):
        yield "no frame of reference is stated"


def _places(stack: Stack) -> Iterator[str]:
    step = typical_step_mm(stack)
    if stack.tilt_deg > 0:
        yield f"the slices lean against their stack by {stack.tilt_deg:.2f} degrees (tilted gantry): each was placed by its own position"
    if stack.uneven_mm > even_tolerance_mm(step):
        low, high = float(np.diff(stack.along_mm).min()), float(np.diff(stack.along_mm).max())
        yield f"the slices are unevenly spaced, {low:.3f} to {high:.3f} mm apart: each was placed by its own position"
    elif stack.uneven_mm > 1e-3:
        yield f"slices lie up to {stack.uneven_mm:.4f} mm off their even places"
    if "turned" in stack.plane or stack.axis != 2:
        yield f"the stack is {stack.plane} (along {AXIS_NAMES[stack.axis]})"


def _contradictions(instances: Sequence[Instance], stack: Stack) -> Iterator[str]:
    ordered = [instances[i] for i in stack.order]
    step = typical_step_mm(stack)
    table_step = step / np.cos(np.radians(stack.tilt_deg))
    tags = [i.spacing_tag_mm for i in ordered if i.spacing_tag_mm is not None]
    if any(min(abs(abs(t) - step), abs(abs(t) - table_step)) > EVEN_MM for t in tags):
        yield f"the tag SpacingBetweenSlices contradicts the positions; the positions ({step:g} mm) are used"
    thick = max((i.thickness_mm for i in ordered if i.thickness_mm is not None), default=0.0)
    if thick > 1.5 * step:
        yield f"slices of {thick:g} mm overlap at a step of {step:g} mm: edges across them are softened"
    if 0 < thick < step - EVEN_MM:
        yield f"slices of {thick:g} mm leave gaps at a step of {step:g} mm"
    yield from _locations(ordered, stack)
    yield from _numbers(ordered)
    yield from _tilt_tag(ordered, stack)


def _locations(ordered: Sequence[Instance], stack: Stack) -> Iterator[str]:
    """SliceLocation is relative (PS3.3, C.7.6.2.1.2) and of either sign; it may count along the normal or along the table.

    So one that counts backwards is no contradiction; it is said all the same, as a reader who sorts by it sees the stack upside down.
    """
    said = np.array([np.nan if i.location_tag_mm is None else i.location_tag_mm for i in ordered])
    if np.isnan(said).any():
        return
    along = np.abs(np.diff(stack.along_mm))
    table = np.linalg.norm(np.diff(stack.positions_lps_mm, axis=0), axis=1)
    steps = np.diff(said)
    signs = {
        sign
        for sign in (1, -1)
        if any(np.abs(sign * steps - true).max(initial=0.0) <= 2 * EVEN_MM for true in (along, table))
    }
    if not signs:
        yield "the tag SliceLocation contradicts the positions; the positions are used"
    elif signs == {-1} and stack.axes_lps[stack.axis, 2] > 0:  # against the slices' normal and the patient's axis alike
        yield "the tag SliceLocation counts down where the positions count up, which it may; the positions are used"


def _numbers(ordered: Sequence[Instance]) -> Iterator[str]:
    numbers = [i.instance_number for i in ordered if i.instance_number is not None]
    if len(numbers) < len(ordered):
        return
    steps = np.diff(np.array(numbers, dtype=np.int64))
    yield from _thinned(numbers)
    against = int(min((steps <= 0).sum(), (steps >= 0).sum()))
    if against:
        yield f"the instance numbers run in another order than the positions ({against} of {len(steps)} steps); the positions are used"


def _thinned(numbers: Sequence[int]) -> Iterator[str]:
    """Numbers that are left out alike from slice to slice, or here and there.

    Somebody may have taken slices out, or the scanner numbers two reconstructions in turn: the numbers cannot tell. What is left is
    judged by its spacing, and a hole in the places themselves is `missing-slice`.
    """
    taken = set(numbers)
    low, high = min(taken), max(taken)
    lost = high - low + 1 - len(taken)
    if len(taken) != len(numbers) or not lost:
        return
    among = f"{len(taken)} slices bear numbers from {low} to {high}"
    widths = {abs(b - a) for a, b in pairwise(numbers)}
    if len(widths) == 1:
        yield f"{among} in steps of {widths.pop()}: slices may have been left out; the spacing of those here is judged"
    else:
        yield f"{among}, of which {lost} {'is' if lost == 1 else 'are'} not there; the positions are used"


def _tilt_tag(ordered: Sequence[Instance], stack: Stack) -> Iterator[str]:
    tag = max((abs(i.tilt_tag_deg) for i in ordered if i.tilt_tag_deg is not None), default=None)
    if tag is not None and max(tag, stack.tilt_deg) > TILT_DEG and abs(tag - stack.tilt_deg) > TILT_TAG_DEG:
        yield f"the scanner notes a gantry tilt of {tag:g} degrees, the positions show {stack.tilt_deg:.2f}; the positions are used"


def _diameter(instances: Sequence[Instance]) -> Iterator[str]:
    """The reconstructed field is as wide as the image, or its diagonal where the corners are filled (PS3.3, C.8.2.1)."""
    for i in instances:
        if not (i.reconstruction_mm and i.pixel_mm and i.rows and i.columns):
            continue
        sides = (i.rows * i.pixel_mm[0], i.columns * i.pixel_mm[1])
        if min(abs(i.reconstruction_mm / wide - 1) for wide in (*sides, float(np.hypot(*sides)))) > DIAMETER_PART:
            yield (
                f"the tag ReconstructionDiameter ({i.reconstruction_mm:g} mm) contradicts the pixels ({sides[1]:.1f} x {sides[0]:.1f} mm); "
                f"the pixels are used"
            )
            return
