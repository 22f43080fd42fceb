"""The checks by name, for pages: light, where the checks themselves load the picture half. Made by `make docs`."""

from __future__ import annotations

CHECK_TITLES: dict[str, str] = {
    "origin.reference": "The reference is the declared photo",
    "origin.pixels": "The piece's pixels are the photo's",
    "registration": "The reference lies on the picture",
    "resolvability": "The piece is large enough to judge",
    "structure": "Nothing small changed",
    "stones": "Every stone is there, and no other",
    "prongs": "Every prong is there",
    "links": "Every link is there, and apart from the next",
    "band": "The band is as wide as photographed",
    "silhouette": "The outline is the photographed one",
    "catchlights": "The highlights are kept",
    "colour.metal": "The same alloy",
    "colour.stone": "The stones keep their colour",
    "nearmiss": "It is this piece and none of its siblings",
    "ssim.interior": "Structure inside the piece",
    "ssim.lowest-tile": "Structure in the worst place",
    "ssim.boundary": "Structure along the edge",
    "ssim.raw": "Structure, relight included",
    "clipping": "No highlight of the piece is lost",
    "scale": "The piece has its true size",
    "frame": "Nothing of the piece is cut by the frame",
    "resolution": "The picture is large enough",
}
CHECK_GROUPS: dict[str, tuple[str, ...]] = {
    "origin": (
        "origin.reference",
        "origin.pixels",
    ),
    "registration": ("registration",),
    "placement": (
        "resolvability",
        "scale",
        "frame",
    ),
    "piece": (
        "structure",
        "stones",
        "prongs",
        "links",
        "band",
        "silhouette",
        "catchlights",
        "colour.metal",
        "colour.stone",
        "nearmiss",
        "ssim.interior",
        "ssim.lowest-tile",
        "ssim.boundary",
        "ssim.raw",
        "clipping",
    ),
    "picture": ("resolution",),
}
