"""Filters of the printed documents: dates in full, SIRET in groups."""

from __future__ import annotations

from datetime import date

from django import template

from apps.rules.periods import NOMS

register = template.Library()
NBSP = "\u00a0"


@register.filter
def date_longue(day: date | None) -> str:
    """« 1er janvier 2023 », « 20 mars 2023 »; nothing for None."""
    if day is None:
        return ""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number}{NBSP}{NOMS[day.month - 1]}{NBSP}{day.year}"


@register.filter
def siret(number: str) -> str:
    """« 226 200 012 00012 »: the SIREN by threes, then the establishment."""
    return NBSP.join([number[:3], number[3:6], number[6:9], number[9:]]) if number else ""


@register.filter
def attention(correspondent: str) -> str:
    """« À l’attention de : la direction »: a service loses its capital, a person keeps hers."""
    is_service = correspondent.startswith(("La ", "Le ", "Les ", "L’"))
    return correspondent[:1].lower() + correspondent[1:] if is_service else correspondent


@register.filter
def insecable(text: str) -> str:
    """Keeps French quotation marks and double punctuation with their word."""
    for mark in (";", ":", "!", "?", "»"):
        text = text.replace(f" {mark}", NBSP + mark)
    return text.replace("« ", f"«{NBSP}")
