"""Sculptor's operations on triangle meshes: take a part, smooth it by subdivision, cut it cleanly, close the cut.

Meshes are vertices (n, 3) in mm and faces (m, 3); nothing here knows what body part it works on.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, vstack

Vertices = NDArray[np.float64]
Faces = NDArray[np.int64]
# Sets of faces whose subdivision is kept ready: the body's, and a hand's.
SUBDIVISIONS_KEPT = 2


def part(vertices: Vertices, faces: Faces, keep: NDArray[np.bool_]) -> tuple[Vertices, Faces]:
    """The faces for which `keep` (m,) is true, with the vertices they use and no others."""
    kept = faces[keep]
    used = np.zeros(len(vertices), bool)
    used[kept] = True
    number = np.cumsum(used) - 1
    return vertices[used], number[kept]


def subdivided(vertices: Vertices, faces: Faces, times: int) -> tuple[Vertices, Faces]:
    """Loop subdivision (Loop 1987) `times` over; each step quarters every triangle and rounds the surface.

    A body's faces are the same in every pose, so what they become and each new vertex's share of the old ones is worked
    out once for the last few sets of faces; a pose then costs one product.
    """
    if times == 0:
        return vertices, faces
    key = hashlib.sha256(np.ascontiguousarray(faces).tobytes()).hexdigest(), len(vertices), times
    kept = _subdivisions.get(key)
    if kept is None:
        shares, finer = _loop_step(len(vertices), faces)
        for _ in range(times - 1):
            step, finer = _loop_step(shares.shape[0], finer)
            shares = step @ shares
        kept = _subdivisions[key] = shares, finer
        while len(_subdivisions) > SUBDIVISIONS_KEPT:
            _subdivisions.popitem(last=False)
    _subdivisions.move_to_end(key)
    return kept[0] @ vertices, kept[1].copy()


_subdivisions: OrderedDict[tuple[str, int, int], tuple[csr_matrix, Faces]] = OrderedDict()


def _loop_step(count: int, faces: Faces) -> tuple[csr_matrix, Faces]:
    """One step for `count` vertices: each new vertex's shares (m, count) of the old, and the new faces.

    The old vertices come first, then one on each edge. A border keeps to itself: its curve follows from it alone.
    """
    sides = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    edges, edge_of, used = np.unique(sides, axis=0, return_inverse=True, return_counts=True)
    edge_of = edge_of.reshape(-1)
    inner = used == 2
    opposite = np.concatenate([faces[:, 2], faces[:, 0], faces[:, 1]])
    made = np.arange(len(edges))
    ends = csr_matrix((np.ones(2 * len(edges)), (np.repeat(made, 2), edges.ravel())), shape=(len(edges), count))
    across = csr_matrix((np.ones(len(opposite)), (edge_of, opposite)), shape=(len(edges), count))
    on_edge = diags(np.where(inner, 3 / 8, 1 / 2)) @ ends + diags(np.where(inner, 1 / 8, 0.0)) @ across

    def beside(which: NDArray[np.bool_]) -> csr_matrix:
        a, b = edges[which].T
        pairs = (np.concatenate([a, b]), np.concatenate([b, a]))
        return csr_matrix((np.ones(2 * len(a)), pairs), shape=(count, count))

    neighbours, along_border = beside(np.ones(len(edges), bool)), beside(~inner)
    valence = np.maximum(np.diff(neighbours.indptr), 1)
    border_edges = np.diff(along_border.indptr)
    border = border_edges > 0
    share = (40 - (2 * np.cos(2 * np.pi / valence) + 3) ** 2) / (64 * valence)
    within = diags(np.where(border, 0.0, share)) @ neighbours + diags(np.where(border, 0.0, 1 - valence * share))
    edging = diags(0.25 / np.maximum(border_edges, 1)) @ along_border + diags(np.where(border, 3 / 4, 0.0))
    ab, bc, ca = (count + edge_of).reshape(3, -1)
    a, b, c = faces.T
    quarters = [np.stack(q, 1) for q in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
    return vstack([within + edging, on_edge]).tocsr(), np.concatenate(quarters)


def cut(vertices: Vertices, faces: Faces, field: NDArray[np.float64]) -> tuple[Vertices, Faces, NDArray[np.int64]]:
    """What lies where `field` (n,) >= 0, with triangles on the border split along the zero line.

    Returns vertices, faces, and the new border as directed edges (k, 2), each in its triangle's winding.
    """
    inside = field >= 0
    count = inside[faces].sum(1)
    whole = faces[count == 3]
    new_faces = [whole]
    crossings: list[np.ndarray] = []
    made = len(vertices)
    border = []
    for inside_corners in (1, 2):
        mixed = faces[count == inside_corners]
        if not len(mixed):
            continue
        # Turn each triangle so that its odd corner comes first.
        odd = inside[mixed] if inside_corners == 1 else ~inside[mixed]
        turn = odd.argmax(1)
        a, b, c = (np.take_along_axis(mixed, ((turn + k) % 3)[:, None], 1)[:, 0] for k in range(3))
        crossings += [np.stack([a, b], 1), np.stack([a, c], 1)]
        ab = made + np.arange(len(a))
        ac = ab + len(a)
        made += 2 * len(a)
        if inside_corners == 1:
            new_faces.append(np.stack([a, ab, ac], 1))
            border.append(np.stack([ab, ac], 1))
        else:
            new_faces += [np.stack([ab, b, c], 1), np.stack([ab, c, ac], 1)]
            border.append(np.stack([ac, ab], 1))
    if not crossings:
        v, f = part(vertices, whole, np.ones(len(whole), bool))
        return v, f, np.empty((0, 2), np.int64)
    pairs = np.concatenate(crossings)
    ordered = np.sort(pairs, 1)
    unique, inverse = np.unique(ordered, axis=0, return_inverse=True)
    d0, d1 = field[unique[:, 0]], field[unique[:, 1]]
    t = (d0 / (d0 - d1))[:, None]
    points = vertices[unique[:, 0]] * (1 - t) + vertices[unique[:, 1]] * t
    renumber = np.concatenate([np.arange(len(vertices)), len(vertices) + inverse.reshape(-1)])
    all_faces = renumber[np.concatenate(new_faces)]
    edges = renumber[np.concatenate(border)]
    all_vertices = np.concatenate([vertices, points])
    used, flat = np.unique(all_faces, return_inverse=True)
    position = np.full(len(all_vertices), -1, np.int64)
    position[used] = np.arange(len(used))
    edges = position[edges]
    return all_vertices[used], flat.reshape(all_faces.shape), edges[edges[:, 0] != edges[:, 1]]


def border_loops(edges: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Closed loops of vertex numbers from directed border edges, longest first; open ends are left out."""
    follow = dict(zip(edges[:, 0].tolist(), edges[:, 1].tolist(), strict=True))
    loops = []
    while follow:
        start, current = follow.popitem()
        loop = [start]
        while current in follow:
            loop.append(current)
            current = follow.pop(current)
        if current == start and len(loop) > 2:
            loops.append(np.array(loop))
    return sorted(loops, key=len, reverse=True)


def bridged(
    vertices: Vertices, loop: NDArray[np.int64], along: NDArray[np.float64], samples: int = 240, steps: int = 6
) -> tuple[Vertices, Faces]:
    """A ruled surface that closes a cut whose loop runs out and back: both ways are matched by `along` (n,).

    `along` grows from one turning point of the loop to the other (an angle round the sculpture, say). The surface
    joins points of equal `along` by straight lines, which is exact where the cut is a cylinder along those lines.
    """
    s = along[loop]
    start, end = int(s.argmin()), int(s.argmax())
    ring = np.roll(loop, -start)
    turn = (end - start) % len(loop)
    out, back = ring[: turn + 1], np.concatenate([ring[turn:], ring[:1]])[::-1]
    grid = np.linspace(s.min(), s.max(), samples)

    def resampled(path: NDArray[np.int64]) -> Vertices:
        at = np.maximum.accumulate(along[path])
        return np.stack([np.interp(grid, at, vertices[path, k]) for k in range(3)], 1)

    near, far = resampled(out), resampled(back)
    t = np.linspace(0, 1, steps)[None, :, None]
    sheet = near[:, None] * (1 - t) + far[:, None] * t
    i, j = np.meshgrid(np.arange(samples - 1), np.arange(steps - 1), indexing="ij")
    a = (i * steps + j).ravel()
    quads = np.stack([a, a + 1, a + steps, a + 1, a + steps + 1, a + steps], 1).reshape(-1, 3)
    return np.asarray(sheet.reshape(-1, 3), np.float64), np.asarray(quads, np.int64)


def smooth_step(low: float, high: float, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 below `low`, 1 above `high`, and a cubic between them."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
