"""How stones lie together: groups of one size and colour, and whether a group is a row, a ring or a cluster."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from pipeline.fingerprint.model import Layout

# Sizes in one group follow each other by no more than this ratio; seen at an angle, equal stones differ by a little.
STEP = 1.22
WIDEST = 1.75
# People tell small, medium and large.
MOST_SIZES = 3


def by_size(sizes: Sequence[float]) -> list[list[int]]:
    """Indices of sizes in groups, the largest sizes first: a new group begins where sizes jump, or have drifted too far;
    of more than MOST_SIZES those that differ least are joined."""
    order = np.argsort(sizes)[::-1]
    groups: list[list[int]] = []
    for index in order:
        value = sizes[index]
        if groups and sizes[groups[-1][-1]] / value < STEP and sizes[groups[-1][0]] / value < WIDEST:
            groups[-1].append(int(index))
        else:
            groups.append([int(index)])
    while len(groups) > MOST_SIZES:
        steps = [sizes[groups[k][-1]] / sizes[groups[k + 1][0]] for k in range(len(groups) - 1)]
        k = int(np.argmin(steps))
        groups[k : k + 2] = [groups[k] + groups[k + 1]]
    return groups


def layout_of(centres: np.ndarray, size: float) -> Layout:
    """How stones of one size lie, from their centres (N, 2) in px and their size."""
    count = len(centres)
    if count < 3:
        return ("single", "pair")[count - 1]
    if _goes_round(centres):
        return "ring"
    tree = cKDTree(centres)
    step = float(np.median(tree.query(centres, 2)[0][:, 1]))
    pairs = tree.query_pairs(1.45 * max(step, 0.8 * size), output_type="ndarray")
    if not len(pairs):
        return "cluster"
    degree = np.bincount(pairs.ravel(), minlength=count)
    graph = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(count, count))
    parts, _ = connected_components(graph, directed=False)
    if np.mean(degree <= 2) < 0.8:
        return "cluster"
    return "row" if parts <= max(1, count // 3) else "cluster"


def _goes_round(centres: np.ndarray) -> bool:
    """Whether the points lie on a closed round: whitened by their own spread, at one distance and all the way round."""
    if len(centres) < 5:
        return False
    away = centres - centres.mean(0)
    values, vectors = np.linalg.eigh(np.cov(away.T))
    if values[0] < 0.02 * values[1]:
        return False
    white = away @ vectors / np.sqrt(values)
    radius = np.hypot(*white.T)
    turn = np.sort(np.arctan2(white[:, 1], white[:, 0]))
    widest = float(np.diff(np.append(turn, turn[0] + 2 * np.pi)).max())
    return bool(np.std(radius) < 0.2 * radius.mean() and widest < np.radians(110))
