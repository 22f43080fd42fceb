"""Triangle meshes in piece space (millimetres), and the three ways a goldsmith's forms are made here:
a wire swept along a path, a profile turned on a lathe, a stone cut by planes.

Every mesh is closed and wound outwards, so that light can be refracted through it and coverage is exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull, HalfspaceIntersection


@dataclass(frozen=True)
class Mesh:
    """A closed surface. `vertices`: (N, 3) float64 mm; `faces`: (M, 3) int, counter-clockwise seen from outside."""

    vertices: np.ndarray
    faces: np.ndarray

    def moved(self, matrix: np.ndarray) -> Mesh:
        """The mesh under a (4, 4) matrix; a mirroring matrix flips the winding, so that outside stays outside."""
        vertices = self.vertices @ matrix[:3, :3].T + matrix[:3, 3]
        faces = self.faces[:, ::-1] if np.linalg.det(matrix[:3, :3]) < 0 else self.faces
        return Mesh(vertices, faces)


def joined(meshes: Iterable[Mesh]) -> Mesh:
    """Several meshes as one, faces in the order given."""
    vertices, faces, start = [], [], 0
    for mesh in meshes:
        vertices.append(mesh.vertices)
        faces.append(mesh.faces + start)
        start += len(mesh.vertices)
    return Mesh(np.concatenate(vertices), np.concatenate(faces))


def frame(origin: np.ndarray, z: np.ndarray, x_hint: np.ndarray | None = None) -> np.ndarray:
    """The (4, 4) matrix that carries the origin to `origin` and +z to the direction `z`; +x as near `x_hint` as can be."""
    z = np.asarray(z, float) / np.linalg.norm(z)
    hint = np.array([1.0, 0, 0]) if x_hint is None else np.asarray(x_hint, float)
    if abs(hint @ z) > 0.98 * np.linalg.norm(hint):
        hint = np.array([0, 1.0, 0]) if abs(z[1]) < 0.9 else np.array([0, 0, 1.0])
    x = hint - (hint @ z) * z
    x /= np.linalg.norm(x)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = x, np.cross(z, x), z, origin
    return matrix


def turned(axis: str, degrees: float) -> np.ndarray:
    """A (4, 4) right-handed rotation about a main axis."""
    a = np.radians(degrees)
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(4)
    matrix[i, i] = matrix[j, j] = np.cos(a)
    matrix[i, j], matrix[j, i] = -np.sin(a), np.sin(a)
    return matrix


def shifted(x: float = 0, y: float = 0, z: float = 0) -> np.ndarray:
    """A (4, 4) translation in mm."""
    matrix = np.eye(4)
    matrix[:3, 3] = (x, y, z)
    return matrix


def _tube_faces(rings: int, sides: int, closed: bool) -> np.ndarray:
    i = np.arange(rings if closed else rings - 1)[:, None]
    j = np.arange(sides)[None]
    a, b = i * sides + j, i * sides + (j + 1) % sides
    nxt = (i + 1) % rings
    c, d = nxt * sides + j, nxt * sides + (j + 1) % sides
    return np.concatenate([np.stack([a, b, d], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])


def _frames(path: np.ndarray, closed: bool, up: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tangent, normal and binormal a point; by parallel transport, or held to `up` where the profile must not roll."""
    ahead = np.roll(path, -1, 0) if closed else np.vstack([path[1:], 2 * path[-1] - path[-2]])
    behind = np.roll(path, 1, 0) if closed else np.vstack([2 * path[0] - path[1], path[:-1]])
    tangent = ahead - behind
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = np.empty_like(path)
    if up is not None:
        normal = up - (tangent @ up)[:, None] * tangent
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        return tangent, normal, np.cross(tangent, normal)
    start = np.eye(3)[np.argmin(np.abs(tangent[0]))]
    for k in range(len(path)):
        last = normal[k - 1] if k else start
        n = last - (last @ tangent[k]) * tangent[k]
        normal[k] = n / np.linalg.norm(n)
    return tangent, normal, np.cross(tangent, normal)


def wire(path: np.ndarray, radius: float | np.ndarray, *, sides: int = 20, closed: bool = False, caps: int = 5) -> Mesh:
    """A round wire along `path` (N, 3), radius in mm (one, or one a point), with domed ends unless `closed`.

    A closed path should lie in a plane, or the last ring's roll won't meet the first.
    """
    path = np.asarray(path, float)
    r = np.broadcast_to(np.asarray(radius, float), (len(path),)).astype(float)
    if not closed:
        first, last = path[0] - path[1], path[-1] - path[-2]
        first, last = first / np.linalg.norm(first), last / np.linalg.norm(last)
        angles = np.linspace(0, np.pi / 2, caps + 1)[1:]
        angles[-1] = np.pi / 2 - 0.02  # a pole of no width would make slivers
        head = [path[0] + first * r[0] * np.sin(a) for a in angles[::-1]]
        tail = [path[-1] + last * r[-1] * np.sin(a) for a in angles]
        r = np.concatenate([r[0] * np.cos(angles[::-1]), r, r[-1] * np.cos(angles)])
        tangents = _frames(path, False, None)
        path = np.vstack([head, path, tail])
        normal = np.vstack([np.repeat(tangents[1][:1], caps, 0), tangents[1], np.repeat(tangents[1][-1:], caps, 0)])
        binormal = np.vstack([np.repeat(tangents[2][:1], caps, 0), tangents[2], np.repeat(tangents[2][-1:], caps, 0)])
    else:
        centre = path.mean(0)
        plane = np.linalg.svd(path - centre)[2][2]
        _, normal, binormal = _frames(path, True, plane)
    angle = np.arange(sides) * 2 * np.pi / sides
    ring = np.cos(angle)[None, :, None] * normal[:, None] + np.sin(angle)[None, :, None] * binormal[:, None]
    vertices = (path[:, None] + r[:, None, None] * ring).reshape(-1, 3)
    faces = _tube_faces(len(path), sides, closed)
    if not closed:
        n = len(vertices)
        ends = np.vstack([vertices[:sides].mean(0), vertices[-sides:].mean(0)])
        j = np.arange(sides)
        k = (j + 1) % sides
        front = np.stack([np.full(sides, n), k, j], -1)
        back = np.stack([np.full(sides, n + 1), n - sides + j, n - sides + k], -1)
        vertices, faces = np.vstack([vertices, ends]), np.vstack([faces, front, back])
    return Mesh(vertices, faces)


def swept(path: np.ndarray, profiles: np.ndarray, up: np.ndarray) -> Mesh:
    """A closed profile along a closed path. `profiles`: (N, P, 2), a profile a path point, along (up, tangent x up)."""
    _, normal, binormal = _frames(np.asarray(path, float), True, np.asarray(up, float))
    vertices = path[:, None] + profiles[..., :1] * normal[:, None] + profiles[..., 1:] * binormal[:, None]
    return Mesh(vertices.reshape(-1, 3), _tube_faces(len(path), profiles.shape[1], True))


def lathe(profile: np.ndarray, *, sides: int = 64) -> Mesh:
    """A closed profile (P, 2) of (r, z) with r > 0, counter-clockwise with r to the right, turned about +z."""
    angle = np.arange(sides) * 2 * np.pi / sides
    ring = np.stack([np.cos(angle), np.sin(angle)], -1)
    xy = ring[:, None] * profile[None, :, :1]
    vertices = np.concatenate([xy, np.broadcast_to(profile[None, :, 1:], (*xy.shape[:2], 1))], -1).reshape(-1, 3)
    return Mesh(vertices, _tube_faces(sides, len(profile), True)[:, ::-1])


def cut(normals: np.ndarray, offsets: np.ndarray, inside: np.ndarray) -> Mesh:
    """The convex solid {p : normals · p <= offsets}: a stone as its facets leave it. `inside`: a point well within."""
    points = HalfspaceIntersection(np.hstack([normals, -offsets[:, None]]), inside).intersections
    return hull(points)


def hull(points: np.ndarray) -> Mesh:
    """The convex solid that points (N, 3) span."""
    points = np.unique(np.round(points, 9), axis=0)
    spanned = ConvexHull(points)
    faces = spanned.simplices.copy()
    a, b, c = (points[faces[:, k]] for k in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), spanned.equations[:, :3]) < 0
    faces[inward] = faces[inward][:, ::-1]
    used, index = np.unique(faces, return_inverse=True)
    return Mesh(points[used], index.reshape(faces.shape))


def write_ply(path: str | Path, mesh: Mesh, smooth: bool) -> None:
    """A binary PLY, which is how a mesh gets its own material in mitsuba."""
    columns = [("x", "<f4"), ("y", "<f4"), ("z", "<f4")]
    data = [mesh.vertices]
    if smooth:
        columns += [("nx", "<f4"), ("ny", "<f4"), ("nz", "<f4")]
        data.append(_vertex_normals(mesh))
    head = ["ply", "format binary_little_endian 1.0", f"element vertex {len(mesh.vertices)}"]
    head += [f"property float {name}" for name, _ in columns]
    head += [f"element face {len(mesh.faces)}", "property list uchar int vertex_indices", "end_header"]
    faces = np.empty(len(mesh.faces), dtype=[("n", "u1"), ("v", "<i4", 3)])
    faces["n"], faces["v"] = 3, mesh.faces
    with Path(path).open("wb") as file:
        file.write(("\n".join(head) + "\n").encode())
        file.write(np.hstack(data).astype("<f4").tobytes())
        file.write(faces.tobytes())


def _vertex_normals(mesh: Mesh) -> np.ndarray:
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    normals = np.zeros_like(mesh.vertices)
    for k in range(3):
        np.add.at(normals, mesh.faces[:, k], face)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
