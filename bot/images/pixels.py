"""Converting pixels to RGB or RGBA, which every encoder accepts."""

from PIL import Image, ImageOps

_ORIENTATION = 0x0112
#: Where Pillow puts XMP, which it also reads the orientation from.
_XMP = ("xmp", "XML:com.adobe.xmp")


def plain(image: Image.Image) -> Image.Image:
    """Decode the first frame, upright: RGBA if any pixel is transparent, else RGB.

    CMYK, palettes, grey and 16 bits become 8 bits of red, green and blue.
    """
    image.load()
    profile = image.info.get("icc_profile") if image.mode in {"RGB", "RGBA"} else None
    upright = ImageOps.exif_transpose(image) if is_turned(image) else image
    whole = _coloured(_eight_bits(upright))
    # Encoders copy ``info``; a profile for CMYK or grey doesn't apply to RGB.
    whole.info = {"icc_profile": profile} if profile else {}
    return whole


def is_turned(image: Image.Image) -> bool:
    """Return whether EXIF says that it is stored rotated or flipped.

    Unreadable EXIF is ignored, and so is the orientation in XMP, as browsers do.
    """
    for name in _XMP:
        image.info.pop(name, None)
    try:
        return image.getexif().get(_ORIENTATION, 1) != 1
    except Exception:  # noqa: BLE001 - Pillow's parser of EXIF raises almost anything
        image.info.pop("exif", None)
        return False


def _coloured(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        # Pillow would copy it: 150 MB for a photo of 50 megapixels.
        return image if image.mode == "RGB" else image.convert("RGB")
    clear = image.convert("RGBA")
    lowest = clear.getchannel("A").getextrema()[0]
    return clear.convert("RGB") if lowest == 255 else clear  # noqa: PLR2004 - all opaque


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale deeper grey to 8 bits: Pillow's own conversion clips at 255."""
    if image.mode.startswith("I;16"):
        return _scaled(image.convert("I"), 1 / 257, 0)
    if image.mode in {"I", "F"}:
        low, high = image.convert("F").getextrema()
        assert isinstance(low, float)
        assert isinstance(high, float)
        scale = 255 / ((high - low) or 1)
        return _scaled(image.convert("F"), scale, -low * scale)
    return image


def _scaled(image: Image.Image, factor: float, offset: float) -> Image.Image:
    scaled = image.point(lambda level: level * factor + offset)
    return scaled.convert("L")
