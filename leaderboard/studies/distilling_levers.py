"""Levers of distillation."""

from leaderboard.axes.axis import Axis
from leaderboard.mitigations.levers import Extra, Lever, Phase
from leaderboard.mitigations.ranges import Real, Whole


def distilling_levers(layers: int) -> tuple[Lever, ...]:
    """Return the levers of distillation, for a space file that names a teacher."""
    training, teacher = Phase.TRAINING, "teacher"
    return (
        Lever(
            "teacher_share",
            Real(low=0, high=1, half_off=True),
            0.0,
            training,
            (Axis.ACCURACY, Axis.LATENCY),
            "of what a teacher says (needs `teacher`)",
            needs=teacher,
            extra=(
                Extra(teacher, "REF", "whose answers are learned; searches teacher_share, softening, student_layers"),
            ),
        ),
        Lever(
            "softening",
            Real(low=1, high=8),
            2.0,
            training,
            (Axis.ACCURACY,),
            "temperature of the teacher (teacher_share)",
            needs=teacher,
            extra=(Extra("teacher_recipe", "{recipe: finetune}", "what is done to the teacher first"),),
        ),
        Lever(
            "student_layers",
            Whole(low=1, high=layers),
            layers,
            training,
            (Axis.LATENCY, Axis.ACCURACY),
            "kept in a student (teacher_share)",
            needs=teacher,
            one_stack=True,
        ),
    )
