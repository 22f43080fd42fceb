"""Numpy meshes handed to mitsuba: smooth normals, a wrap of texture round an upright form, the shape itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.stage.materials import TILE_MM
from pipeline.stage.renderer import mitsuba

TILES_ROUND = 4


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (n, 3), each the area-weighted mean of its faces'."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    total = np.stack([np.bincount(faces.ravel(), np.repeat(face[:, k], 3), len(vertices)) for k in range(3)], 1)
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)


def wrapped(
    vertices: np.ndarray, faces: np.ndarray, axis_xy: np.ndarray, seam_deg: float, finer: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Wrap an upright form in a cylinder of texture about `axis_xy` (2,), TILES_ROUND tiles round it.

    `finer` times as many where the camera comes close. The seam lies at `seam_deg` (0 in front, positive to the camera's right), where its vertices are doubled. Returns
    vertices, faces, normals and uv (n, 2).
    """
    normals = vertex_normals(vertices, faces)
    across = vertices[:, :2] - axis_xy
    angle = np.arctan2(across[:, 0], -across[:, 1]) - np.radians(seam_deg)
    turn = (angle / (2 * np.pi)) % 1.0
    corner = turn[faces]
    split = (corner.max(1) - corner.min(1)) > 0.5
    moved = np.unique(faces[split][corner[split] < 0.5])
    renumber = np.arange(len(vertices))
    renumber[moved] = len(vertices) + np.arange(len(moved))
    faces = faces.copy()
    low = corner[split] < 0.5
    faces[split] = np.where(low, renumber[faces[split]], faces[split])
    vertices = np.concatenate([vertices, vertices[moved]])
    normals = np.concatenate([normals, normals[moved]])
    turn = np.concatenate([turn, turn[moved] + 1.0])
    uv = np.stack([turn * TILES_ROUND, vertices[:, 2] / TILE_MM], 1) * finer
    return vertices, faces, normals, uv


def shape(
    name: str,
    vertices: np.ndarray,
    faces: np.ndarray,
    bsdf: dict[str, Any],
    *,
    normals: np.ndarray | None = None,
    uv: np.ndarray | None = None,
) -> Any:
    """A mitsuba mesh; flat-shaded without `normals`."""
    mi = mitsuba()
    properties = mi.Properties()
    properties["mesh_bsdf"] = mi.load_dict(bsdf)
    mesh = mi.Mesh(
        name,
        len(vertices),
        len(faces),
        has_vertex_normals=normals is not None,
        has_vertex_texcoords=uv is not None,
        props=properties,
    )
    mesh.set_id(name)
    parameters = mi.traverse(mesh)
    parameters["vertex_positions"] = np.ravel(vertices).astype(np.float32)
    parameters["faces"] = np.ravel(faces).astype(np.uint32)
    if uv is not None:
        parameters["vertex_texcoords"] = np.ravel(uv).astype(np.float32)
    if normals is not None:
        parameters["vertex_normals"] = np.ravel(normals).astype(np.float32)
    parameters.update()
    return mesh


def turned(profile: np.ndarray, around: int = 96) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A form turned about the z axis from `profile` (n, 2), radius and height from the middle of its top outwards.

    Returns vertices, faces, smooth normals, and uv in mm: laid flat over what faces up, wrapped round what stands.
    """
    angle = np.linspace(0, 2 * np.pi, around + 1)
    radius, height = profile[:, 0], profile[:, 1]
    vertices = np.stack(
        [
            radius[:, None] * np.cos(angle),
            radius[:, None] * np.sin(angle),
            np.broadcast_to(height[:, None], (len(profile), around + 1)),
        ],
        -1,
    ).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(len(profile) - 1), np.arange(around), indexing="ij")
    a = (i * (around + 1) + j).ravel()
    faces = np.stack([a, a + around + 1, a + 1, a + 1, a + around + 1, a + around + 2], 1).reshape(-1, 3)
    along = np.gradient(profile, axis=0)
    out = np.stack([-along[:, 1], along[:, 0]], 1)
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    normals = np.stack(
        [
            out[:, :1] * np.cos(angle),
            out[:, :1] * np.sin(angle),
            np.broadcast_to(out[:, 1:], (len(profile), around + 1)),
        ],
        -1,
    ).reshape(-1, 3)
    flat = vertices[:, :2]
    # Down the side the flat texture runs on outwards by the length of the profile, so that no seam shows at the edge.
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(profile, axis=0).T))])
    stretch = np.repeat(length / np.maximum(radius, 1e-6), around + 1)[:, None]
    return vertices, faces, normals, np.where(np.isfinite(stretch), flat * np.maximum(stretch, 1.0), flat)


def rounded_box(size: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A box of `size` (3,) mm about the origin with rounded edges: vertices, faces, normals, uv in mm a side."""
    half = size / 2
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
    offset = 0
    for axis in range(3):
        for sign in (-1.0, 1.0):
            u_axis, v_axis = [k for k in range(3) if k != axis]
            u, v = (_edge_steps(half[k], radius) for k in (u_axis, v_axis))
            grid = np.zeros((len(u), len(v), 3))
            grid[..., axis] = sign * half[axis]
            grid[..., u_axis], grid[..., v_axis] = u[:, None], v[None]
            inner = np.clip(grid, -(half - radius), half - radius)
            out = grid - inner
            out /= np.linalg.norm(out, axis=-1, keepdims=True)
            points = (inner + out * radius).reshape(-1, 3)
            i, j = np.meshgrid(np.arange(len(u) - 1), np.arange(len(v) - 1), indexing="ij")
            a = (i * len(v) + j).ravel()
            quads = np.stack([a, a + len(v), a + 1, a + 1, a + len(v), a + len(v) + 1], 1).reshape(-1, 3)
            # Wind each face so that its normal points out.
            if sign * (1 if (u_axis, v_axis) in ((1, 2), (0, 1)) else -1) < 0:
                quads = quads[:, ::-1]
            uv = np.stack([grid[..., u_axis], grid[..., v_axis]], -1).reshape(-1, 2)
            parts.append((points, quads + offset, out.reshape(-1, 3), uv))
            offset += len(points)
    return tuple(np.concatenate([part[k] for part in parts]) for k in range(4))


def _edge_steps(half: float, radius: float) -> np.ndarray:
    """Grid lines across one side of a rounded box: fine over the rounding, one step over the flat."""
    bend = radius * np.tan(np.linspace(0, np.pi / 4, 7)) / np.tan(np.pi / 4)
    return np.concatenate([-(half - radius) - bend[::-1], half - radius + bend])
