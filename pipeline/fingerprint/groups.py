"""Stones alike in size and colour, brought together: what a person would count as one kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.fingerprint.arrangement import by_size, layout_of
from pipeline.fingerprint.model import Group, Stone
from pipeline.fingerprint.words import group_words


def grouped(stones: Sequence[Stone]) -> tuple[tuple[Stone, ...], tuple[Group, ...]]:
    """The stones with their `group` set, in their order, and the groups, the smallest stones first."""
    kinds = _kinds(stones)
    ranks = max((rank for rank, _ in kinds), default=0) + 1
    colours = len({stone.colour for stone in stones})
    group_of: dict[int, str] = {}
    groups = []
    for number, (rank, members) in enumerate(kinds, 1):
        group_of |= dict.fromkeys(members, f"group-{number}")
        size = float(np.median([stones[k].outline.axes_px[0] for k in members]))
        sizes_mm = [mm[0] for k in members if (mm := stones[k].size_mm)]
        groups.append(
            Group(
                id=f"group-{number}",
                count=len(members),
                colour=stones[members[0]].colour,
                size_px=round(size, 2),
                size_mm=round(float(np.median(sizes_mm)), 3) if sizes_mm else None,
                layout=layout_of(np.array([stones[k].outline.centre_px for k in members]), size),
                words=group_words(len(members), rank, ranks, stones[members[0]].colour, colours),
            )
        )
    named = tuple(stone.model_copy(update={"group": group_of[k]}) for k, stone in enumerate(stones))
    return named, tuple(sorted(groups, key=lambda g: (g.size_px, g.colour)))


def _kinds(stones: Sequence[Stone]) -> list[tuple[int, list[int]]]:
    """Stones alike in size and colour, the largest first: the size's rank (0 the smallest) and the indices."""
    # Tilt narrows a stone but leaves it as long as it was.
    sizes = by_size([stone.outline.axes_px[0] for stone in stones])
    kinds = []
    for rank, members in enumerate(reversed(sizes)):
        for colour in dict.fromkeys(stones[k].colour for k in members):
            kinds.append((rank, [k for k in members if stones[k].colour == colour]))
    return kinds[::-1]
