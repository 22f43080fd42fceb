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
    vertices: np.ndarray, faces: np.ndarray, axis_xy: np.ndarray, seam_deg: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Wrap an upright form in a cylinder of texture about `axis_xy` (2,), TILES_ROUND tiles round it.

    The seam lies at `seam_deg` (0 in front, positive to the camera's right), where its vertices are doubled. Returns
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
    uv = np.stack([turn * TILES_ROUND, vertices[:, 2] / TILE_MM], 1)
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
