"""Where results and references are kept: below ``DATA_DIR``, or in an object store."""

import errno
from importlib.util import find_spec

from bot.errors import FilesUnavailable, StartError
from bot.files import FileStorage
from bot.settings import Settings


async def storage_of(settings: Settings) -> FileStorage:
    """Return the storage, after writing to it.

    Raises:
        StartError: it can't be written.
    """
    storage = _storage(settings)
    try:
        storage.prepare()
        await storage.check()
    except OSError as error:
        raise _unwritable(storage, error) from error
    except FilesUnavailable as error:
        raise StartError(
            f"STORAGE_URL: {settings.storage_url} can't be used ({error.why}).",
            exit_code=78 if error.is_refused else 69,
        ) from error
    return storage


def _storage(settings: Settings) -> FileStorage:
    if settings.storage_url is None:
        return FileStorage(settings.data_dir)
    if find_spec("obstore") is None:
        raise StartError(
            "STORAGE_URL: the library for object stores is missing; "
            "run pip install --require-hashes -r requirements-scale.txt."
        )
    key, secret = settings.aws_access_key_id, settings.aws_secret_access_key
    if bool(key) != bool(secret):
        raise StartError(
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together; "
            "set both, or neither if the machine has a role."
        )
    # An optional dependency, which takes 0.1 s to import.
    from bot.object_store import ObjectStore  # noqa: PLC0415 - see above
    from bot.shared_files import SharedFiles  # noqa: PLC0415 - see above

    bucket, _, prefix = settings.storage_url.removeprefix("s3://").partition("/")
    return SharedFiles(
        settings.data_dir,
        ObjectStore(
            bucket,
            prefix,
            endpoint=settings.aws_endpoint_url,
            region=settings.aws_region,
            keys=(key, secret.get_secret_value()) if key and secret else None,
            proxy=settings.proxies.for_url(settings.aws_endpoint_url or "https://s3.amazonaws.com"),
        ),
    )


def _unwritable(storage: FileStorage, error: OSError) -> StartError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StartError(f"DATA_DIR: the disk of {storage.root} is full.", exit_code=69)
    where = error.filename or storage.root
    return StartError(f"DATA_DIR: {where} can't be written ({error.strerror}).")
