"""What tests of results share: a picture that was drawn, and forms to fill."""

import re

from sandbox.discord.interactions import Interaction, Modal
from sandbox.discord.messages import Message
from sandbox.evolink.books import Submission
from sandbox.person import Person
from tests.acceptance.studio import Studio


async def drawn(studio: Studio, prompt: str, person: Person | None = None, **typed) -> Message:
    """Have something drawn; return the message with it. Prompts tell tests apart."""
    await (person or studio.ann).slash("imagine", prompt=prompt, **typed)
    return await posted(studio, prompt)


async def posted(studio: Studio, prompt: str, number: int = 1) -> Message:
    """Wait for the message with the results of a prompt; the ``number``-th of them."""

    def there() -> list[Message]:
        return [message for message in studio.posted() if prompt in message.text]

    await studio.until(lambda: len(there()) >= number)
    return there()[number - 1]


async def opened_form(studio: Studio, press: Interaction) -> Modal:
    """Wait for the form that a press opens."""
    await studio.until(lambda: press.modal)
    assert press.modal is not None
    return press.modal


async def answered(studio: Studio, interaction: Interaction) -> Message:
    """Wait for the answer to an interaction."""
    await studio.until(lambda: interaction.message and not interaction.message.loading)
    assert interaction.message is not None
    return interaction.message


async def to_delete(
    studio: Studio, panel: Message, button: str = "Delete…", person: Person | None = None
) -> Message:
    """Press in a panel; wait for the question, which replaces the panel."""
    await (person or studio.ann).press(panel, button)
    await studio.until(lambda: "Keep" in panel.buttons)
    return panel


def number_of(message: Message) -> int:
    """The number of the task that a message's buttons are for."""
    found = re.search(r"(?:task|result):(\d+):", str(message.components))
    assert found is not None, message.picture()
    return int(found[1])


def forged(message: Message, custom_id: str) -> Message:
    """Change the id of the first button below a result, as a forger would."""
    row = next(part for part in message.components if part["type"] == 1)
    row["components"][0]["custom_id"] = custom_id
    return message


async def left(studio: Studio, person: Person | None = None) -> int:
    """How many images somebody may still draw today."""
    answer = await answered(studio, await (person or studio.ann).slash("quota"))
    found = re.search(r"(\d+) left today", answer.text)
    assert found is not None, answer.text
    return int(found[1])


def order(studio: Studio, prompt: str) -> Submission:
    """Return Evolink's latest submission with this prompt."""
    return [each for each in studio.evolink.books.submissions if each.prompt.startswith(prompt)][-1]
