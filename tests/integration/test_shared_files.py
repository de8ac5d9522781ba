"""Results and references of several machines in one object store."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest

from bot import shared_files
from bot.domain.durations import Durations
from bot.domain.ids import InteractionId, TaskId
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.result import Result
from bot.domain.upload import Upload
from bot.errors import FilesUnavailable
from bot.services.shared.reference_cache import ReferenceCache
from bot.services.shared.thumbnails import small
from bot.shared_files import COPIES, SharedFiles
from tests.integration.store_kit import NOW, accept, opened
from tests.kit.object_store import Server, wire
from tests.kit.pictures import png

Machine = Callable[[str], SharedFiles]

TASK = InteractionId(7)


@pytest.fixture
def machine(s3: Server, tmp_path) -> Machine:
    """Make the storage of a machine by its name; all have the same object store."""
    prefix = token_hex(4)

    def made(name: str) -> SharedFiles:
        storage = SharedFiles(tmp_path / name, s3.store(prefix))
        storage.prepare()
        return storage

    return made


async def stored(storage: SharedFiles) -> set[str]:
    """Return the names of all objects in the store."""
    found = set[str]()
    for folder in ("references", "results"):
        found |= {each.name async for each in storage.objects.all(folder)}
    return found


async def result(storage: SharedFiles, number: InteractionId = TASK, content: bytes = b"x") -> str:
    """Store an original; return its name."""
    path = storage.result(number, 0)
    path.write_bytes(content)
    name = storage.name(path)
    await storage.share(path)
    return name


def age(storage: SharedFiles, seconds: float) -> None:
    """Make all files of a machine look unused for so many seconds."""
    then = time.time() - seconds
    for path in storage.root.rglob("*"):
        os.utime(path, (then, then))


async def test_what_one_machine_stores_another_one_has(machine: Machine) -> None:
    """Its copies are its own, and go when they haven't been used for a while."""
    one, other = machine("one"), machine("other")
    name = await result(one, content=png(200, 100))
    assert await other.has(name)
    assert other.path(name).read_bytes() == one.path(name).read_bytes()
    picture = Result(task_id=TaskId(1), position=0, url="u", file=name)
    made = await small(other, picture)
    assert made is not None
    assert made.is_relative_to(other.root / COPIES)

    age(other, shared_files.COPIES_KEPT + 60)
    assert await other.has(name)
    await other.trim()
    assert other.path(name).exists()
    assert not made.exists()
    for _ in range(3):  # the file, its folder, and the folder of that
        age(other, shared_files.COPIES_KEPT + 60)
        await other.trim()
    assert not list((other.root / COPIES).iterdir())
    assert await small(other, picture)


async def test_several_processes_of_a_machine_trim_its_copies(machine: Machine) -> None:
    """Each may find folders that another has just removed."""
    one = machine("one")
    for _ in range(3):
        for number in range(200):
            (one.root / COPIES / "results" / str(number)).mkdir(parents=True)
        age(one, shared_files.COPIES_KEPT + 60)
        await asyncio.gather(*[one.trim() for _ in range(4)])
        assert not list((one.root / COPIES).glob("results/*"))


async def test_what_one_machine_deletes_no_other_one_finds(machine: Machine) -> None:
    """It is neither in the store nor, for long, on another machine's disk."""
    one, other = machine("one"), machine("other")
    name = await result(one)
    assert await other.has(name)
    await one.remove_result(name)
    assert await stored(one) == set()
    assert not await one.has(name)
    age(other, shared_files.COPIES_KEPT + 60)
    await other.trim()
    assert not await other.has(name)
    assert await small(other, Result(task_id=TaskId(1), position=0, url="u", file=name)) is None


async def test_a_picture_that_broke_off_is_not_taken_for_the_one_in_the_store(
    machine: Machine,
) -> None:
    """One machine has the beginning of it; another has fetched all of it meanwhile."""
    one, other = machine("one"), machine("other")
    one.result(TASK, 0).write_bytes(b"half")
    name = await result(other, content=b"the whole of it")
    assert await one.has(name)
    assert one.path(name).read_bytes() == b"the whole of it"


async def test_files_from_before_the_store(machine: Machine) -> None:
    """They are moved there when somebody needs them, and deleted with the others."""
    one, other = machine("one"), machine("other")
    for number in (TASK, InteractionId(8)):
        one.result(number, 0).write_bytes(b"old")
    assert not await other.has("results/7/0")
    assert [await each.size("results/7/0") for each in (one, other)] == [3, 0]
    assert all(await asyncio.gather(*[one.has("results/7/0") for _ in range(5)]))
    assert [await each.size("results/7/0") for each in (one, other)] == [3, 3]
    assert await other.has("results/7/0")
    await one.remove_result("results/7/0")
    await one.remove_result("results/8/0")
    assert not [path for path in one.root.rglob("*") if path.is_file()]


async def test_a_file_from_before_that_another_step_has_just_moved(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It isn't taken for a missing file."""
    one = machine("one")
    one.result(TASK, 0).write_bytes(b"old")
    get = one.objects.get

    async def overtaken(name: str, to: Path) -> bool:
        found = await get(name, to)
        monkeypatch.undo()
        assert await one.has(name)
        return found

    monkeypatch.setattr(one.objects, "get", overtaken)
    assert await one.has("results/7/0")


async def test_a_move_whose_folder_is_trimmed_at_that_moment(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty folder is removed between checking it and moving a file into it."""
    one, other = machine("one"), machine("other")
    name = await result(one, content=b"whole")
    replace = Path.replace

    def trimmed(path: Path, to: Path) -> Path:
        monkeypatch.undo()
        to.parent.rmdir()
        return replace(path, to)

    monkeypatch.setattr(Path, "replace", trimmed)
    assert await other.has(name)
    assert other.path(name).read_bytes() == b"whole"


async def test_a_trim_right_after_a_file_from_before_was_moved(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy was just used, however old it is."""
    one = machine("one")
    one.result(TASK, 0).write_bytes(b"old")
    age(one, shared_files.COPIES_KEPT + 60)
    share = one.share

    async def trimmed(path: Path) -> None:
        await share(path)
        await one.trim()

    monkeypatch.setattr(SharedFiles, "share", lambda _, path: trimmed(path))
    assert await one.has("results/7/0")


async def test_a_sweep(machine: Machine) -> None:
    """Files that no row names go, unless they are so young that a row may still come."""
    one = machine("one")
    names = [await result(one, InteractionId(number)) for number in (7, 8, 9)]
    gone = await one.sweep(lambda name, _: name == names[0], older_than=0)
    assert (gone, len(await stored(one))) == (0, 3)
    gone = await one.sweep(
        lambda name, number: name == names[0] or number == 8, older_than=time.time() + 60
    )
    assert await stored(one) == set(names[:2])


async def test_each_machine_moves_what_it_has_from_before_the_store(machine: Machine) -> None:
    """Except what is still being written; what a crash left goes."""
    one, other = machine("one"), machine("other")
    result, flat = one.result(TASK, 0), one.root / "results" / "8-0"
    reference = one.kept_reference("a0", converted=False)
    left = (one.incoming(TASK, 0), result.with_name("0-small"), one.result(InteractionId(9), 0))
    for path in (result, flat, reference, *left):
        path.write_bytes(b"old")
    named = {one.name(path) for path in (result, flat, reference)}

    async def swept(older_than: float) -> int:
        return await one.sweep_disk(lambda name, _: name in named, older_than=older_than)

    assert await swept(0) == 0
    assert await stored(one) == set()
    assert await swept(time.time() + 60) == len(left)
    assert await stored(one) == named
    assert all([await other.has(name) for name in named])
    assert not any(path.exists() for path in (result, flat, reference, *left))
    # Nothing is left to do for another process of this machine.
    assert await swept(time.time() + 60) == 0


async def test_references_of_all_machines_have_one_cap(machine: Machine, tmp_path) -> None:
    """It counts the bytes in the store; the longest unused go first, whoever fetched them."""
    one, other = machine("one"), machine("other")
    async with opened(tmp_path) as store:

        def cache(storage: SharedFiles, max_bytes: int) -> ReferenceCache:
            return ReferenceCache(
                store=store,
                storage=storage,
                durations=Durations(),
                clock=lambda: NOW,
                max_bytes=max_bytes,
            )

        reference = Reference(url="u", name="a.png", bytes=9, attachment_id=7)
        request = Request(prompt="a cat", references=(reference,))
        uploads = list[Upload]()
        for number, storage in enumerate((one, other)):
            task = await accept(store, request=request)
            came = storage.incoming(task.interaction_id, 0)
            came.write_bytes(bytes([number]) * 1_000)
            upload = Upload(task_id=task.id, position=0, source=f"attachment:{number}")
            await cache(storage, 10_000).keep(upload, came, converted=False)
            uploads += await store.uploads.of_task(task.id)
            await store.tasks.save(task.cancelled(NOW), "cancelled", now=NOW)
        assert await one.bytes_of_references() >= 1_000
        assert len(await stored(one)) == 2
        again = machine("third")
        assert await again.bytes_of_references() == 2_000
        assert await cache(again, 1_500).make_room()
        assert len(await stored(one)) == 1
        assert await again.bytes_of_references() == 1_000
        for upload in uploads:
            await cache(again, 1_500).release(upload)
        assert await stored(one) == set()


async def test_bytes_of_references_between_two_looks(machine: Machine) -> None:
    """Changes count at once; a file from before the store goes with its object."""
    one = machine("one")
    assert await one.bytes_of_references() == 0
    path = one.kept_reference("aa", converted=False)
    path.write_bytes(b"1234567")
    name = one.name(path)
    await one.share(path)
    assert await one.bytes_of_references() == 7
    path.write_bytes(b"1234567")
    assert await one.unshare(name, 0) == 7
    assert await one.bytes_of_references() == 0
    assert await stored(one) == set()
    assert not path.exists()


async def test_no_task_starts_while_the_store_gives_back_something_else(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache in front of it, say, would lose pictures or mix them up."""
    one = machine("one")

    async def another(_name: str, to: Path) -> bool:
        await asyncio.to_thread(to.write_bytes, b"!")
        return True

    async def nothing(_name: str, _to: Path) -> bool:
        return False

    for answer in (another, nothing):
        with monkeypatch.context() as patched:
            patched.setattr(one.objects, "get", answer)
            with pytest.raises(FilesUnavailable, match="gives back"):
                await one.check()
        assert not one.is_usable()
    await one.check()
    assert one.is_usable()


async def test_no_task_starts_while_the_store_is_away(s3: Server, tmp_path) -> None:
    """It is checked in each round, and noticed when it is back."""
    async with wire(s3.port) as it:
        storage = SharedFiles(tmp_path, s3.store(port=it.port))
        storage.prepare()
        await storage.check()
        assert storage.is_usable()
        it.is_cut = True
        with pytest.raises(FilesUnavailable):
            await storage.check()
        assert not storage.is_usable()
        path = storage.result(TASK, 0)
        path.write_bytes(b"x")
        with pytest.raises(FilesUnavailable):
            await storage.share(path)
        assert path.exists()
        it.is_cut = False
        await storage.check()
        assert storage.is_usable()
        assert not list((tmp_path / "incoming").iterdir())
        # A probe may have arrived although its answer was lost.
        await storage.sweep(lambda *_: False, older_than=time.time() + 60)
        assert not [each async for each in s3.store().all("results/0")]
