"""Measures what was exported and says what holds. Shares no geometry with the builder: triangles from files, distances by VTK.

`run.verify` measures parts against requirements; `pack_check.check_pack` measures a whole pack again from its files alone.
"""
