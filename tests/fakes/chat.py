"""All of Discord that the services need."""

from dataclasses import dataclass

from tests.fakes.attachments import FakeAttachments
from tests.fakes.cards import FakeCards
from tests.fakes.channels import FakeChannels
from tests.fakes.operator_channel import FakeOperatorChannel
from tests.fakes.post_lookup import FakePostLookup
from tests.fakes.posting import FakePosting


@dataclass
class FakeChat(
    FakeCards, FakePosting, FakePostLookup, FakeAttachments, FakeOperatorChannel, FakeChannels
):
    """One place where cards, posts, pictures and the operator's channel are."""
