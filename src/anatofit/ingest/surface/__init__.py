"""Surface scans come in here: STL, PLY, OBJ and 3MF, each read by a bounded reader of its own."""
