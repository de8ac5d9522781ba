"""JPEGs lose what is written beside the pixels, and not a pixel changes."""

import io

import pytest
from PIL import Image, ImageCms

from bot.domain.models import SEEDREAM_4_5
from bot.images.convert import for_evolink
from bot.images.strip import without_metadata
from tests.integration.images.picture_kit import exif, noise

#: What must not leave the bot, wherever it stands.
SECRET = b"52.5200 N, 13.4050 E"
START, END = b"\xff\xd8", b"\xff\xd9"


def _segment(kind: int, body: bytes) -> bytes:
    return bytes([0xFF, kind]) + (2 + len(body)).to_bytes(2) + body


def _jpeg(mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    noise(mode, 200, 120).save(out, "JPEG", **options)
    return out.getvalue()


def _pixels(data: bytes) -> tuple[str, bytes, object]:
    with Image.open(io.BytesIO(data)) as image:
        return image.mode, image.tobytes(), image.info.get("icc_profile")


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
KINDS: dict[str, bytes] = {
    "baseline": _jpeg(),
    "grey": _jpeg("L"),
    "four colours": _jpeg("CMYK"),
    "progressive": _jpeg(progressive=True),
    "restarts": _jpeg(restart_marker_blocks=3),
    "profile": _jpeg(icc_profile=PROFILE * 30),
    "own tables": _jpeg(quality=97, subsampling=0, optimize=True),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ["first", "after the tables", "behind"])
async def test_only_what_is_beside_the_pixels_goes(tmp_path, kind, where):
    """Every kind of segment that applications define, comments, and what cameras append."""
    plain = KINDS[kind]
    beside = b"".join(_segment(kind, SECRET) for kind in [*range(0xE0, 0xF0), 0xFE])
    scan = plain.index(b"\xff\xda")
    photo = {
        "first": START + beside + plain[2:],
        "after the tables": plain[:scan] + beside + plain[scan:],
        "behind": plain + b"\0\0" + START + beside + plain[2:] + SECRET,
    }[where]
    path = tmp_path / "photo"
    path.write_bytes(photo)
    there, found = await for_evolink(path, tmp_path / "sent", SEEDREAM_4_5)
    sent = there.read_bytes()

    assert SECRET in photo
    assert SECRET not in sent
    assert _pixels(sent) == _pixels(plain)
    assert (found.kind, found.bytes, len(sent)) == ("jpeg", len(sent), len(plain))
    # A stripped file stays as it is.
    assert (await for_evolink(there, tmp_path / "again", SEEDREAM_4_5))[0] == there


async def test_between_the_scans_of_a_progressive_one(tmp_path):
    """It has several scans, with tables in between."""
    plain = KINDS["progressive"]
    second = plain.index(b"\xff\xc4", plain.index(b"\xff\xda"))
    path = tmp_path / "photo"
    path.write_bytes(plain[:second] + _segment(0xE1, SECRET) + plain[second:])
    there, _ = await for_evolink(path, tmp_path / "sent", SEEDREAM_4_5)

    assert there.read_bytes() == plain


async def test_the_preview_in_the_header(tmp_path):
    """JFIF's header may hold a preview, which shows what was cropped since."""
    plain = KINDS["baseline"]
    path = tmp_path / "photo"
    path.write_bytes(START + _segment(0xE0, plain[6:18] + b"\7\1" + SECRET + b"!") + plain[20:])
    there, _ = await for_evolink(path, tmp_path / "sent", SEEDREAM_4_5)

    assert there.read_bytes() == plain


async def test_upright_by_its_metadata(tmp_path):
    """Nearly every photo has its orientation there."""
    path = tmp_path / "photo"
    path.write_bytes(_jpeg(exif=exif(ORIENTATION=1, ARTIST="Ann")))
    there, _ = await for_evolink(path, tmp_path / "sent", SEEDREAM_4_5)

    assert b"Ann" not in there.read_bytes()
    assert _pixels(there.read_bytes())[1] == _pixels(path.read_bytes())[1]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        START,
        START + END,
        KINDS["baseline"][:-2],
        KINDS["baseline"][: KINDS["baseline"].index(b"\xff\xda") + 4],
        START + _segment(0xE1, b"x")[:-1],
        START + b"\xff\xe1\0\0" + KINDS["baseline"][2:],
        START + b"junk" + KINDS["baseline"][2:],
        KINDS["baseline"][2:],
        b"\0\0" + KINDS["baseline"][2:],
        # As separate pieces it would take 33 times its bytes.
        START + b"\xff\xdb\0\2" * 20_000 + KINDS["baseline"][2:],
    ],
    ids=range(11),
)
def test_what_is_not_built_as_the_standard_says(data):
    """Such a file is encoded again instead, if it can be decoded at all."""
    assert without_metadata(data) is None
