"""The site in a real browser: strict policy respected, nothing fetched elsewhere."""

import pytest

pytestmark = pytest.mark.browser


def test_the_sign_in_page_in_a_browser(page, site):
    """The page opens with no error in the console and no request to another host."""
    faults, addresses = [], []
    page.on(
        "console", lambda message: faults.append(message.text) if message.type == "error" else 0
    )
    page.on("pageerror", lambda error: faults.append(("error", str(error))))
    page.on("request", lambda request: addresses.append(request.url))
    page.goto("/")
    assert page.url.startswith(f"{site}/connexion/")
    assert page.locator("h1").count() == 1
    page.wait_for_load_state("networkidle")
    assert [fault for fault in faults if fault[0] == "error"] == []
    assert addresses
    assert [address for address in addresses if not address.startswith((site, "data:"))] == []
