"""Who is told what when Evolink, or something in front of it, says that we ask too often."""

from typing import cast

from bot.domain.durations import Durations
from bot.errors import RateLimited
from bot.files import FileStorage
from bot.services.shared.alerts import Alerts
from bot.services.shared.pauses import Pauses
from bot.services.shared.ports import Chat
from tests.integration.store_kit import NOW, accept, opened


class Told:
    """Discord, as far as the operator is told things."""

    def __init__(self) -> None:
        self.texts = list[str]()

    async def tell_operator(self, text: str) -> bool:
        self.texts.append(text)
        return True


async def test_a_page_in_front_is_no_trouble_of_the_accounts(tmp_path) -> None:
    """The operator hears of what two tasks have met, not of what shuts this process out."""
    async with opened(tmp_path) as store:
        storage, told = FileStorage(tmp_path / "files"), Told()
        storage.prepare()
        alerts = Alerts(store, cast("Chat", told), lambda: NOW)
        pauses = Pauses(store, alerts, storage, Durations(), lambda: NOW, lambda: 30.0)
        one, two = await accept(store), await accept(store, user=21)

        await pauses.begin(one, RateLimited("slow down", 5.0))
        assert told.texts == []
        await pauses.begin(two, RateLimited("slow down", 5.0))
        assert ["too many requests" in text for text in told.texts] == [True]


async def test_nothing_makes_a_pause_last_for_ever(tmp_path) -> None:
    """Whatever Evolink asks for, it is tried again after an hour."""
    async with opened(tmp_path) as store:
        storage, told = FileStorage(tmp_path / "files"), Told()
        storage.prepare()
        alerts = Alerts(store, cast("Chat", told), lambda: NOW)
        pauses = Pauses(store, alerts, storage, Durations(), lambda: NOW, lambda: 0.0)
        task = await accept(store)

        assert await pauses.begin(task, RateLimited("slow down", 1e9)) == NOW + 60 * 60 * 1000
