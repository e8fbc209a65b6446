"""The study of the slicer finds what the program says of a fault."""

from __future__ import annotations

from validation.studies.slicing import suspect


def test_lines_that_speak_of_repair_or_warn_are_faults_and_others_are_not() -> None:
    said = "number_of_facets = 106932\nmanifold = no\nopen_edges = 3\nfacets repaired\nWarning: empty layer\n20 => Generating perimeters"
    assert suspect(said) == ["manifold = no", "open_edges = 3", "facets repaired", "Warning: empty layer"]
    assert suspect("manifold = yes\nnumber_of_parts =  1\nSlicing result exported") == []
