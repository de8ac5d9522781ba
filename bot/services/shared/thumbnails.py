"""Thumbnails of results, for lists and menus."""

from pathlib import Path

import structlog

from bot.domain.result import Result
from bot.errors import ImagineError
from bot.files import FileStorage
from bot.images.fit import thumbnail

log = structlog.get_logger()


async def small(storage: FileStorage, result: Result) -> Path | None:
    """Return a result's thumbnail, making it if needed; ``None``: there is none."""
    if result.file is None:
        return None
    path, original = storage.thumbnail(result.file), storage.path(result.file)
    try:
        if not path.exists():
            if not await storage.has(result.file):
                return None
            await thumbnail(original, path)
            if not original.exists():
                # Deleted meanwhile, with every copy that existed then.
                path.unlink(missing_ok=True)
                return None
    except (ImagineError, OSError) as error:
        log.info("no thumbnail", task=result.task_id, error=repr(error))
        return None
    return path
