"""Whose images they are."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-1501",
        "mixed-patients",
        "The files belong to more than one patient.",
        "Give each patient a folder of their own.",
    ),
    Rule(
        "AF-1502",
        "patient-mismatch",
        "The scan is not of the patient that the prescription names.",
        "Check the prescription and the scan; this cannot be waived.",
    ),
)
