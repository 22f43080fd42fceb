"""The ICC profile that finished pictures carry."""

from __future__ import annotations

from functools import lru_cache

from PIL import ImageCms


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """An sRGB ICC profile, the same bytes every time: its creation date is set to a fixed one."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = b"".join(n.to_bytes(2, "big") for n in (2000, 1, 1, 0, 0, 0))
    data[84:100] = bytes(16)  # the profile's own MD5, which would cover the date
    return bytes(data)
