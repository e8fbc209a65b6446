"""Surface scans: STL, PLY, OBJ and 3MF of limbs, feet and bones."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-1601",
        "no-surface",
        "The file of the surface is missing, empty, a folder, or no regular file.",
        "Name the file that holds the surface (in a prescription [source] surface); a link is not followed, copy what it points to.",
    ),
    Rule(
        "AF-1602",
        "surface-format",
        "The file is no surface of triangles or polygons that is read here.",
        "Export the surface again as binary STL, PLY, OBJ or 3MF.",
    ),
    Rule(
        "AF-1603",
        "surface-damaged",
        "The file is not what its own header says: cut short, longer than it says, or with numbers that are none.",
        "Export the surface again, and copy it whole.",
    ),
    Rule(
        "AF-1604",
        "surface-too-large",
        "The file, or the surface in it, is larger than a scan of a limb, a foot or a bone can be.",
        "Export it with fewer triangles (0.5 mm long at the least), as binary STL.",
    ),
    Rule(
        "AF-1605",
        "surface-empty",
        "The file holds no triangle: nothing, points alone, or lines alone.",
        "Export the surface as a mesh, not as a cloud of points.",
    ),
    Rule(
        "AF-1606",
        "surface-numbers",
        "Coordinates are not finite, or beyond all bounds.",
        "Export the surface again; leave out what the scanner could not see.",
    ),
    Rule(
        "AF-1607",
        "surface-unsafe",
        "The file would grow without bounds, leads out of itself, or declares what a surface never needs.",
        "Ask where the file comes from; export the surface again from the program that made it.",
    ),
    Rule(
        "AF-1608",
        "surface-unit",
        "No unit is stated, and the file itself bears none.",
        'State it: unit = "mm", "cm", "m" or "in" in [source], --unit of the inspect command.',
    ),
    Rule(
        "AF-1609",
        "surface-unit-conflict",
        "The unit that is stated is not the one that the file itself bears.",
        "Leave unit out where the file is right; export the surface again where it is wrong.",
    ),
    Rule(
        "AF-1610",
        "surface-size",
        "With this unit the surface is smaller or larger than any limb, foot or bone.",
        "Correct the unit, or waive surface-size with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1611",
        "surface-up",
        "The direction that is stated as up, or that the frame implies, is not the one that the shape shows.",
        'Correct up (such as "+z", in the file\'s own axes) or frame, or waive surface-up with a reason.',
        waivable=True,
    ),
    Rule(
        "AF-1612",
        "surface-one-sided",
        "The surface has one side only, as a Möbius strip has: no inside can be told from an outside.",
        "Export the surface again, as a closed one or as one that is open at an end.",
    ),
    Rule(
        "AF-1613",
        "surface-non-manifold",
        "More than two triangles meet at an edge, in a way that leaves open what belongs together.",
        "Repair the surface in the program that made it, and export it again.",
    ),
    Rule(
        "AF-1614",
        "surface-crossing",
        "The surface cuts itself, beyond what can be mended in place.",
        "Repair the surface in the program that made it (as one body, without overlaps), and export it again.",
    ),
    Rule(
        "AF-1615",
        "surface-torn",
        "The triangles hang together in scraps: too much of the area belongs to no body.",
        "Export the surface as one mesh; scan again where the scan itself is torn.",
    ),
    Rule(
        "AF-1616",
        "surface-mirrored",
        "The file mirrors an object when it is built, which would turn a right side into a left one.",
        "Export the surface as it was scanned, without mirroring.",
    ),
    Rule(
        "AF-1617",
        "surface-device",
        "The product line needs a CT; a surface was named.",
        "Name the folder of the CT with [source] dicom, or order a product line that takes a surface.",
        exit_code=2,
    ),
    Rule(
        "AF-1618",
        "surface-open",
        "The surface of a bone has openings: its inside cannot be told from its outside where a device sits.",
        "Export the whole bone as a closed surface, or close it where it was cut off.",
    ),
    Rule(
        "AF-1631",
        "not-a-foot",
        "The surface is no foot, no sole and no impression of one by its shape.",
        "Check source and unit; scan the whole sole from heel to toes, or the block with the whole impression.",
    ),
    Rule(
        "AF-1632",
        "foot-up",
        "A sheet of a sole is so flat that its dorsal side cannot be told from its ground.",
        'State up (such as "+z", in the file\'s own axes), or scan the sole with its rising edge.',
    ),
    Rule(
        "AF-1633",
        "foot-side",
        "The shape does not tell which foot it is, and the order names no side.",
        'Order it with laterality = "L" or "R".',
    ),
    Rule(
        "AF-1634",
        "grid-header",
        "The header of a height map or pressure map lacks what must be stated, or states what is none.",
        "Write each as '# key = value': cell_mm, view = above or below, and unit = kPa in a pressure map (docs/how-to/feet.md).",
    ),
    Rule(
        "AF-1635",
        "grid-numbers",
        "A cell of a height map or pressure map is no number, beyond what a foot can show, or rows differ in length.",
        "Export the grid again with decimal points; leave cells empty, or write nan, where nothing was measured.",
    ),
    Rule(
        "AF-1636",
        "grid-size",
        "A height map or pressure map is larger, or smaller, than a foot can be.",
        "Check cell_mm; export the part of the grid that holds one foot.",
    ),
    Rule(
        "AF-1637",
        "pressure-place",
        "The pressure map cannot be laid on the foot: its loaded cells do not fit the sole.",
        "Check that view, side and cell_mm are right, that the map holds one foot, or state heel_mm and toe_mm in it.",
    ),
    Rule(
        "AF-1638",
        "pair-side",
        "Both feet of a pair are of one side by their shape.",
        "Name the scan of the other foot in [pair].",
    ),
    Rule(
        "AF-1639",
        "pair-copy",
        "The other foot of a pair is the first one's scan again, as it stands or mirrored: no two feet agree that well.",
        "Scan both feet.",
    ),
    Rule(
        "AF-1641",
        "not-a-limb",
        "The surface is no residual limb below the knee by its shape: no opening above a limb's length, or no knee that can be recognised.",
        "Scan from above the patella to the distal end; check source and unit; or give locate.landmark.patellar_tendon.",
    ),
    Rule(
        "AF-1642",
        "limb-side",
        "The shape of a residual limb does not tell its side, and the order names one that can so be held against nothing.",
        'Order it with laterality = "U", or confirm the side by a waiver with reason and name.',
        waivable=True,
    ),
    Rule(
        "AF-1643",
        "limb-overhang",
        "Folds or overhangs of the limb's skin lie where the socket would: no rigid shell can be put on over them.",
        "Scan the limb in its liner, or order a lower trim line; a bulbous end may need a socket in parts.",
    ),
    Rule(
        "AF-1644",
        "limb-too-short",
        "The limb is too short for a socket, or its scan ends at or below the patellar tendon.",
        "Scan further up the thigh; check unit and landmarks, or mark the patellar tendon by hand.",
    ),
)
