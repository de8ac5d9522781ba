"""Small pictures."""

from io import BytesIO

from PIL import Image


def png(
    width: int = 64, height: int = 64, colour: str | tuple[int, ...] = "red", kind: str = "PNG"
) -> bytes:
    """Return a picture of one colour, as a file of this kind."""
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    return out.getvalue()
