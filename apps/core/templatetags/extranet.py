"""Template filters and tags of the product: French figures, months, state badges, page help."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.help_pages import help_of
from apps.core.manuals import manual_of
from apps.rules import explanation
from apps.rules.periods import Month, with_de

register = template.Library()


@register.filter
def octets(value: int | str) -> str:
    """A size in bytes as a French reader writes it: « 14,5 Ko »."""
    return filesizeformat(value).replace("io", "o")


# Kind of badge of each state, whatever the object: the text always says it as well.
BADGES: Mapping[str, str] = {
    "BROUILLON": "new",
    "PROVISOIRE": "new",
    "PROPOSEE": "info",
    "PROPOSE": "info",
    "SAISI": "info",
    "EN_ATTENTE": "info",
    "EN_COURS": "info",
    "PREPAREE": "info",
    "CONTROLEE": "info",
    "APPROUVEE": "info",
    "VISEE": "info",
    "EMIS": "info",
    "EMISE": "info",
    "NOTIFIEE": "info",
    "PREPARE": "info",
    "RECU": "info",
    "DEPOSEE": "info",
    "SUSPENDUE": "warning",
    "GELEE": "warning",
    "CONTESTEE": "error",
    "MAINTENUE": "info",
    "ADMISE": "success",
    "PARTIELLE": "success",
    "NON_ADMISE": "error",
    "INSTRUCTION": "info",
    "TRANSMISE": "info",
    "A_DECIDER": "warning",
    "PREPARATION": "new",
    "SOUMISE": "info",
    "RECUE": "warning",
    "CLOSE": "success",
    "PRONONCEE": "success",
    "OUVERTE": "warning",
    "DEMANDE": "warning",
    "CONFORME": "success",
    "NON_CONFORME": "error",
    "DEBLOQUE": "warning",
    "RETIRE": "warning",
    "REOUVERTE": "warning",
    "REJETE": "error",
    "REJETEE": "error",
    "REFUSEE": "error",
    "CARENCE": "error",
    "ECHEC": "error",
    "VERROUILLEE": "success",
    "ACCORDEE": "success",
    "VALIDE": "success",
    "VALIDEE": "success",
    "NOTIFIE": "success",
    "PAYEE": "success",
    "ACTIVE": "success",
    "EXECUTE": "success",
    "CONFIRME": "success",
    "APPLIQUE": "success",
    "ECARTE": "warning",
    "EXECUTEE": "success",
    "DENOUEE": "success",
    "TERMINE": "success",
    "ENCAISSE": "success",
    "PARTIEL": "warning",
    "RELANCE": "warning",
    "MIS_EN_DEMEURE": "warning",
    "FORCE": "error",
    "SOLDE": "success",
    "SIGNE": "success",
    "ACCORDE": "success",
    "ROMPU": "error",
    "REFUSE": "error",
    "ORDONNE": "info",
    "PAYE": "success",
    "PROLONGEE": "warning",
    "REPONDUE": "success",
    "SIGNEE": "success",
    "ECARTEE": "new",
}


@register.filter
def nombre(value: Any) -> str:
    """« 1 234,50 »; nothing for None."""
    return "" if value in (None, "") else explanation.nombre(_decimal(value))


@register.filter
def nombre_entier(value: int) -> str:
    """« 10 000 », no-break space."""
    return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")


@register.filter
def euros(value: Any) -> str:
    """« 1 234,50 € », no-break spaces, true minus sign; nothing for None."""
    return "" if value in (None, "") else explanation.euros(_decimal(value))


@register.filter
def heures(value: Any) -> str:
    """« 151,67 h »; nothing for None."""
    return "" if value in (None, "") else explanation.heures(_decimal(value))


@register.filter
def pourcent(value: Any) -> str:
    """« 19,54 % »; nothing for None."""
    return "" if value in (None, "") else explanation.pourcent(_decimal(value))


@register.filter
def mois(value: Any) -> str:
    """« mars 2023 », from a date, a Month or « 2023-03 »; nothing for None."""
    if value in (None, ""):
        return ""
    if isinstance(value, date):
        return Month.of(value).label
    return value.label if isinstance(value, Month) else Month.parse(str(value)).label


@register.filter
def de_mois(value: Any) -> str:
    """The same after a noun: « de mars 2023 », « d’avril 2023 »; nothing for None."""
    text = mois(value)
    return with_de(text) if text else ""


@register.simple_tag
def etat_badge(objet: Any) -> SafeString:
    """The state of an object (`etat` or `statut`) as a badge of the design system."""
    name = "etat" if hasattr(objet, "etat") else "statut"
    kind = BADGES.get(getattr(objet, name), "")
    return format_html(
        '<span class="fr-badge fr-badge--sm fr-badge--no-icon{}">{}</span>',
        f" fr-badge--{kind}" if kind else "",
        getattr(objet, f"get_{name}_display")(),
    )


@register.inclusion_tag("components/page_help.html", takes_context=True)
def page_help(context: Context) -> dict[str, Any]:
    """The help written for the current page, when there is one."""
    match = getattr(context.get("request"), "resolver_match", None)
    return {
        "aide": help_of(match.view_name) if match else None,
        "manuel": manuel_utilisateur(context),
    }


@register.simple_tag(takes_context=True)
def manuel_utilisateur(context: Context) -> str:
    """Address of the manual of the organisation one acts for; empty for others."""
    request = context.get("request")
    name = manual_of(request) if request else ""
    return reverse("core:manuel", args=[name]) if name else ""


@register.simple_block_tag
def tableau(content: str, titre: str) -> SafeString:
    """A table drawn by hand: `{% tableau "Title" %}<thead>…<tbody>…{% endtableau %}`.

    Gives the caption, and a frame that scrolls with the keyboard when the screen is narrow.
    """
    return render_to_string("components/tableau.html", {"titre": titre, "contenu": content})


class KeepNode(template.Node):
    """Renders its contents into a variable: a block can then be written at several places."""

    def __init__(self, nodelist: NodeList, name: str) -> None:
        self.nodelist = nodelist
        self.name = name

    def render(self, context: Context) -> SafeString:
        context[self.name] = SafeString(self.nodelist.render(context).strip())
        return SafeString("")


@register.tag
def keep(parser: Parser, token: Token) -> KeepNode:
    """`{% keep as NAME %}…{% endkeep %}`."""
    bits = token.split_contents()
    if len(bits) != 3 or bits[1] != "as":
        raise template.TemplateSyntaxError("Usage: {% keep as NAME %}…{% endkeep %}")
    nodelist = parser.parse(("endkeep",))
    parser.delete_first_token()
    return KeepNode(nodelist, bits[2])


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))
