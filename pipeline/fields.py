"""The Direction's fields as the desk shows them: panels of sliders and choices, read from its JSON schema.

A new number in `pipeline.direction` appears on the desk, in the difference list and in the API without a line here; this
module only says which panel a part belongs to, and words where the schema has none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pipeline.direction import RIGS, Direction
from pipeline.field_choices import ChoiceGroup, choice_groups

# Panels in the desk's order: id, title, the Direction's parts in it, and the engines that use them (none: all do).
_PANELS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("pose", "Pose", ("pose", "body"), "maquette"),
    ("plate", "Plate", (), "plate"),
    ("camera", "Camera", ("camera",), ""),
    ("light", "Light", ("rig",), "maquette still"),
    ("placement", "Placement", ("placement",), ""),
    ("set", "Set", ("set",), "maquette still"),
    ("finish", "Finish", ("finish",), ""),
    ("engine", "Engine", ("engine", "seed"), ""),
)
# Fields that not every engine uses. A plate's own choice says where on it the piece is worn, and a photograph's camera and
# body stay as they were taken.
_RENDERED = "maquette still"
_USED_BY = {
    "placement.anchor": _RENDERED,
    "placement.tilt_deg": _RENDERED,
    "placement.roll_deg": _RENDERED,
    "placement.drape": _RENDERED,
    "camera.azimuth_deg": _RENDERED,
    "camera.elevation_deg": _RENDERED,
    "camera.focal_length_mm": _RENDERED,
    "camera.f_number": _RENDERED,
}
# Words for fields whose schema has none.
_LABELS = {
    "pose.name": "Pose",
    "body.material": "Material",
    "camera.crop": "Crop",
    "rig.name": "Rig",
    "rig.lights.*.name": "Name",
    "rig.lights.*.azimuth_deg": "Round the piece",
    "rig.lights.*.ev": "Level",
    "placement.anchor": "Anchor",
    "set.backdrop": "Backdrop",
    "set.surface": "Surface",
    "engine": "Engine",
    "quality": "Quality",
    "plate.sha256": "Plate",
    "plate.anchor": "Place on the plate",
    "seed": "Seed",
}


@dataclass(frozen=True)
class DirectionField:
    """One control. `kind` is number (a slider), integer (typed alone), choice or text; `engine` as a panel's."""

    path: str
    label: str
    kind: str
    value: Any
    unit: str = ""
    step: float = 0
    low: float = 0
    high: float = 0
    neutral: float | None = None
    engine: str = ""
    choices: list[ChoiceGroup] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The value as a form holds it: no needless decimals."""
        return f"{self.value:.10g}" if isinstance(self.value, float) else str(self.value)

    @property
    def id(self) -> str:
        return "field-" + self.path.replace(".", "-").replace("_", "-")


@dataclass(frozen=True)
class LightFields:
    """One light of the rig, by its place in it."""

    index: int
    name: str
    fields: list[DirectionField]


@dataclass(frozen=True)
class Panel:
    """A folding panel. `engine` names the engines that use it, apart by spaces; empty where all do."""

    id: str
    title: str
    engine: str
    fields: list[DirectionField]
    lights: list[LightFields]


def panels_of(direction: Direction, category: str = "") -> list[Panel]:
    """Every field of the Direction, but its version and quality, in its panel; choices as they suit the category."""
    data = direction.model_dump(mode="json")
    panels = []
    for panel_id, title, parts, engine in _PANELS:
        fields: list[DirectionField] = []
        lights: list[LightFields] = []
        for part in parts:
            for path in leaves():
                if path.split(".")[0] == part and "*" not in path:
                    fields.append(field_at(path, path, _at(data, path), category))
            if part == "rig":
                lights = [light_fields(i, light) for i, light in enumerate(data["rig"]["lights"])]
        panels.append(Panel(panel_id, title, engine, fields, lights))
    return panels


def light_fields(index: int, light: dict[str, Any]) -> LightFields:
    """The controls of one light, its name first and hidden from the list: it is the light's heading."""
    fields = [
        field_at(path, path.replace("*", str(index)), light[path.rsplit(".", 1)[1]])
        for path in leaves()
        if path.startswith("rig.lights.*.") and not path.endswith(".name")
    ]
    return LightFields(index, light["name"], fields)


def field_at(schema_path: str, path: str, value: Any, category: str = "") -> DirectionField:
    """The control for one leaf of the schema, under the path that its value is sent as."""
    schema = leaves()[schema_path]
    label = label_of(schema_path)
    choices = choice_groups(schema_path, schema, value, category)
    if choices:
        return DirectionField(path, label, "choice", value, choices=choices, engine=_USED_BY.get(schema_path, ""))
    if schema.get("type") == "integer" and "step" not in schema:
        return DirectionField(
            path, label, "integer", value, low=schema.get("minimum", 0), high=schema.get("maximum", 0)
        )
    if schema.get("type") in {"number", "integer"}:
        return DirectionField(
            path,
            label,
            "number",
            value,
            unit=schema.get("unit", ""),
            step=schema.get("step", 1),
            low=schema.get("minimum", 0),
            high=schema.get("maximum", 0),
            neutral=schema.get("neutral"),
            engine=_USED_BY.get(schema_path, ""),
        )
    return DirectionField(path, label, "text", value)


def label_of(path: str) -> str:
    """A path of `pipeline.direction.differences` or of a form in words: ``rig.lights.key.ev`` is "Key light, level"."""
    parts = path.split(".")
    if parts[:2] == ["rig", "lights"] and len(parts) == 4:
        label = _label(f"rig.lights.*.{parts[3]}")
        if parts[2] == "*":
            return label
        name = f"Light {int(parts[2]) + 1}" if parts[2].isdigit() else f"{parts[2].capitalize()} light"
        return f"{name}, {label.lower()}"
    return _label(path)


def unit_of(path: str) -> str:
    parts = path.split(".")
    if parts[:2] == ["rig", "lights"] and len(parts) == 4:
        path = f"rig.lights.*.{parts[3]}"
    return leaves().get(path, {}).get("unit", "")


def rigs() -> dict[str, Any]:
    """The named rigs as data, for the desk's chooser."""
    return {name: rig.model_dump(mode="json") for name, rig in RIGS.items()}


@cache
def leaves() -> dict[str, dict[str, Any]]:
    """Every leaf of the Direction's JSON schema by its path; a light's are under ``rig.lights.*``."""
    schema = Direction.model_json_schema()
    found: dict[str, dict[str, Any]] = {}
    _walk(schema, schema.get("$defs", {}), "", found)
    return found


def _walk(node: dict[str, Any], defs: dict[str, Any], path: str, found: dict[str, dict[str, Any]]) -> None:
    if "$ref" in node:
        node = defs[node["$ref"].rsplit("/", 1)[1]]
    if node.get("type") == "object":
        for name, part in node["properties"].items():
            _walk(part, defs, f"{path}.{name}" if path else name, found)
    elif node.get("type") == "array" and "items" in node:
        _walk(node["items"], defs, f"{path}.*", found)
    else:
        found[path] = node


def _label(path: str) -> str:
    schema = leaves().get(path, {})
    if path in _LABELS:
        return _LABELS[path]
    return schema.get("label") or path.rsplit(".", 1)[-1].replace("_", " ").capitalize()


def _at(data: dict[str, Any], path: str) -> Any:
    value: Any = data
    for part in path.split("."):
        value = value[part]
    return value
