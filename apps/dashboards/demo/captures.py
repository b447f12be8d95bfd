"""The pictures of the user manuals: which page, as whom, which part of it.

Taken from a served demonstration by the command `capturer_manuels`, so that a manual never shows
a screen that the product no longer has. Playwright and Chromium are needed then only.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from PIL import Image

from apps.annexes.models import AnnexeFinanciere
from apps.dashboards.demo.frame import MOT_DE_PASSE

CHROMIUM = "/usr/bin/chromium"
WIDTH, HEIGHT = 1100, 760  # of the window; a picture is never higher than 1.5 windows
COLOURS = 64  # enough for a screen, and the files stay small
FOLDER = settings.BASE_DIR / "static" / "manuels"


@dataclass(frozen=True, slots=True)
class Capture:
    """A picture: manual and name of its file, account, address, part of the page."""

    manuel: str
    nom: str
    utilisateur: str
    adresse: Callable[[], str]
    zone: str = "main"


def page(name: str, *args: Any, **query: Any) -> Callable[[], str]:
    """The address of a page known by its URL name."""
    return lambda: reverse(name, args=args, query=query or None)


def of_annexe(name: str, structure: str, *more: Any) -> Callable[[], str]:
    """The address of a page about the annex of a structure of the demonstration."""

    def address() -> str:
        annexe = AnnexeFinanciere.objects.filter(
            siae__structure__denomination__icontains=structure
        ).order_by("pk")
        return reverse(name, args=[annexe[0].pk, *more])

    return address


CAPTURES: tuple[Capture, ...] = ()


def take(url: str, captures: tuple[Capture, ...] = CAPTURES) -> Iterator[Path]:
    """Take every picture on the demonstration served at `url`; yields the files written."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for user in dict.fromkeys(capture.utilisateur for capture in captures):
            context = browser.new_context(
                base_url=url, locale="fr-FR", viewport={"width": WIDTH, "height": HEIGHT}
            )
            tab = context.new_page()
            _sign_in(tab, user)
            for capture in captures:
                if capture.utilisateur == user:
                    tab.goto(capture.adresse(), wait_until="networkidle")
                    yield _write(capture, _picture(tab, capture.zone))
            context.close()
        browser.close()


def _sign_in(tab: Any, user: str) -> None:
    tab.goto(reverse("accounts:connexion"))
    tab.fill("[name=username]", user)
    tab.fill("[name=password]", MOT_DE_PASSE)
    tab.click("main button[type=submit]")
    tab.wait_for_load_state("networkidle")


def _picture(tab: Any, zone: str) -> bytes:
    box = tab.locator(zone).first.bounding_box()
    box["height"] = min(box["height"], HEIGHT * 1.5)
    return bytes(tab.screenshot(full_page=True, clip=box))


def _write(capture: Capture, contents: bytes) -> Path:
    path = FOLDER / capture.manuel / f"{capture.nom}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(contents)).convert("RGB")
    small = picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=COLOURS)
    small.save(path, optimize=True)
    return path
