"""The sandbox's pictures: true sizes and formats, and every word of the order shows."""

import io
import warnings
from dataclasses import replace

import pytest
from PIL import Image, ImageChops

from sandbox.evolink.pictures import Picture, render
from sandbox.evolink.scenery import paint
from sandbox.evolink.sizes import MAX_PIXELS, MIN_PIXELS, RATIOS, nearest_ratio

SMALL = Picture(
    prompt="a lake at sunset",
    width=320,
    height=200,
    index=0,
    count=2,
    thumbnails=(),
    format="jpeg",
    style="scene",
    captioned=True,
    mark="task-1/0",
)


def thumbnail(colour) -> bytes:
    """Return a small JPEG of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(out, "JPEG")
    return out.getvalue()


def drawn(picture) -> Image.Image:
    """Draw and decode."""
    with Image.open(io.BytesIO(render(picture))) as image:
        return image.convert("RGB")


def difference(one, other) -> int:
    """Return how many pixels differ clearly."""
    delta = ImageChops.difference(drawn(one), drawn(other)).convert("L")
    return sum(delta.histogram()[40:])


def test_a_picture_is_drawn_alike_again() -> None:
    """So results need no storage until they are fetched."""
    assert render(SMALL) == render(SMALL)


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "a fox at night"},
        {"index": 1},
        {"thumbnails": (thumbnail("red"),)},
    ],
)
def test_what_was_ordered_shows(change) -> None:
    """Another prompt, number or reference changes the picture far more than noise would."""
    assert difference(SMALL, replace(SMALL, **change)) > 500


@pytest.mark.parametrize(
    "words",
    [
        "a boat",
        "船",
        "a fox",
        "狐狸",
        "a cat",
        "猫",
        "a city",
        "a lighthouse",
        "balloons",
        "in winter",
    ],
)
def test_what_the_prompt_names_is_in_the_picture(words) -> None:
    """The landscape is the same, but the rest differs far more than noise would."""
    lake, named = (paint(f"a lake at sunset{more}", 7, 320, 200) for more in ("", f", {words}"))
    assert sum(ImageChops.difference(lake, named).convert("L").histogram()[40:]) > 300


def test_a_part_of_a_word_names_nothing() -> None:
    """No city in electricity."""
    lake, named = (paint(f"a lake at sunset{more}", 7, 320, 200) for more in ("", ", electricity"))
    assert lake == named


def test_a_picture_may_come_without_words_on_it() -> None:
    """Then it is the scenery alone."""
    bare = replace(SMALL, captioned=False, format="png")
    assert drawn(bare) == paint(SMALL.prompt, SMALL.seed, 320, 200)


def test_a_reference_hangs_in_the_picture() -> None:
    """Its colour is where it was pinned."""
    picture = replace(SMALL, thumbnails=(thumbnail((0, 255, 0)),))
    patch = drawn(picture).crop((155, 42, 165, 50)).tobytes()
    assert min(patch[1::3]) > 200
    assert max(patch[0::3] + patch[2::3]) < 60


@pytest.mark.parametrize("references", range(1, 15))
def test_all_references_find_a_place(references) -> None:
    """Fourteen are the most, in any shape."""
    thumbnails = tuple(thumbnail((20 * n, 250 - 15 * n, 99)) for n in range(references))
    for size in ((320, 200), (120, 400)):
        image = drawn(replace(SMALL, width=size[0], height=size[1], thumbnails=thumbnails))
        assert image.size == size


@pytest.mark.parametrize("prompt", ["一片宁静的湖水", "🦊" * 40, "x" * 2000, "\n\n a \0 b", "ع ي"])
def test_any_prompt_can_be_written(prompt) -> None:
    """What the font lacks is left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert drawn(replace(SMALL, prompt=prompt)).size == (320, 200)


@pytest.mark.parametrize("style", ["scene", "flat"])
@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_each_format_is_what_it_says(style, kind) -> None:
    """The bytes are of the format, the pixels of the size."""
    data = render(replace(SMALL, style=style, format=kind))
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert (image.format, image.size) == (kind.upper(), (320, 200))


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_flat_pictures_differ_in_their_bytes(kind) -> None:
    """An audit can tell by the hash which result was posted."""
    flat = replace(SMALL, style="flat", format=kind)
    data, other = render(flat), render(replace(flat, mark="task-2/0"))
    assert data != other
    with Image.open(io.BytesIO(data)) as one, Image.open(io.BytesIO(other)) as two:
        assert one.tobytes() == two.tobytes()


def test_noise_cannot_be_compressed() -> None:
    """About three bytes a pixel, so that upload limits are met."""
    data = render(replace(SMALL, style="noise", format="png"))
    assert len(data) > 320 * 200 * 3
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("PNG", (320, 200))


def test_a_picture_of_4k_has_its_true_pixels() -> None:
    """Drawn smaller, delivered whole."""
    with Image.open(io.BytesIO(render(replace(SMALL, width=4096, height=4096)))) as image:
        assert image.size == (4096, 4096)


def test_every_ratio_has_sizes_near_its_shape() -> None:
    """Documented sizes, multiples of 16, within 2 % of the ratio (ByteDance's table has 1.8)."""
    assert RATIOS["16:9"] == {"2K": (2848, 1600), "4K": (5504, 3040)}
    assert len(RATIOS) == 11
    for ratio, sizes in RATIOS.items():
        wide, high = map(int, ratio.split(":"))
        for width, height in sizes.values():
            assert width % 16 == height % 16 == 0
            assert width / height == pytest.approx(wide / high, rel=0.02)
            assert MIN_PIXELS <= width * height <= MAX_PIXELS * 1.001


@pytest.mark.parametrize(
    ("size", "ratio"),
    [((100, 100), "1:1"), ((1920, 1080), "16:9"), ((1, 16), "9:21"), ((30, 20), "3:2")],
)
def test_auto_takes_the_nearest_ratio(size, ratio) -> None:
    """The shape decides, not the size."""
    assert nearest_ratio(*size) == ratio
