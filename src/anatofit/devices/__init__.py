"""The product lines: an Anatomy becomes a Plan, a Plan becomes Parts. A device imports no other device and no stage."""
