"""NIfTI and NRRD: a grid of numbers without a patient."""
