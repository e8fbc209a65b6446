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
        "The series that was asked for is not in the folder.",
        "Correct the name ([source] series; on the command line: --series), or leave it out; the inspect command lists the series.",
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
    Rule(
        "AF-1106",
        "executable-preamble",
        "The bytes before a file's DICOM mark begin like a program, a script or a page: it may run where it is opened.",
        "Find out where the file comes from before anything else; export the scan again.",
    ),
    Rule(
        "AF-1107",
        "not-dicom",
        "A file is named as DICOM, or is empty, and holds no DICOM data set, so a slice may be lost.",
        "Export the scan again, or remove the file if it does not belong to it.",
    ),
    Rule(
        "AF-1108",
        "nested-too-deep",
        "Sequences of a file are nested deeper than any real one.",
        "Find out where the file comes from; export the scan again.",
    ),
    Rule(
        "AF-1109",
        "too-many-elements",
        "A file holds more elements than any real one.",
        "Find out where the file comes from; export the scan again.",
    ),
    Rule(
        "AF-1110",
        "inflates-too-far",
        "A deflated file inflates to more than its own picture takes.",
        "Find out where the file comes from; export the scan again, uncompressed.",
    ),
    Rule(
        "AF-1111",
        "pixel-length",
        "A file holds more pixels than its rows, columns and frames say, so one of them is wrong.",
        "Export the scan again from the archive, whole and alone.",
    ),
    Rule(
        "AF-1112",
        "archive-broken",
        "A zip archive cannot be unpacked.",
        "Pack the scan again, with the deflate method.",
    ),
    Rule(
        "AF-1113",
        "archive-encrypted",
        "A zip archive is encrypted.",
        "Unpack it, and name the folder.",
    ),
    Rule(
        "AF-1114",
        "archive-path",
        "Entries of a zip archive are named by paths that lead out of it.",
        "Find out where the archive comes from; pack the scan again.",
    ),
    Rule(
        "AF-1115",
        "archive-link",
        "Entries of a zip archive are links or devices.",
        "Pack the files themselves.",
    ),
    Rule(
        "AF-1116",
        "archive-nested",
        "An archive lies in a zip archive.",
        "Unpack it, and name the folder that holds the slices.",
    ),
    Rule(
        "AF-1117",
        "archive-twice",
        "Several entries of a zip archive bear one name.",
        "Pack the scan again.",
    ),
    Rule(
        "AF-1118",
        "archive-too-large",
        "A zip archive holds more entries, or unpacks to more, than is allowed.",
        "Unpack it, and name the folder that holds the slices.",
    ),
    Rule(
        "AF-1119",
        "media-reference",
        "A DICOMDIR names a file outside of its own folder, or over a link, or what is no file.",
        "Find out where the medium comes from; name the folder that holds the slices.",
    ),
    Rule(
        "AF-1120",
        "media-missing",
        "A DICOMDIR names files that are not there, so slices may be lost.",
        "Copy the whole medium, or name the folder that holds the slices.",
    ),
    Rule(
        "AF-1121",
        "quarantine",
        "The quarantine folder cannot be written, lies in the scan, or is open to others.",
        "Name another folder.",
        exit_code=2,
    ),
    Rule(
        "AF-1122",
        "unpack",
        "There is no room to unpack an archive in.",
        "Make room, or set TMPDIR to a folder with more.",
        exit_code=2,
    ),
    Rule(
        "AF-1123",
        "frame-groups",
        "A multi-frame object tells of fewer or more frames than it holds, so nobody knows where each lies.",
        "Export the series again as single CT images, or as Enhanced CT with a functional group for every frame.",
    ),
)

# Files, archives and media that are refused before they are opened any further: nothing else may look into them either.
UNOPENED: frozenset[str] = frozenset(
    {
        "unreadable-file", "executable-preamble", "not-dicom", "nested-too-deep", "too-many-elements", "inflates-too-far",
        "pixel-length", "archive-broken", "archive-encrypted", "archive-path", "archive-link", "archive-nested",
        "archive-twice", "archive-too-large", "media-reference", "media-missing",
    }
)  # fmt: skip
