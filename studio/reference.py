"""The API's OpenAPI schema as rows for a page to read: a group a noun, its operations, their fields and answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Field:
    """One field or parameter: `kind` is its type in words."""

    name: str
    kind: str
    required: bool
    words: str = ""


@dataclass(frozen=True)
class Operation:
    """One method of one address, with what it takes and what it answers by status."""

    anchor: str
    method: str
    path: str
    words: str
    parameters: list[Field]
    body: list[Field]
    answers: list[tuple[str, str, list[Field]]]
    is_public: bool


@lru_cache(maxsize=1)
def groups() -> list[tuple[str, list[Operation]]]:
    """Every operation of the API by its first noun, in the schema's order. Made once a process: routes don't change."""
    schema = SchemaGenerator(api_version="1").get_schema(request=None, public=True)
    components = schema.get("components", {}).get("schemas", {})
    found: dict[str, list[Operation]] = {}
    for path, item in schema["paths"].items():
        noun = path.removeprefix("/api/v1/").split("/")[0]
        for method in METHODS:
            if method in item:
                found.setdefault(noun, []).append(_operation(path, method, item[method], components))
    return sorted(found.items())


def _operation(path: str, method: str, facts: dict[str, Any], components: dict[str, Any]) -> Operation:
    content = facts.get("requestBody", {}).get("content", {})
    body: dict[str, Any] = next((kind["schema"] for kind in content.values() if "schema" in kind), {})
    answers = []
    for status, answer in facts.get("responses", {}).items():
        answered: dict[str, Any] = next((kind.get("schema", {}) for kind in answer.get("content", {}).values()), {})
        answers.append(
            (status, kind_of(answered, components) if answered else "nothing", fields_of(answered, components))
        )
    return Operation(
        anchor=facts["operationId"],
        method=method.upper(),
        path=path,
        words=(facts.get("summary") or facts.get("description") or "").strip(),
        parameters=[
            Field(
                p["name"], kind_of(p.get("schema", {}), components), p.get("required", False), p.get("description", "")
            )
            for p in facts.get("parameters", [])
        ],
        body=fields_of(body, components),
        answers=answers,
        is_public=any(not way for way in facts.get("security", [])),
    )


def fields_of(schema: dict[str, Any], components: dict[str, Any]) -> list[Field]:
    """The properties of an object, of what a list holds, or of a page's rows."""
    if "$ref" in schema:
        schema = components.get(_name(schema), {})
    if schema.get("type") == "array":
        return fields_of(schema.get("items", {}), components)
    properties = schema.get("properties", {})
    if {"next", "previous", "results"} <= properties.keys():
        return fields_of(properties["results"], components)
    required = set(schema.get("required", []))
    return [
        Field(name, kind_of(facts, components), name in required, facts.get("description", ""))
        for name, facts in properties.items()
    ]


def kind_of(schema: dict[str, Any], components: dict[str, Any]) -> str:
    """A schema's type in a few words: "integer or null", "list of Role", "one of: open, accepted"."""
    if "$ref" in schema:
        named = components.get(_name(schema), {})
        if "enum" in named:
            return kind_of(named, components)
        return _name(schema).removesuffix("Out").removesuffix("Request").removesuffix("List")
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            kinds = dict.fromkeys(kind_of(one, components) for one in schema[several])
            return " or ".join(k for k in kinds if k != "nothing") + (" or null" if schema.get("nullable") else "")
    if "enum" in schema:
        return "one of: " + ", ".join(str(value) for value in schema["enum"] if value not in ("", None))
    kind = schema.get("type", "anything")
    if kind == "array":
        kind = f"list of {kind_of(schema.get('items', {}), components)}"
    elif schema.get("format") in {"date", "date-time", "email", "uri", "binary", "uuid"}:
        kind = {"uri": "address", "date-time": "time", "binary": "file"}.get(schema["format"], schema["format"])
    return f"{kind} or null" if schema.get("nullable") else kind


def _name(schema: dict[str, Any]) -> str:
    return schema["$ref"].rsplit("/", 1)[-1]
