"""Whatever a client uploads: read at full precision and upright, or refused in plain words."""

import io
import struct
import tracemalloc
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from pipeline.errors import PhotoRefused
from pipeline.imaging.colour import linear_to_srgb8, srgb_to_linear
from pipeline.imaging.photo import MAX_BYTES, read_photo


def picture(width=400, height=320, mode="RGB"):
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 255 // width, y * 255 // height, (x + y) % 256], axis=2).astype(np.uint8)
    return Image.fromarray(rgb).convert(mode)


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_header(width, height, depth=8, colour=2):
    """A PNG that says it has this size, with next to nothing in it."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def refused(content):
    with pytest.raises(PhotoRefused) as caught:
        read_photo(content)
    assert caught.value.message
    assert caught.value.hint
    return caught.value.code


@pytest.mark.parametrize(("kind", "name"), [("PNG", "PNG"), ("WEBP", "WEBP"), ("TIFF", "TIFF"), ("BMP", "BMP")])
def test_a_lossless_photo_is_read_exactly(kind, name):
    image = picture()
    photo = read_photo(encoded(image, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert (linear_to_srgb8(photo.rgb) == np.asarray(image)).all()
    assert (photo.format, photo.width, photo.height, photo.alpha, photo.rgb.dtype) == (name, 400, 320, None, np.float32)


def test_a_photo_is_read_from_its_path_and_knows_its_bytes(tmp_path):
    import hashlib

    content = encoded(picture(), "JPEG", quality=95)
    path = tmp_path / "ring.jpg"
    path.write_bytes(content)
    assert read_photo(path).sha256 == read_photo(content).sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "photo.empty"),
        (b"this is a note, not a picture\n" * 50, "photo.not_an_image"),
        (b"\x00" * 4096, "photo.not_an_image"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>', "photo.svg"),
        (b'\n  <svg viewBox="0 0 9 9"></svg>', "photo.svg"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(500), "photo.heic"),
        (b"%PDF-1.7\n" + bytes(500), "photo.pdf"),
        (png_header(65_000, 400), "photo.too_large"),
        (png_header(30_000, 30_000), "photo.too_large"),
        (png_header(11_000, 11_000), "photo.too_large"),
        (png_header(250, 4000), "photo.too_small"),
        (b"\x89PNG\r\n\x1a\n" + bytes(400), "photo.truncated"),
    ],
)
def test_what_is_no_photo_is_refused_with_its_reason(content, code):
    assert refused(content) == code


def test_a_missing_file_is_refused(tmp_path):
    assert refused(tmp_path / "none.jpg") == "photo.missing"


def test_60_mb_are_refused_unread(tmp_path):
    path = tmp_path / "heavy.png"
    with path.open("wb") as file:
        file.truncate(60 * 1024 * 1024)
    assert MAX_BYTES < 60 * 1024 * 1024
    assert refused(path) == "photo.too_heavy"


def test_a_decompression_bomb_costs_no_memory():
    tracemalloc.start()
    try:
        assert refused(png_header(12_000, 12_000)) == "photo.too_large"
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.93])
def test_a_truncated_photo_is_refused(kind, share):
    content = encoded(picture(), kind)
    assert refused(content[: int(len(content) * share)]) in ("photo.truncated", "photo.not_an_image")


def test_a_damaged_photo_never_escapes_as_another_error():
    rng = np.random.default_rng(5)
    refusals: list[PhotoRefused] = []
    read = 0
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "GIF"):
        content = encoded(picture(), kind)
        for _ in range(25):
            harmed = bytearray(content)
            for at in rng.integers(0, len(harmed), 12):
                harmed[at] = rng.integers(0, 256)
            try:
                photo = read_photo(bytes(harmed))
            except PhotoRefused as error:
                refusals.append(error)
                continue
            # A byte that only changed a pixel's colour is no damage that a reader can see: what it reads is whole.
            assert photo.rgb.shape == (photo.height, photo.width, 3)
            assert np.isfinite(photo.rgb).all()
            assert photo.rgb.min() >= 0
            read += 1
    assert read
    assert {"photo.truncated", "photo.not_an_image"} & {error.code for error in refusals}
    assert all(error.code.startswith("photo.") and error.message and error.hint for error in refusals)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_refused(kind):
    frames = [picture(), picture().rotate(90, expand=False)]
    assert refused(encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=80)) == "photo.animated"


def test_a_tiff_of_pages_is_refused_and_a_still_gif_is_read():
    assert refused(encoded(picture(), "TIFF", save_all=True, append_images=[picture()])) == "photo.pages"
    assert read_photo(encoded(picture(mode="P"), "GIF")).width == 400


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_are_kept(kind):
    y, x = np.mgrid[0:320, 0:400]
    deep = np.stack([x * 160 + 7, y * 200 + 3, x + y * 3], axis=2).astype(np.uint16)
    if kind == "PNG":
        content = imagecodecs.png_encode(deep)
    else:
        out = io.BytesIO()
        tifffile.imwrite(out, deep, photometric="rgb")
        content = out.getvalue()
    photo = read_photo(content)
    assert photo.bits == 16
    assert np.abs(photo.rgb - srgb_to_linear(deep / 65535.0)).max() < 1e-6
    assert len(np.unique(photo.rgb[..., 0])) > 256


def test_16_bit_grey_is_read():
    deep = (np.mgrid[0:320, 0:400][1] * 160).astype(np.uint16)
    photo = read_photo(imagecodecs.png_encode(deep))
    assert np.abs(photo.rgb[..., 1] - srgb_to_linear(deep / 65535.0)).max() < 1e-6


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_rotated_photo_comes_upright(orientation, kind):
    upright = np.asarray(picture()).copy()
    upright[:80, :100] = (255, 0, 0)
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.transpose(1, 0, 2), 6: upright.transpose(1, 0, 2)[::-1],
        7: upright.transpose(1, 0, 2)[::-1, ::-1], 8: upright.transpose(1, 0, 2)[:, ::-1],
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = read_photo(encoded(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif))
    assert (photo.width, photo.height) == (400, 320)
    assert np.abs(linear_to_srgb8(photo.rgb).astype(int) - upright).mean() < 4


def test_cmyk_is_converted():
    photo = read_photo(encoded(Image.new("CMYK", (400, 320), (0, 255, 255, 0)), "JPEG", quality=95))
    red = photo.rgb[100, 100]
    assert red[0] > 0.8
    assert red[1:].max() < 0.05
    assert any("CMYK" in note for note in photo.notes)


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "PA"])
def test_grey_and_palette_are_read_as_rgb(mode):
    content = encoded(picture(mode=mode) if mode != "PA" else picture(mode="P"), "PNG")
    assert read_photo(content).rgb.shape == (320, 400, 3)


def test_an_adobe_rgb_photo_is_converted_to_srgb():
    profile = imagecodecs.cms_profile("adobergb")
    image = Image.new("RGB", (400, 320), (120, 140, 120))
    photo = read_photo(encoded(image, "PNG", icc_profile=profile))
    adobe = (np.array([120, 140, 120]) / 255) ** 2.19921875
    to_xyz = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])
    from pipeline.imaging.colour import XYZ_TO_RGB

    assert photo.rgb[9, 9] == pytest.approx(XYZ_TO_RGB @ to_xyz @ adobe, abs=3e-3)
    assert any("profile" in note for note in photo.notes)


def test_a_wide_gamut_photo_of_16_bits_keeps_them():
    deep = np.repeat((np.mgrid[0:320, 0:400][1] * 160).astype(np.uint16)[..., None], 3, axis=2)
    out = io.BytesIO()
    tifffile.imwrite(out, deep, photometric="rgb", iccprofile=imagecodecs.cms_profile("adobergb"))
    assert len(np.unique(read_photo(out.getvalue()).rgb[..., 0])) > 350


def test_a_telephone_s_display_p3_photo_is_converted_to_srgb():
    """Display P3 (SMPTE EG 432-1 primaries, D65): here with a plain 2.2 gamma, which a profile may carry as well."""
    profile = imagecodecs.cms_profile(
        "rgb", whitepoint=[0.3127, 0.329, 1], primaries=[0.68, 0.32, 1, 0.265, 0.69, 1, 0.15, 0.06, 1], gamma=2.2
    )
    image = Image.new("RGB", (400, 320), (150, 130, 110))
    photo = read_photo(encoded(image, "JPEG", quality=98, icc_profile=profile))
    p3 = (np.array([150, 130, 110]) / 255) ** 2.2
    to_xyz = np.array([[0.48657, 0.26567, 0.19822], [0.22897, 0.69174, 0.07929], [0.0, 0.04511, 1.04394]])
    from pipeline.imaging.colour import XYZ_TO_RGB

    assert photo.rgb[9, 9] == pytest.approx(XYZ_TO_RGB @ to_xyz @ p3, abs=6e-3)
    assert any("profile" in note for note in photo.notes)


def test_an_srgb_profile_changes_nothing():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = picture()
    assert (linear_to_srgb8(read_photo(encoded(image, "PNG", icc_profile=profile)).rgb) == np.asarray(image)).all()


def test_a_damaged_profile_is_left_aside():
    photo = read_photo(encoded(picture(), "PNG", icc_profile=b"no profile at all" * 20))
    assert any("damaged" in note for note in photo.notes)


def test_real_transparency_is_kept_and_an_opaque_channel_is_not():
    image = picture(mode="RGBA")
    assert read_photo(encoded(image, "PNG")).alpha is None
    cut = np.array(image)
    cut[:, :200, 3] = 0
    photo = read_photo(encoded(Image.fromarray(cut), "PNG"))
    assert photo.alpha is not None
    assert photo.alpha[:, :200].max() == 0
    assert photo.alpha[:, 200:].min() == 1
    cut[..., 3] = 0
    assert refused(encoded(Image.fromarray(cut), "PNG")) == "photo.transparent"


def test_an_hdr_tiff_is_refused():
    out = io.BytesIO()
    tifffile.imwrite(out, np.zeros((320, 400, 3), np.float32), photometric="rgb")
    assert refused(out.getvalue()) == "photo.depth"
