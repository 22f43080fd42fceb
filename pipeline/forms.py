"""The desk's form: dotted names (``camera.fill``, ``rig.lights.0.ev``) read into a Direction, with words for each field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from pydantic import ValidationError

from pipeline.direction import Direction, read_direction
from pipeline.errors import DirectionRefused
from pipeline.fields import label_of
from studio.errors import Invalid, LoupeError

# What the form sends besides the Direction.
OWN_NAMES = frozenset({"csrfmiddlewaretoken", "note", "parent"})


def read_direction_form(items: Iterable[tuple[str, str]]) -> Direction:
    """The Direction that the form holds. Raises Invalid (422) whose `details["errors"]` names each field at fault."""
    data: dict[str, Any] = {}
    lights: dict[int, dict[str, str]] = {}
    for name, value in items:
        if name in OWN_NAMES:
            continue
        if name == "plate":
            if value:
                sha256, _, anchor = value.partition(" ")
                data["plate"] = {"sha256": sha256, "anchor": anchor or "auto"}
            continue
        parts = name.split(".")
        if parts[:2] == ["rig", "lights"] and len(parts) == 4 and parts[2].isdigit():
            lights.setdefault(int(parts[2]), {})[parts[3]] = value
            continue
        place = data
        for part in parts[:-1]:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                raise refused({name: ["There is no such field."]})
            place = inner
        place[parts[-1]] = value
    if data.get("engine") != "plate":
        data.pop("plate", None)  # chosen, then left for another engine
    if data.get("version") == "1":
        data["version"] = 1  # a form has only text, and the schema's version is no text
    if isinstance(data.get("rig"), dict):
        data["rig"]["lights"] = [lights[i] for i in sorted(lights)]
    return checked_direction(data)


def checked_direction(data: Any) -> Direction:
    """`read_direction` whose refusal is the site's: Invalid, a message a field."""
    try:
        return read_direction(data)
    except DirectionRefused as error:
        raise refused(messages_of(error)) from error


def messages_of(error: DirectionRefused) -> dict[str, list[str]]:
    """What is wrong by field path, in plain words."""
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return {"direction": [error.message]}
    found: dict[str, list[str]] = {}
    for fault in cause.errors():
        path = ".".join(str(part) for part in fault["loc"]) or "direction"
        found.setdefault(path, []).append(_in_words(fault))
    return found


def refused(errors: dict[str, list[str]]) -> Invalid:
    """Invalid for these fields: the message names the first few as people know them."""
    told = "; ".join(f"{label_of(path)}: {messages[0]}" for path, messages in list(errors.items())[:3])
    more = f" And {len(errors) - 3} more." if len(errors) > 3 else ""
    return Invalid(
        "direction.invalid",
        f"The direction can't be run as it is. {told}{more}",
        "Nothing was run, and nothing of it is lost.",
        errors=errors,
    )


def _in_words(fault: Any) -> str:
    limits = fault.get("ctx", {})
    match fault["type"]:
        case "greater_than_equal":
            return f"must be {limits['ge']:g} or more."
        case "less_than_equal":
            return f"must be {limits['le']:g} or less."
        case "extra_forbidden":
            return "there is no such field."
        case "missing":
            return "is missing."
        case "finite_number" | "float_parsing" | "float_type" | "int_parsing" | "int_type" | "int_from_float":
            return "must be a number."
        case "literal_error":
            return f"must be one of {limits['expected']}."
        case "value_error":
            return f"{limits['error']}."
    return f"{fault['msg'][:1].lower()}{fault['msg'][1:]}."


class PlateForm(forms.Form):
    """A plate as it is taken in; `owner` is a brand's number, or ``studio``."""

    file = forms.FileField(
        label="Photograph",
        help_text="A person without jewelry, the place bare and well lit. 600 px or more; 2000 px is good.",
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/tiff,image/webp"}),
    )
    name = forms.CharField(max_length=120, help_text="As you call it: “Hand on linen, morning”.")
    license = forms.CharField(
        label="Licence",
        max_length=2000,
        help_text="Who took it, who is on it, and what it may be used for.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    owner = forms.ChoiceField(label="Whose it is")

    def __init__(self, *args: Any, owners: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.choices = owners
        self.fields["owner"].initial = owners[0][0]

    def take(self, error: LoupeError) -> None:
        """An action's refusal as the form's errors."""
        named = error.details.get("errors")
        if not isinstance(named, dict):
            self.add_error("file", f"{error.message} {error.hint}".strip())
            return
        for name, messages in named.items():
            self.add_error(name if name in self.fields else None, messages)
