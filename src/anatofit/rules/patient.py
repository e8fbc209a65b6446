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
    Rule(
        "AF-1503",
        "mixed-studies",
        "The slices of one series are of several studies, or of days far apart.",
        "Export each series alone, as it was made.",
    ),
    Rule(
        "AF-1504",
        "burned-in-text",
        "The images are said to hold burned-in text, which may name the patient and covers what lies beneath.",
        "Ask for the original slices of the scanner.",
    ),
)
