"""Mutated scans against intake: nothing may crash it, hang it, swell it, or end it outside its own tree of errors."""
