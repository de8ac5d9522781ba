"""What is sent to a model instead of a prompt, in the prompt's language."""
# ruff: noqa: RUF001 - Chinese has its own commas

from bot.domain.text import is_chinese

_REDRAW = "Redraw this picture with finer detail. Keep everything else as it is."
_REDRAW_CHINESE = "以更丰富的细节重新生成这张图片，其他一切保持不变。"


def redraw(prompt: str) -> str:
    """Return the instruction to draw a picture again with more pixels.

    The prompt itself may have been about another picture ("remove the boat"), so it isn't sent.
    """
    return _REDRAW_CHINESE if is_chinese(prompt) else _REDRAW
