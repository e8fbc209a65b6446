"""The report: one page that says what was made, why it may be trusted, what was measured. It judges nothing itself."""
