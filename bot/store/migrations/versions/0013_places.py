"""Pages name the places of their results, where they counted those that had come.

As long as none was lost before or between them, that is the same.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

#: Pages that are posted for everybody afterwards count from here, and always named places.
PUBLISHED = 100

_WITH_GAPS = """
    SELECT DISTINCT task_id FROM result WHERE url = ''
     AND task_id IN (SELECT task_id FROM post WHERE page < :published)
"""
_RESULTS = "SELECT position, url FROM result WHERE task_id = :id ORDER BY position"
_PAGES = """
    SELECT page, first, stop FROM post WHERE task_id = :id AND page < :published ORDER BY page
"""
_CHANGE = """
    UPDATE post SET first = :first, stop = :stop WHERE task_id = :id AND page = :page
"""


def upgrade() -> None:
    """Turn counts into places; of what was deleted nobody sees anything, however it is counted."""
    db = op.get_bind()
    for (number,) in db.execute(sa.text(_WITH_GAPS), {"published": PUBLISHED}).all():
        results = db.execute(sa.text(_RESULTS), {"id": number}).all()
        came = [position for position, url in results if url]
        rows = db.execute(sa.text(_PAGES), {"id": number, "published": PUBLISHED}).all()
        pages = [(int(page), int(first), int(stop)) for page, first, stop in rows]
        if not came or not _are_counts(pages, came):
            continue
        for page, first, stop in pages:
            places = {"first": came[first], "stop": came[stop - 1] + 1}
            db.execute(sa.text(_CHANGE), {"id": number, "page": page, **places})


def _are_counts(pages: list[tuple[int, int, int]], came: list[int]) -> bool:
    """Tell whether pages follow each other from 0 to the number of those that came."""
    ends = [0, *(stop for _, _, stop in pages)]
    return ends[:-1] == [first for _, first, _ in pages] and ends[-1] == len(came)
