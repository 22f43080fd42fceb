"""Where the first checks draw their lines, each with what it rests on.

Two settings: `KNOWN` for pictures whose layers say where the piece's pixels went, `MEASURED` for pictures from
anywhere, whose piece was found by registration and whose relight is estimated. The calibration by LoupeBench will
replace the MEASURED lines by ones with a stated false-alarm rate.
"""

from __future__ import annotations

# Share of the piece's opaque pixels that must be the photo's, times the gain. Exact but for 8-bit rounding.
ORIGIN_SHARE = 0.995
# Largest difference, in 8-bit steps, that rounding the picture and storing the gain as float16 can make.
ORIGIN_STEP = 1.5 / 255
# Beyond this a local comparison sees the shift and not the piece: 1 px of misregistration reads SSIM 0.939.
REGISTRATION_PX = 0.7
# A smooth piece's SSIM after one quintic resample reads 0.9988 and bicubic 0.9975; the lock's own promise is 0.99.
SSIM_INTERIOR_KNOWN = 0.99
# JPEG at quality 85 reads 0.962; an autoencoder's round trip over 13 pieces 0.811 to 0.931.
SSIM_INTERIOR_MEASURED = 0.95
SSIM_TILE_KNOWN = 0.95
SSIM_TILE_MEASURED = 0.80
SSIM_BOUNDARY_KNOWN = 0.95
SSIM_BOUNDARY_MEASURED = 0.85
# Raw SSIM also counts the relight, which is meant; a smooth +-30 % relight reads 0.983.
SSIM_RAW = 0.95
# Picture pixels per photo pixel: the design's framing rule, and where a stone of 10 photo pixels falls below 2.
SCALE_RANGE = (0.35, 1.0)
SCALE_UNVERIFIABLE = 0.2
# The long side most shops ask of a picture, and a preview's.
LONG_SIDE_PX = 1000
# Share of the piece that is blown in the picture and wasn't in the photo.
NEWLY_BLOWN_PASS, NEWLY_BLOWN_FAIL = 0.005, 0.02
