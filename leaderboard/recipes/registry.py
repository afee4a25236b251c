"""Registry: all recipes by name, with those of plug-ins; imports nothing heavy, since the command line reads it."""

from typing import TYPE_CHECKING

from leaderboard.registry import Registry

if TYPE_CHECKING:
    from leaderboard.recipes.recipe import Recipe

AUTO = "auto"
"""Name of the automatic choice by model, device and task."""

recipes: "Registry[type[Recipe]]" = Registry(
    "recipe",
    "leaderboard.recipes",
    {
        "zero_shot": "leaderboard.recipes.zero_shot:ZeroShot",
        "few_shot": "leaderboard.recipes.few_shot:FewShot",
        "letters": "leaderboard.recipes.letters:Letters",
        "as_is": "leaderboard.recipes.as_is:AsIs",
        "probe": "leaderboard.recipes.probe:Probe",
        "finetune": "leaderboard.recipes.finetune:Finetune",
        "lora": "leaderboard.recipes.lora:Lora",
        "distill": "leaderboard.recipes.distill:Distill",
        "ensemble": "leaderboard.recipes.ensemble:Ensemble",
        "active": "leaderboard.recipes.active:Active",
        "self_training": "leaderboard.recipes.self_training:SelfTraining",
        "multitask": "leaderboard.recipes.multitask:Multitask",
        "reptile": "leaderboard.recipes.reptile:Reptile",
    },
    see="leaderboard recipes list",
)
