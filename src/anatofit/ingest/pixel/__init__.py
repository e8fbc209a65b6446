"""Stored numbers out of a file, and Hounsfield units out of stored numbers."""
