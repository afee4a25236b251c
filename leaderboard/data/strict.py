"""Base class of what files of the program's own formats say."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A frozen part of a task file in which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
