"""Requests are checked against the limits of their model."""
# ruff: noqa: RUF001 - Chinese has its own commas

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.models import SEEDREAM_4_5, Quality, model_of
from bot.domain.reference import Reference, check
from bot.domain.request import Request, Size
from bot.domain.text import is_blank, is_chinese
from bot.errors import Flaw
from bot.refusals import (
    BadReference,
    CountOutOfRange,
    PromptMissing,
    PromptTooLong,
    QualityNotUnderstood,
    QualityWithPixels,
    SizeNotUnderstood,
    SizeOutOfRange,
    TooManyImages,
    TooManyReferences,
)
from bot.store import codec

PICTURE = Reference(
    url="https://cdn.discordapp.com/a.png",
    name="a.png",
    content_type="image/png",
    bytes=1000,
    width=100,
    height=100,
)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("16:9", "16:9"),
        (" 16 : 9 ", "16:9"),
        ("16\uff1a9", "16:9"),
        ("AUTO", "auto"),
        ("2560x1440", "2560x1440"),
        ("2560 X 1440", "2560x1440"),
        ("2560\u00d71440", "2560x1440"),
        ("4096*4096", "4096x4096"),
        ("16∶9", "16:9"),
        ("16꞉9", "16:9"),
        ("16/9", "16:9"),
        ("16x9", "16:9"),
        ("16 × 9", "16:9"),
        ("１６／９", "16:9"),
        ("16比9", "16:9"),
        ("1920:1080", "16:9"),
        ("2560х1440", "2560x1440"),
        (" Landscape", "16:9"),
        ("portrait", "9:16"),
        ("square", "1:1"),
        ("横向", "16:9"),
        ("直向", "9:16"),
        ("方形", "1:1"),
        ("自动", "auto"),
    ],
)
def test_sizes_that_people_type(typed, sent):
    """A size is understood however it is typed, and sent as Evolink spells it."""
    assert sent == Size.parse(typed).text


@pytest.mark.parametrize("typed", ["4K", "4k", " 4K ", "\uff14\uff2b"])
def test_qualities_that_people_type(typed):
    """Full-width signs too."""
    assert Quality.parse(typed) is Quality.K4


@pytest.mark.parametrize(
    "typed", ["", "big", "2560", "0:0", "0x0", "x", "123456x1", "17:1", "1:2:3"]
)
def test_sizes_that_mean_nothing(typed):
    """What is neither a ratio that can be drawn nor pixels is refused."""
    with pytest.raises(SizeNotUnderstood):
        Size.parse(typed)


@pytest.mark.parametrize(
    "typed", ["2560x1439", "4096x4097", "65x65", "16000x1000x", "99999x100", "1024x1024"]
)
def test_sizes_out_of_range(typed):
    """Pixels below 2560x1440, above 4096x4096 or slimmer than 1 to 16 are refused."""
    with pytest.raises((SizeOutOfRange, SizeNotUnderstood)):
        Size.parse(typed)


@given(st.integers(65, 20_000), st.integers(65, 20_000))
def test_any_pixels(width, height):
    """Only what Evolink accepts has a value; the nearest size is accepted, and of that shape."""
    fits = SEEDREAM_4_5.min_pixels <= width * height <= SEEDREAM_4_5.max_pixels
    fits = fits and Fraction(1, 16) <= Fraction(width, height) <= 16
    try:
        size = Size.parse(f"{width}x{height}")
    except SizeOutOfRange as error:
        assert not fits
        near = Size(error.nearest)
        assert Size.parse(near.text) == near
        shape = min(max(Fraction(width, height), Fraction(1, 16)), Fraction(16))
        assert near.ratio is not None
        assert abs(near.ratio / shape - 1) < 0.01
    else:
        assert fits
        assert (width, height) == size.pixels
        assert Fraction(width, height) == size.ratio


@pytest.mark.parametrize(
    ("typed", "quality", "sent"),
    [
        ("16:10", None, "2591x1619"),
        ("9:21", None, "1341x3128"),
        ("9：21", "4K", "2681x6257"),
        ("2.35:1", None, "3140x1336"),
        ("1:16", None, "512x8192"),
        ("32:18", "4K", "16:9"),
    ],
)
def test_ratios_that_are_not_the_models(typed, quality, sent):
    """They become pixels, as many as a square of that quality has."""
    request = Request.parse("x", size=typed, quality=quality)

    assert request.size.text == sent
    assert (request.quality is None) == (request.size.pixels is not None)


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("1920x1080", "2560x1440"),
        ("1080x1920", "1440x2560"),
        ("8192x8192", "4096x4096"),
        ("100000x100", None),
        ("90000x1000", "16000x1000"),
        ("1024x1024", "1920x1920"),
    ],
)
def test_the_nearest_size(typed, nearest):
    """It has the same shape, and differs by as few pixels as possible."""
    with pytest.raises(SizeOutOfRange if nearest else SizeNotUnderstood) as caught:
        Size.parse(typed)
    assert getattr(caught.value, "nearest", None) == nearest


def test_defaults():
    """A prompt alone is a request: one image, size left to the model, 2K."""
    request = Request.parse("a fox")

    assert (
        request.size.text,
        request.quality,
        request.count,
        request.references,
    ) == ("auto", Quality.K2, 1, ())


def test_pixels_have_no_quality():
    """With exact pixels the quality is left out; asking for one is refused."""
    assert Request.parse("a", size="2560x1440").quality is None
    with pytest.raises(QualityWithPixels):
        Request.parse("a", size="2560x1440", quality="4K")


@given(st.text(min_size=1, max_size=200).filter(lambda text: not is_blank(text)))
def test_one_image_sends_the_prompt_unchanged(prompt):
    """The prompt reaches Evolink as it was typed, in any script."""
    assert prompt == Request.parse(prompt).prompt_sent


def test_several_images_are_asked_for_in_the_prompt():
    """Evolink draws several only if the prompt asks for it, in its language; the words stay."""
    request = Request.parse("a fox", count=3)

    assert request.prompt_sent == "a fox\n\nGenerate 3 different images"
    assert request.prompt == "a fox"
    assert Request.parse("狐狸", count=3).prompt_sent == "狐狸\n\n生成3张不同的图片"


def test_words_that_were_added_stay_the_same():
    """A request that is sent again must be identical, whatever changed since."""
    model = replace(SEEDREAM_4_5, several_images="\n\nmake {n}")
    request = Request.parse("a fox", count=3, model=model)
    kept = codec.decode(codec.encode(request), SEEDREAM_4_5)
    before = codec.encode(request)
    del before["added_words"]

    assert kept.prompt_sent == "a fox\n\nmake 3"
    # As earlier versions sent it.
    assert codec.decode(before, SEEDREAM_4_5).prompt_sent == "a fox\n\n生成3张不同的图片"


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("狐狸", True),
        ("一只 fox 在雪地里奔跑，远处是山", True),
        ("赛博朋克风格，neon", True),
        ("a sign that says 咖啡", False),
        ("狐と雪", False),
        ("", False),
        ("123 !?", False),
    ],
)
def test_which_prompts_are_chinese(text, chinese):
    """Mostly Han characters; with Kana among them it is Japanese."""
    assert is_chinese(text) is chinese


def test_the_limit_counts_the_prompt_as_sent():
    """2000 code points fit; with several images, the added words count, too."""
    Request.parse("字" * 2000)
    with pytest.raises(PromptTooLong) as refused:
        Request.parse("字" * 2000, count=2)

    assert (refused.value.length, refused.value.limit) == (2000, 1989)
    Request.parse("字" * 1989, count=2)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"prompt": "  \n"}, PromptMissing),
        ({"prompt": "x" * 2001}, PromptTooLong),
        ({"prompt": "x", "count": 0}, CountOutOfRange),
        ({"prompt": "x", "count": 16}, CountOutOfRange),
        ({"prompt": "x", "references": (PICTURE,) * 15}, TooManyReferences),
        ({"prompt": "x", "count": 2, "references": (PICTURE,) * 14}, TooManyImages),
        ({"prompt": "x", "quality": "8K"}, QualityNotUnderstood),
    ],
)
def test_what_is_refused(arguments, error):
    """Each bad combination has an error of its own."""
    with pytest.raises(error):
        Request.parse(**arguments)


def test_the_limits_are_the_models():
    """Another model's request is checked by that model's row; an unknown one has Seedream's."""
    small = replace(SEEDREAM_4_5, images=1, ratios=("1:1",), qualities=(Quality.K4,))

    assert Request.parse("x", size="1:1", model=small).quality is Quality.K4
    with pytest.raises(CountOutOfRange):
        Request.parse("x", count=2, model=small)
    assert Request.parse("x", size="16:9", model=small).size.pixels == (5461, 3072)
    with pytest.raises(QualityNotUnderstood):
        Request.parse("x", quality="2K", model=small)
    assert model_of("another") == replace(SEEDREAM_4_5, name="another")
    assert model_of("doubao-seedream-4.5") is SEEDREAM_4_5


def test_as_many_as_can_be():
    """Fourteen references and one image, or fifteen images and none, are accepted."""
    assert len(Request.parse("x", references=(PICTURE,) * 14).references) == 14
    assert Request.parse("x", count=15).count == 15


def _picture(**changes):
    return replace(PICTURE, **{"width": None, "height": None, **changes})


@pytest.mark.parametrize(
    ("picture", "flaw"),
    [
        (_picture(content_type="application/pdf", name="a.pdf"), Flaw.TYPE),
        (_picture(content_type=None, name="a.exe"), Flaw.TYPE),
        (_picture(content_type="image/svg+xml", name="a.png"), Flaw.TYPE),
        (_picture(content_type="application/octet-stream", name="a.mp4"), Flaw.TYPE),
        (_picture(bytes=50_000_001), Flaw.BYTES),
        (_picture(width=14, height=100), Flaw.TOO_SMALL),
        (_picture(width=15, height=241), Flaw.RATIO),
        (_picture(width=8001, height=8000), Flaw.PIXELS),
    ],
)
def test_references_that_cannot_be_used(picture, flaw):
    """What Discord says of an attachment is enough to refuse it, with its place and name."""
    with pytest.raises(BadReference) as refused:
        check(2, picture, SEEDREAM_4_5)

    assert (2, picture.name, flaw) == (
        refused.value.position,
        refused.value.name,
        refused.value.flaw,
    )


@pytest.mark.parametrize(
    "picture",
    [
        _picture(),
        _picture(content_type="image/jpeg; charset=binary"),
        _picture(content_type=None, name="A.TIFF"),
        _picture(width=15, height=240),
        _picture(width=8000, height=8000, bytes=50_000_000),
        _picture(content_type="image/heic", name="IMG_0001.HEIC"),
        _picture(content_type=None, name="IMG_0001.HEIC"),
        _picture(content_type="application/octet-stream", name="IMG_0001.HEIC"),
        _picture(content_type="image/avif", name="a.avif"),
        _picture(content_type="image/apng", name="a.apng"),
        _picture(content_type="image/pjpeg", name="a"),
        _picture(content_type="application/x-png", name="a.png"),
        _picture(content_type=None, name="a.jfif"),
        _picture(content_type="text/plain", name="a.pjpeg"),
    ],
)
def test_references_that_can_be_used(picture):
    """What can be read or converted passes, the limits included; HEIC by its name alone."""
    check(0, picture, SEEDREAM_4_5)
