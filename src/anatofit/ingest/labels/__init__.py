"""Somebody else's segmentation, compared with the scan that it claims to belong to."""
