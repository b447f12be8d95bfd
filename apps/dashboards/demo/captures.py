"""Taking the pictures of the user manuals, from a served demonstration.

Called by the command `capturer_manuels`, so that a manual never shows a screen that the product no
longer has. Which pictures: `pictures`. Playwright and Chromium are needed then only.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from PIL import Image, ImageOps

from apps.dashboards.demo.frame import MOT_DE_PASSE
from apps.dashboards.demo.pictures import CAPTURES, Capture

CHROMIUM = "/usr/bin/chromium"
HEIGHT = 900  # of the window
SCALE = 1.5  # sharp once printed on the width of a page
COLOURS = 64  # enough for a screen, and the files stay small
MARGIN = 24  # white around the part of the page, in points of the picture
READER = 3000  # milliseconds the browser's own reader of PDF takes
# What only serves the reader of the page itself.
HIDDEN = ".ex-aide, .ex-impression { display: none !important; }"
FOLDER = settings.BASE_DIR / "static" / "manuels"


def take(url: str, captures: tuple[Capture, ...] = CAPTURES) -> Iterator[Path]:
    """Take every picture on the demonstration served at `url`; yields the files written."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--lang=fr-FR"]
        )
        for user in dict.fromkeys(capture.utilisateur for capture in captures):
            context = browser.new_context(
                base_url=url,
                locale="fr-FR",
                viewport={"width": 1060, "height": HEIGHT},
                device_scale_factor=SCALE,
                bypass_csp=True,
            )
            tab = context.new_page()
            _sign_in(tab, user)
            for capture in captures:
                if capture.utilisateur == user:
                    yield _write(capture, _picture(tab, capture))
            context.close()
        browser.close()


def _sign_in(tab: Any, user: str) -> None:
    tab.goto(reverse("accounts:connexion"))
    tab.fill("[name=username]", user)
    tab.fill("[name=password]", MOT_DE_PASSE)
    tab.click("main button[type=submit]")
    tab.wait_for_load_state("networkidle")


def _picture(tab: Any, capture: Capture) -> bytes:
    height = capture.hauteur if capture.ecran else HEIGHT
    tab.set_viewport_size({"width": capture.largeur, "height": height})
    tab.goto(capture.adresse(), wait_until="networkidle")
    tab.add_style_tag(content=HIDDEN)
    if tab.locator("main iframe, main object").count():
        tab.wait_for_timeout(READER)
    if capture.clic:
        tab.locator(capture.clic).first.click()
        tab.wait_for_load_state("networkidle")
    zone = tab.locator(capture.zone).first
    if capture.ecran:
        zone.evaluate("element => element.scrollIntoView({block: 'start'})")
    box = zone.bounding_box()
    if capture.fin:
        end = tab.locator(capture.fin).first.bounding_box()
        box["height"] = end["y"] + end["height"] - box["y"]
        box["width"] = max(box["width"], end["width"])
    box["height"] = min(box["height"], capture.hauteur)
    return bytes(tab.screenshot(full_page=not capture.ecran, clip=box))


def _write(capture: Capture, contents: bytes) -> Path:
    path = FOLDER / capture.manuel / f"{capture.nom}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = ImageOps.expand(Image.open(io.BytesIO(contents)).convert("RGB"), MARGIN, "white")
    small = picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=COLOURS)
    small.save(path, optimize=True)
    return path
