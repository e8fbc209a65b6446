"""Plans on bones that cannot be carried out."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-3101",
        "plan-misses-bone",
        "A point of the plan, or the plane through it, does not meet the bone where the device would sit.",
        "Give the coordinates in the source's own frame and unit; look at the plan on the bone.",
        exit_code=2,
    ),
    Rule(
        "AF-3102",
        "approach",
        "The way in lies so far out of a planned plane or axis that no device can be set down along it.",
        "Give an approach that lies near the planes of all cuts, or none: the best is then chosen and reported.",
        exit_code=2,
    ),
    Rule(
        "AF-3103",
        "no-footing",
        "Along the way in, the bone offers too little ground that a device could stand on.",
        "Choose another approach or a longer reach of the base, or a place where the bone is broader.",
        exit_code=2,
    ),
    Rule(
        "AF-3104",
        "no-room",
        "What was asked for has no room on the device beside the rest.",
        "Make it smaller or the device larger, as the message says.",
        exit_code=2,
    ),
    Rule(
        "AF-3105",
        "surgical-plan",
        "The order has a table [plan], and its product line takes none.",
        "Remove the table, or order a guide or a plate.",
        exit_code=2,
    ),
    Rule(
        "AF-3106",
        "way-blocked",
        "Bone, or another bone of the scan, stands in the way of a drill or blade, or over a sleeve where the guide comes off.",
        "Move the entry, lean the axis away from that bone, or order a shorter sleeve; look at the plan on the bone.",
        exit_code=2,
    ),
    Rule(
        "AF-3107",
        "not-that-bone",
        "The shape is not that of the bone that [locate] names.",
        "Check source and unit; a part of a bone, and one far from the usual proportions, has no landmarks that can be found by rule.",
    ),
    Rule(
        "AF-3111",
        "hinge",
        "The hinge line of a wedge does not run through the bone, or the wedge's places and directions tell no cut with it.",
        "Give hinge, hinge_axis, start and distal in the source's own frame and unit; look at the plan on the bone.",
        exit_code=2,
    ),
    Rule(
        "AF-3112",
        "not-located",
        "A wedge is told by side and distances, and the bone was not recognised as a whole tibia or femur.",
        "Give the whole bone; [locate] bone names it, and says why it is not known. Or tell the wedge by coordinates.",
        exit_code=2,
    ),
    Rule(
        "AF-3113",
        "marks",
        "Marks of a cut call proximal what lies distal on the bone, or the other way round, or those of two cuts contradict each other.",
        "Exchange the two marks, or turn the cut's normal; the first stands on the normal's side.",
        exit_code=2,
    ),
    Rule(
        "AF-3114",
        "plan-surface",
        "A surface that the surgeon's plan names cannot be read.",
        "Name a file beside the prescription, as [[plan.keep_out]] surface does; a link is not followed.",
        exit_code=2,
    ),
    Rule(
        "AF-3115",
        "keep-out",
        "A drill would be led into what the plan keeps out of, or nearer to it than it may come.",
        "Move entry or target, correct what is kept out of, or accept less room (design.keep_out_mm); look at the plan on the bone.",
        exit_code=2,
    ),
    Rule(
        "AF-3121",
        "screw-lean",
        "A screw is aimed so far from the plate's normal that its head would not lie in its hole.",
        "Move its target or its place, or let screws lean more (lean_deg).",
        exit_code=2,
    ),
    Rule(
        "AF-3122",
        "catalogue",
        "The catalogue of stock plates that the order names cannot be used.",
        "Correct catalogue.toml or the surface that it names, as the message says, or remove plan.catalogue.",
        exit_code=2,
    ),
    Rule(
        "AF-3131",
        "seating",
        "The order has a table [seating], and its product line is not pressed onto a bone.",
        "Remove the table, or order a guide.",
        exit_code=2,
    ),
    Rule(
        "AF-3141",
        "rectification",
        "A rectification cannot be laid on the limb: its file cannot be read, a landmark is not known, or what is asked needs a side.",
        "Correct the template, mark the landmark by hand, order the side, or take a template that needs none, as the message says.",
        exit_code=2,
    ),
)
