"""What lies in the folder, archive or medium that was given."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-1101",
        "no-dicom",
        "The folder is missing, empty, or holds no DICOM file.",
        "Name the folder that holds the slices of the scan.",
    ),
    Rule(
        "AF-1102",
        "unreadable-file",
        "A file bears the DICOM mark but cannot be read, so a slice may be lost.",
        "Export the scan again, or remove the broken files if they do not belong to it.",
    ),
    Rule(
        "AF-1103",
        "series-not-found",
        "The series that the prescription names is not in the folder.",
        "Correct [source] series, or leave it out; the inspect command lists the series.",
    ),
    Rule(
        "AF-1104",
        "duplicate-instance",
        "Several files of different content bear one SOP Instance UID.",
        "Export one series alone; which of them is right nobody can tell.",
    ),
    Rule(
        "AF-1105",
        "changed-file",
        "A file changed while it was being read.",
        "Wait until the export is complete, run again.",
    ),
)
