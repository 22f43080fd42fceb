"""The shape of the access table: one row an address and method, one status a kind of person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

COLUMNS = (
    "anonymous",
    "outsider",
    "other_brand",
    "reviewer",
    "approver",
    "brand_admin",
    "retoucher",
    "producer",
    "studio_admin",
)


@dataclass(frozen=True)
class Row:
    """Who gets which status. `name` is the URL's name in the urlconf; `url(world)` is its path."""

    name: str
    url: Callable[[Any], str]
    method: str
    anonymous: int
    outsider: int
    other_brand: int
    reviewer: int
    approver: int
    brand_admin: int
    retoucher: int
    producer: int
    studio_admin: int
    data: Callable[[Any], Any] | None = None
    content_type: str = "form"
    headers: dict[str, str] = field(default_factory=dict)

    def expected(self) -> dict[str, int]:
        return {column: getattr(self, column) for column in COLUMNS}
