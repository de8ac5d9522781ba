"""The pictures that people attach and Evolink returns."""

import io

from PIL import ExifTags, Image, ImageOps


class Pictures:
    """JPEGs of noise, which compress as little as a photograph."""

    def __init__(self) -> None:
        self.tiny = _noise(32, 32)
        #: 2,048 by 2,048 pixels, about 1 MB.
        self.large = _noise(512, 512, times=4)

    def photograph(self) -> bytes:
        """Return a JPEG of 30 megapixels, a few megabytes, taken with the camera on its side."""
        return _noise(810, 580, times=8, orientation=6)


def _noise(width: int, height: int, *, times: int = 1, orientation: int = 1) -> bytes:
    image = ImageOps.scale(Image.effect_noise((width, height), 60), times)
    out = io.BytesIO()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    image.convert("RGB").save(out, "JPEG", quality=85, exif=exif)
    return out.getvalue()
