"""Two pictures to attach: a lighthouse and a leaf, drawn here."""

from io import BytesIO

from PIL import Image, ImageDraw


def lighthouse() -> bytes:
    """Return a PNG of a lighthouse by the sea."""
    image = Image.new("RGB", (960, 640), "#9fd3e6")
    draw = ImageDraw.Draw(image)
    draw.ellipse((700, 60, 800, 160), fill="#fff3b0")
    draw.rectangle((0, 470, 960, 640), fill="#2f6f8f")
    draw.polygon([(220, 520), (480, 430), (700, 520)], fill="#5b5148")
    draw.polygon([(400, 450), (420, 180), (480, 180), (500, 450)], fill="#f7f4ee")
    for top in (240, 330, 420):
        draw.polygon([(413, top), (487, top), (491, top + 35), (408, top + 35)], fill="#c8403a")
    draw.rectangle((415, 140, 485, 180), fill="#ffdf7e")
    draw.polygon([(405, 140), (450, 95), (495, 140)], fill="#c8403a")
    return _png(image)


def leaf() -> bytes:
    """Return a PNG of a red leaf."""
    image = Image.new("RGB", (640, 640), "#f4efe6")
    draw = ImageDraw.Draw(image)
    outline = [(320, 60), (470, 220), (520, 380), (420, 500), (320, 540)]
    draw.polygon([*outline, *[(640 - x, y) for x, y in reversed(outline)]], fill="#d2542e")
    draw.line((320, 90, 320, 610), fill="#8c2f17", width=8)
    for y in (200, 290, 380, 470):
        draw.line((320, y + 30, 430, y - 30), fill="#8c2f17", width=5)
        draw.line((320, y + 30, 210, y - 30), fill="#8c2f17", width=5)
    return _png(image)


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
