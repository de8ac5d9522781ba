"""What axe complains about on a page."""

from axe_playwright_python.async_playwright import Axe  # pyright: ignore[reportMissingTypeStubs]
from playwright.async_api import Page

_RULES = {
    # axe would look for preloaded assets in the wrong folder.
    "preload": False,
    # Otherwise it describes every accessible element, too, which takes a third of the time.
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


async def violations(tab: Page) -> list[str]:
    """Return what is not accessible, with the places; the page's policy must be bypassed.

    axe puts styles of its own into the page, which the policy forbids.
    """
    results = await Axe().run(tab, options=_RULES)
    return [
        f"{each['id']}: {each['help']}: {[node['target'] for node in each['nodes']][:4]}"
        for each in results.response["violations"]
    ]
