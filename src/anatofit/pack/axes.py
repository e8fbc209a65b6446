"""What a file of the pack says of its coordinates."""

from __future__ import annotations

from anatofit.model.frame import FRAME, SOURCE_AXES

AXES_SAID = {FRAME: "DICOM patient coordinates (LPS)", SOURCE_AXES: "axes as in the source's file"}
