"""Generated tables in a page that is otherwise written by hand."""

from pathlib import Path

SCALING = Path(__file__).parent.parent / "docs/scaling.md"


def replace(name: str, text: str) -> None:
    """Replace what is between ``<!-- NAME -->`` and ``<!-- end of NAME -->``.

    Raises:
        ValueError: the page has no such place.
    """
    page = SCALING.read_text()
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{SCALING} has no place for {name}")
    SCALING.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}")
