"""What every part of a Direction is made of: frozen models, and numbers that carry unit, step and neutral point."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


def number(ge: float, le: float, unit: str, step: float, neutral: float, label: str = "") -> Any:
    """A bounded number whose unit, step, neutral point and label the desk's slider reads from the schema."""
    extra: dict[str, Any] = {"unit": unit, "step": step, "neutral": neutral, "label": label}
    return Field(ge=ge, le=le, json_schema_extra=extra)


Ev = Annotated[float, number(-6, 6, "EV", 0.1, 0)]
Degrees = Annotated[float, number(-180, 180, "°", 1, 0)]


class Part(BaseModel):
    """A frozen part of a Direction: unknown fields, NaN and infinities are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
