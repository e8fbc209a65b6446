"""Who the patient is, and who must not know."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-5001",
        "vault",
        "The site's vault cannot be read or written, or is none.",
        "Name a file of your own, in a folder that only you may write to.",
        exit_code=2,
    ),
    Rule(
        "AF-5002",
        "vault-open",
        "The site's vault may be read by others, or lies where everybody may write.",
        "Close the file (chmod 600) and keep it in a folder of its own (chmod 700).",
        exit_code=2,
    ),
    Rule(
        "AF-5003",
        "vault-missing",
        "No vault was named, and pseudonyms need its key.",
        "Name one with --vault, or in the site's anatofit.toml as [identity] vault.",
        exit_code=2,
    ),
    Rule(
        "AF-5004",
        "burned-in",
        "The pictures are said to hold burned-in text, which is not cleaned.",
        "Take the original slices, or clean the pixels with a tool made for that.",
    ),
    Rule(
        "AF-5005",
        "not-cleaned",
        "The folder holds images or objects of a kind that cannot be vouched for.",
        "Name the series of CT slices with --series, or remove the others.",
    ),
    Rule(
        "AF-5006",
        "identity-left",
        "A part of the identity was found in what would have been written.",
        "Have the series looked at; nothing was written.",
    ),
)
