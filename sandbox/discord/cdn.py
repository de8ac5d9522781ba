"""Files on disk, and their signed links, which expire after a day.

What is attached to a command or form is an ephemeral attachment, deleted after a while.
"""

import hashlib
import hmac
import io
import mimetypes
import re
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from PIL import Image
from yarl import URL

from sandbox.clock import Clock
from sandbox.discord.behaviour import Behaviour
from sandbox.discord.snowflake import Snowflakes
from sandbox.discord.wire import Json

_ADDRESS = re.compile(r"/(?:ephemeral-)?attachments/\d+/\d+/[^/]+$")
#: Without HEIC, even if this process has registered it with Pillow.
_MEASURED = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
#: Units of a link's timestamps in a second: two links of one millisecond must be told apart.
MICRO = 1_000_000
_NOT_IN_A_NAME = re.compile(r"[^\w.\-]")


@dataclass(frozen=True)
class Upload:
    """A file on its way in: a name and its bytes, on disk or in memory."""

    name: str
    data: bytes | Path

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.data.stat().st_size if isinstance(self.data, Path) else len(self.data)


@dataclass(frozen=True, eq=False)
class File:
    """A file that Discord keeps."""

    id: int
    name: str
    path: Path
    size: int
    content_type: str | None
    width: int | None
    height: int | None
    description: str | None
    ephemeral: bool
    #: Seconds since 1970 when it came.
    at: float
    #: Whether it is an ephemeral attachment.
    passing: bool
    _link: "Callable[[File], str]"

    @property
    def url(self) -> str:
        """A link that is good for a day from now."""
        return self._link(self)

    def read(self) -> bytes:
        """Return the bytes."""
        return self.path.read_bytes()

    def wire(self) -> Json:
        """Return the attachment object."""
        url = self.url
        shape: Json = {
            "id": str(self.id),
            "filename": self.name,
            "size": self.size,
            "url": url,
            "proxy_url": url,
            "content_type": self.content_type,
            "width": self.width,
            "height": self.height,
            "description": self.description,
            "ephemeral": self.ephemeral,
        }
        return {key: value for key, value in shape.items() if value is not None}


class Cdn:
    """All files of one sandbox."""

    def __init__(self, clock: Clock, behaviour: Behaviour, snowflakes: Snowflakes) -> None:
        self.base = ""
        self._clock = clock
        self._behaviour = behaviour
        self._snowflakes = snowflakes
        self._folder: Path | None = None
        self._secret = secrets.token_bytes(16)
        self._files: dict[str, File] = {}
        #: Links from before this moment are dead, and ephemeral attachments deleted.
        self._dead_until = 0.0

    def close(self) -> None:
        """Delete every file."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def staging(self) -> Path:
        """Return a new path for a file that is being received."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="sandbox-cdn-"))
        return self._folder / secrets.token_hex(12)

    def keep(
        self,
        upload: Upload,
        place: int,
        *,
        description: str | None = None,
        ephemeral: bool = False,
        private: bool = False,
    ) -> File:
        """Keep an upload under ``/attachments/{place}/``, or ``/ephemeral-attachments/``."""
        path = upload.data
        if isinstance(path, bytes):
            data, path = path, self.staging()
            path.write_bytes(data)
        width, height = _dimensions(path)
        name = clean(upload.name)
        number = self._snowflakes.next()
        address = f"/{'ephemeral-' if private else ''}attachments/{place}/{number}/{name}"
        file = File(
            number,
            name,
            path,
            path.stat().st_size,
            mimetypes.guess_type(name)[0],
            width,
            height,
            description,
            ephemeral,
            self._clock.now(),
            private,
            lambda _: self._signed(address),
        )
        self._files[address] = file
        return file

    def find(self, address: str) -> File | None:
        """Return the file at an address, even if its links have expired."""
        return self._files.get(address)

    def let_a_day_pass(self) -> None:
        """Expire every link, and delete what was attached to commands."""
        self._dead_until = self._clock.now()

    def refreshed(self, link: str) -> str | None:
        """Return a refreshed link, even of a deleted file; ``None`` if it isn't one of ours.

        Permissions are not checked.
        """
        is_ours = link.startswith(f"{self.base}/") and _ADDRESS.match(URL(link).path)
        return self._signed(URL(link).path) if is_ours else None

    def _signature(self, address: str, expires: str, issued: str) -> str:
        text = f"{address}?{expires}&{issued}".encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()

    def _signed(self, address: str) -> str:
        now = self._clock.now()
        # Discord's timestamps are whole seconds; here a sped-up day can be shorter than one.
        issued = f"{int(now * MICRO):x}"
        expires = f"{int((now + self._clock.lasting(self._behaviour.link_seconds)) * MICRO):x}"
        seal = self._signature(address, expires, issued)
        return f"{self.base}{address}?ex={expires}&is={issued}&hm={seal}&"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a download: 404 for a link that has expired or was never signed."""
        expires, issued = request.query.get("ex", ""), request.query.get("is", "")
        seal = self._signature(request.path, expires, issued)
        file = self._files.get(request.path)
        if (
            file is None
            or self._is_gone(file)
            or not hmac.compare_digest(seal, request.query.get("hm", ""))
            or int(expires, 16) < self._clock.now() * MICRO
            or int(issued, 16) < self._dead_until * MICRO
        ):
            return web.Response(status=404, text="This content is no longer available.")
        kind = file.content_type or "application/octet-stream"
        return web.FileResponse(file.path, headers={"Content-Type": kind})

    def _is_gone(self, file: File) -> bool:
        ends = file.at + self._clock.lasting(self._behaviour.ephemeral_seconds)
        return file.passing and (file.at <= self._dead_until or ends < self._clock.now())


def clean(name: str) -> str:
    """Return a file's name as Discord stores it: spaces become underscores, odd characters go."""
    return _NOT_IN_A_NAME.sub("", name.strip().replace(" ", "_")) or "unknown"


def _dimensions(path: Path) -> tuple[int | None, int | None]:
    """Return an image's width and height; none if it isn't an image."""
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(path.read_bytes()), formats=_MEASURED) as image,
        ):
            return image.size
    except Exception:  # noqa: BLE001 - Discord accepts what its decoders can't read
        return None, None
