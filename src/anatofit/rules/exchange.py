"""The exchange with archives: what was received, what was pulled."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-4001",
        "exchange-missing",
        "A library that the exchange with archives needs is not installed.",
        "Install anatofit[exchange].",
        exit_code=2,
    ),
    Rule(
        "AF-4002",
        "inbox",
        "The folder for what is received or pulled is in use, or cannot be written.",
        "Name another folder, or end the listener that works on it.",
        exit_code=2,
    ),
    Rule(
        "AF-4003",
        "listen",
        "Nothing can listen at the address and port that are set.",
        "Choose another port, or end the program that holds it.",
        exit_code=2,
    ),
    Rule(
        "AF-4004",
        "callers",
        "No AE title is known that may send, so that nobody could.",
        "Name each sender with --caller, or in [receive] callers of the site's anatofit.toml.",
        exit_code=2,
    ),
    Rule(
        "AF-4005",
        "order-without-patient",
        "The order for what is received names no patient, so that it would be carried out on anybody's scan.",
        "Put [patient] id or id_sha256 into the order.",
        exit_code=2,
    ),
    Rule(
        "AF-4006",
        "pacs",
        "The archive that was named is not in the site's anatofit.toml, or none is, or it is not plain which is meant.",
        "Write [pacs.NAME] into anatofit.toml, and name it with --from or [source] pacs.",
        exit_code=2,
    ),
    Rule(
        "AF-4007",
        "pacs-login",
        "What is needed to log in at the archive is missing, or can be read by others.",
        "Set the variable that the site's anatofit.toml names, or the rights of the file that it names (chmod 600).",
        exit_code=2,
    ),
    Rule(
        "AF-4008",
        "pacs-unreachable",
        "The archive does not answer, refuses us, or breaks the rules of its protocol.",
        "Ask who runs the archive; try again later.",
    ),
    Rule(
        "AF-4009",
        "study-not-found",
        "The archive has no study of that accession number or UID.",
        "Correct the number, or name another archive.",
    ),
    Rule(
        "AF-4010",
        "several-studies",
        "The archive has several studies of that accession number.",
        "Choose one by its UID with --study.",
    ),
    Rule(
        "AF-4011",
        "pull-incomplete",
        "The archive sent less than it lists, or what it sent is not what it lists.",
        "Pull again; if it is the same then, ask who runs the archive.",
    ),
    Rule(
        "AF-4012",
        "pull-too-large",
        "The archive lists or sends more than a study can be, or the disk has no room for it.",
        "Make room, or ask who runs the archive.",
    ),
)
