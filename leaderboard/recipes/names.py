"""The recipes that come with the program, by name; light enough for a command line to offer them."""

from enum import StrEnum


class RecipeName(StrEnum):
    """What `--recipe` takes."""

    AUTO = "auto"
    ZERO_SHOT = "zero_shot"
    FEW_SHOT = "few_shot"
    AS_IS = "as_is"
    PROBE = "probe"
    FINETUNE = "finetune"
    LORA = "lora"
    DISTILL = "distill"
    ENSEMBLE = "ensemble"
