"""A foot that is recognised by its shape: its sole over the plane it stands on, its axes, its side, its landmarks and measures."""
