"""Studies: each a command, `python -m validation.studies.NAME --help`."""
