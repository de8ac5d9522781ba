"""Photos of phones can be written."""

import pytest
from pillow_heif import register_heif_opener


@pytest.fixture(autouse=True, scope="session")
def _photos():
    """Let these tests write HEIC, with the options that the bot reads it with."""
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
