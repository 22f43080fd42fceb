"""Counts as a person would say them: "27 stones: 18 small and 9 larger"."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.fingerprint.model import Group, Links, Stone

# The share of stone in no stone found, from which on it is said that there are more.
MENTIONED = 0.25
_SIZES = {1: ("",), 2: ("small", "larger"), 3: ("small", "medium", "large")}


def count_words(
    groups: Sequence[Group],
    stones: Sequence[Stone],
    links: Links | None,
    unparted: float = 0.0,
    links_unread: str | None = None,
) -> str:
    """One line: the stones by size and colour, the links or why there is no count of them; what can't be told apart, and how
    many are too small to be counted surely."""
    said = [_stone_words(groups)]
    if unparted > MENTIONED:
        said.append("there are more stones that can't be told apart in this photo")
    unsure = sum(not s.resolvable for s in stones)
    if unsure:
        said.append(f"{unsure} of them {'is' if unsure == 1 else 'are'} too small in this photo to be counted surely")
    if links and links.count > 1:
        about = "" if links.confidence >= 0.6 and links.resolvable else "about "
        said.append(f"{about}{links.count} {'links' if links.unit == 'link' else 'turns of a rope'}")
    if links_unread:
        said.append(f"its links aren't counted: {links_unread}")
    return "; ".join(said)


def _stone_words(groups: Sequence[Group]) -> str:
    total = sum(g.count for g in groups)
    if not total:
        return "no stones"
    head = f"{total} stone{'s' if total > 1 else ''}"
    if len(groups) == 1:
        colour = groups[0].colour
        return head if colour == "clear" else f"{head}, {colour}"
    return f"{head}: {_listed([g.words for g in groups])}"


def group_words(count: int, rank: int, ranks: int, colour: str, colours: int) -> str:
    """A group in the list: its count, its size among `ranks` sizes (0 the smallest), its colour where there are several."""
    words = [str(count), _SIZES[ranks][rank], colour if colours > 1 else ""]
    return " ".join(word for word in words if word)


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
