"""Is it fit for use: studies on whole scans, with scoring of their own. tests/ ask whether the code is right."""
