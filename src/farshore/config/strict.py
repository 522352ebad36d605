"""What every model of the configuration is."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen, and unknown fields are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)
