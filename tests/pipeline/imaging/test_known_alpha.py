"""The matte against path-traced pieces of exactly known coverage, over shadow, contact shadow and a mirror image.

Over the whole picture the goal of .01 is held. In the edge band the goal is .06: on dark grounds it is held, on pale ones the
limits here keep what is measured from getting worse: rims of white metal have the very tones of their ground.
"""

import pytest
from known_alpha import BLACK, GROUNDS, SKIN, edge_band, product_photo, rim_error, sample

from pipeline.imaging.matte import cut_piece

PICTURE, ON_SKIN = 0.01, 0.045
BAND = {  # by ground: of the ring in gold and white gold, of the earrings in white gold
    "white": (0.105, 0.145),
    "off-white": (0.105, 0.135),
    "blush": (0.085, 0.09),
    "grey": (0.085, 0.085),
    "teal": (0.055, 0.04),
    "black": (0.05, 0.035),
}
ON_BLACK = {"halo-ring": 0.09, "sapphire-drops": 0.13}


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("name", ["halo-ring", "sapphire-drops"])
def test_shadow_and_mirror_image_are_no_part_of_a_photographed_piece(name, ground):
    drawn = sample(name)
    piece = cut_piece(product_photo(drawn, ground))
    error = abs(piece.alpha - drawn.alpha)
    assert error.mean() <= PICTURE
    assert error[edge_band(drawn.alpha)].mean() <= BAND[ground][name == "sapphire-drops"]
    assert rim_error(piece.foreground, piece.alpha, drawn, BLACK) <= ON_BLACK[name]
    assert rim_error(piece.foreground, piece.alpha, drawn, SKIN) <= ON_SKIN
