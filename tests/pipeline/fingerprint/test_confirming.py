"""A confirmation: held against its reading, applied to it, and counted by what it corrects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PhotoRefused
from pipeline.fingerprint.confirming import Confirmation, as_read, confirmed_by, corrections, read_confirmation
from pipeline.fingerprint.model import Ellipse, Fingerprint, Links, Silhouette, Stone

SIZE = (400, 300)


def reading(*stones: tuple[float, float, float], unparted: float = 0.0) -> Fingerprint:
    """Of a piece 40 mm wide that fills its photo: 10 px a millimetre."""
    return Fingerprint(
        reader="test", photo_sha256="0" * 64, photo_size=SIZE, category="ring", box=(0, 0, *SIZE), width_mm=40.0,
        words="", confidence=0.4, unparted=unparted, groups=(), links=None, band=None, metals=(), catchlights=(),
        silhouette=Silhouette(outer_px=(), holes_px=(), area_px=0, holes=0),
        stones=tuple(
            Stone(
                id=f"stone-{k:03d}", outline=Ellipse(centre_px=(x, y), axes_px=(d, d), angle_deg=0), centre=(0, 0),
                size_mm=None, colour="clear", group="", confidence=0.4, resolvable=True,
            )
            for k, (x, y, d) in enumerate(stones, 1)
        ),
    )  # fmt: skip


def stone(x: float, y: float, d: float, *, id: str | None = None, colour: str = "clear") -> dict[str, Any]:
    return {"id": id, "outline": {"centre_px": [x, y], "axes_px": [d, d], "angle_deg": 0}, "colour": colour}


def test_confirming_what_was_read_corrects_nothing_and_makes_it_sure() -> None:
    read = reading((100, 100, 20), (200, 100, 20), (300, 200, 40), unparted=0.5)
    same = as_read(read)
    assert corrections(read, same).any is False
    held = confirmed_by(read, same)
    assert [s.confidence for s in held.stones] == [1.0, 1.0, 1.0]
    assert (held.unparted, held.confidence) == (0.0, 1.0)
    assert held.words == "3 stones: 2 small and 1 larger"
    assert held.stones[0].size_mm == (2.0, 2.0)


def test_corrections_are_counted_by_kind() -> None:
    read = reading((100, 100, 20), (200, 100, 20), (300, 200, 40))
    data = {
        "version": 1,
        "stones": [stone(100, 100, 20, id="stone-001"), stone(212, 100, 20, id="stone-002"), stone(50, 50, 10)],
    }
    confirmation = read_confirmation(data, read)
    counts = corrections(read, confirmation)
    assert (counts.kept, counts.moved, counts.added, counts.removed) == (1, 1, 1, 1)
    assert [s.id for s in confirmed_by(read, confirmation).stones] == ["stone-001", "stone-002", "stone-003"]


@pytest.mark.parametrize(
    ("stones", "code"),
    [
        ([stone(10, 10, 5, id="stone-009")], "confirmation.unknown_stone"),
        ([stone(10, 10, 5, id="stone-001"), stone(30, 10, 5, id="stone-001")], "confirmation.unknown_stone"),
        ([stone(400, 10, 5)], "confirmation.outside"),
        ([stone(10, -1, 5)], "confirmation.outside"),
        ([stone(10, 10, 0)], "confirmation.outside"),
        ([stone(10, 10, 4000)], "confirmation.outside"),
        ([stone(float("nan"), 10, 4)], "confirmation.unreadable"),
        ([stone(10, 10, 4, colour="plaid")], "confirmation.unreadable"),
        ([{"x": 1}], "confirmation.unreadable"),
        ("seven", "confirmation.unreadable"),
    ],
)
def test_what_fits_no_photo_is_refused_with_its_reason(stones: Any, code: str) -> None:
    with pytest.raises(PhotoRefused) as refused:
        read_confirmation({"version": 1, "stones": stones}, reading((100, 100, 20)))
    assert refused.value.code == code


axis = st.floats(1, 120)
ellipses = st.builds(
    lambda x, y, a, b, t: {"centre_px": [x, y], "axes_px": [a, b], "angle_deg": t},
    st.floats(0, SIZE[0] - 1), st.floats(0, SIZE[1] - 1), axis, axis, st.floats(-90, 180),
)  # fmt: skip


@given(st.lists(ellipses, max_size=30))
def test_however_it_is_drawn_every_stone_is_held_longer_axis_first(outlines: list[dict[str, Any]]) -> None:
    read = reading((100, 100, 20))
    data = {"version": 1, "stones": [{"id": None, "outline": o, "colour": "clear"} for o in outlines]}
    confirmation = read_confirmation(data, read)
    held = confirmed_by(read, confirmation)
    assert len(held.stones) == len(outlines) == sum(g.count for g in held.groups)
    assert all(s.outline.axes_px[0] >= s.outline.axes_px[1] and -90 <= s.outline.angle_deg <= 90 for s in held.stones)
    assert {s.group for s in held.stones} == {g.id for g in held.groups}
    counts = corrections(read, confirmation)
    assert (counts.added, counts.removed) == (len(outlines), 1)
    assert Confirmation.model_validate(confirmation.model_dump(mode="json")).sha256() == confirmation.sha256()


def test_a_person_who_counts_a_rope_otherwise_has_counted_its_links() -> None:
    turns = Links(count=23, pitch_px=60, length_px=1400, confidence=0.4, resolvable=True, unit="turn")
    read = reading().model_copy(update={"links": turns, "links_unread": "each turn holds several links"})
    same = confirmed_by(read, as_read(read))
    assert same.links is not None
    assert (same.links.count, same.links.unit) == (23, "turn")
    assert "23 turns of a rope" in same.words
    counted = confirmed_by(read, as_read(read).model_copy(update={"links": 87}))
    assert counted.links is not None
    assert (counted.links.count, counted.links.unit, counted.links_unread) == (87, "link", None)
    assert counted.words == "no stones; 87 links"
