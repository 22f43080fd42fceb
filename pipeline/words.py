"""The pipeline's facts in words: stages, verdicts, and what changed from one Direction to the next."""

from __future__ import annotations

from typing import Any

from pipeline.fields import label_of, unit_of
from pipeline.plate_reading import place_in_words

STAGES = {
    "": "Waiting to start",
    "matte": "Cutting out the piece",
    "body": "Posing the sculpture",
    "pose": "Posing the sculpture",
    "scene": "Building the set",
    "stage": "Building the set",
    "geometry": "Building the set",
    "set": "Building the set",
    "render": "Rendering light",
    "denoise": "Cleaning the render",
    "lock": "Putting the piece back",
    "write": "Writing the picture",
    "qa": "Checking the picture",
    "done": "Done",
}
VERDICTS = {
    "pass": "Passes",
    "warn": "Look again",
    "fail": "Fails",
    "not verifiable": "Can't be verified",
    "not applicable": "Nothing to check",
}
# The tone of a verdict's badge, and the mark that says the same without colour.
TONES = {"pass": "ok", "warn": "warn", "fail": "bad", "not verifiable": "warn", "not applicable": "quiet"}
MARKS = {"pass": "✓", "warn": "!", "fail": "✕", "not verifiable": "?", "not applicable": "–"}
SENTENCES = {
    "pass": "The piece in the picture is the piece that was photographed.",
    "warn": "The piece is kept; something should be looked at before this goes out.",
    "fail": "This picture doesn't hold to its photo: it should not go out.",
    "not verifiable": "It can't be verified that this is the photographed piece. That is no pass.",
    "not applicable": "Nothing here could be checked.",
}


def stage_in_words(stage: str) -> str:
    """A stage's short name as people read it; an engine's own stage is shown as it calls it."""
    return STAGES.get(stage, stage.replace("_", " ").capitalize())


def verdict_in_words(verdict: str) -> str:
    return VERDICTS.get(verdict, "")


def difference_in_words(changed: dict[str, list[Any]]) -> list[str]:
    """``{"rig.lights.key.ev": [0.0, 0.5]}`` as ``["Key light: level 0 → +0.5 EV"]``."""
    lights: dict[str, set[str]] = {"added": set(), "removed": set()}
    lines = []
    for path, (before, after) in changed.items():
        parts = path.split(".")
        if parts[:2] == ["rig", "lights"] and len(parts) == 4 and (before is None or after is None):
            lights["added" if before is None else "removed"].add(parts[2])
            continue
        if path == "version":
            continue
        if parts[0] == "plate":
            line = _plate_line(parts, before, after)
            if line and line not in lines:
                lines.append(line)
            continue
        lines.append(f"{label_of(path)} {_value(path, before)} → {_value(path, after)}")
    lines += [f"{name.capitalize()} light added" for name in sorted(lights["added"])]
    lines += [f"{name.capitalize()} light removed" for name in sorted(lights["removed"])]
    return lines


def _plate_line(parts: list[str], before: Any, after: Any) -> str:
    """A plate's hash and its measured points are said by what they mean."""
    if parts[1:2] == ["sha256"]:
        return "Another plate" if before and after else "On a plate" if after else "No plate any more"
    if parts[1:2] == ["anchor"]:
        words = [place_in_words(name) if name and name != "auto" else "the surest place" for name in (before, after)]
        return f"Place on the plate {words[0].lower()} → {words[1].lower()}" if before and after else ""
    if parts[1:2] == ["calibrations"] and len(parts) > 2:
        return "Measured on the plate anew"
    return ""


def _value(path: str, value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).replace("-", " ")
    number = f"{value:g}".replace("-", "−")
    unit = unit_of(path)
    if unit == "f/":
        return f"f/{number}"
    return f"{number} {unit}" if unit and unit != "°" else f"{number}{unit}"
