"""The residual limb below the knee: how it stands, its frame, measures by level, landmarks of its skin and its side."""
