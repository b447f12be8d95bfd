"""Volet 2 (IAE) of a CAOM in the layout of CERFA 13999*02: objectives by kind of structure.

A draft while the CAOM is not signed; then one edition for each date its objectives take effect,
drawn once and archived. Called by the page of the CAOM and by the command that writes documents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from apps.conventions.envelope import envelope_of
from apps.conventions.models import Caom, ObjectifCaom, VoletCaom
from apps.conventions.territoires import territory_of
from apps.core.models import Fichier
from apps.core.pdf import Drawn, archive_once, render_pdf
from apps.rules.explanation import euros
from apps.rules.money import total

TEMPLATE = "conventions/volet_pdf.html"
# Boxes of the form; a larger figure takes the boxes it needs.
CASES_ENTREES, CASES_EUROS = 4, 8
# Sections of the form, each with its measures.
ACI = ("", ("ACI_DC", "ACI_MP"))
HORS_ACI = (
    ("Entreprises (EI)", ("EI_DC", "EI_MP")),
    ("Entreprises de travail temporaire d’insertion (ETTI)", ("ETTI_DC",)),
    ("Associations intermédiaires (AI)", ("AI_DC",)),
)
# Created after the form: shown only when the CAOM provides for it.
EITI = ("Entreprises d’insertion par le travail indépendant (EITI)", ("EITI_DC",))
PUBLICS = (
    ("Jeune -26", "entrees_jeunes"),
    ("Seniors", "entrees_seniors"),
    ("ASS", "entrees_ass"),
    ("AAH", "entrees_aah"),
    ("TH", "entrees_th"),
    ("50 et +", "entrees_50_et_plus"),
    ("DELD", "entrees_deld"),
    ("Autres", "entrees_autres"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """Boxes of one kind of structure, one character each; zero when it has no objective."""

    titre: str
    entrees: str
    brsa: str
    publics: list[tuple[str, str]]
    euros: str
    centimes: str
    montant: str


def volet_file(pk: int) -> Fichier:
    """An edition as issued; drawn and archived when it does not exist yet.

    Raises `Refus` when PDF files cannot be drawn on this server.
    """
    editions = VoletCaom.objects.select_related("caom__financeur", "dernier_objectif")
    return archive_once(editions, pk, "fichier", draw_volet)


def draw_volet(volet: VoletCaom) -> Drawn:
    """Draw an edition, from the objectives recorded when it was issued."""
    recorded = volet.caom.objectifs.filter(
        pk__lte=volet.dernier_objectif_id, effet__lte=volet.effet
    )
    latest = {o.mesure: o for o in recorded.order_by("effet")}
    return Drawn(
        nom=f"caom-{volet.caom.financeur.code}-{volet.caom.annee}-volet-2-{volet.edition}.pdf",
        titre=str(volet),
        contents=render_pdf(TEMPLATE, volet_context(volet.caom, latest.values(), volet)),
    )


def draw_volet_draft(caom: Caom, on: date) -> Drawn:
    """Draw what would be signed that day: marked « PROJET », without an edition."""
    objectifs = envelope_of(caom, on).objectifs.values()
    return Drawn(
        nom=f"projet-caom-{caom.financeur.code}-{caom.annee}-volet-2.pdf",
        titre=f"Projet de volet 2 de la {caom}",
        contents=render_pdf(TEMPLATE, volet_context(caom, objectifs, None)),
    )


def volet_context(
    caom: Caom, objectifs: Iterable[ObjectifCaom], volet: VoletCaom | None
) -> dict[str, Any]:
    """Everything the form says; `volet` is None for a draft."""
    kept = list(objectifs)
    hors_aci = [*HORS_ACI]
    if any(objectif.mesure in EITI[1] for objectif in kept):
        hors_aci.append(EITI)
    return {
        "caom": caom,
        "volet": volet,
        "annee": str(caom.annee),
        "departement": caom.financeur.code,
        # The form already says « département de ».
        "nom_departement": territory_of(caom.financeur.nom),
        "montant_total": euros(total(o.montant for o in kept)),
        "accord_le": volet.dernier_objectif.accord_le if volet else None,
        "aci": _section(kept, *ACI),
        "hors_aci": [_section(kept, titre, mesures) for titre, mesures in hors_aci],
    }


def _section(objectifs: list[ObjectifCaom], titre: str, mesures: tuple[str, ...]) -> Section:
    """Figures of a section: several measures of one kind (prison, common law) add up."""
    own = [objectif for objectif in objectifs if objectif.mesure in mesures]

    def boxes(name: str) -> str:
        return str(sum(getattr(o, name) for o in own)).rjust(CASES_ENTREES)

    montant = total(o.montant for o in own)
    units, cents = _amount(montant)
    return Section(
        titre,
        boxes("entrees"),
        boxes("entrees_brsa"),
        [(label, boxes(name)) for label, name in PUBLICS],
        units,
        cents,
        euros(montant),
    )


def _amount(montant: Decimal) -> tuple[str, str]:
    """Boxes of the euros and of the cents."""
    units, _, cents = f"{montant:.2f}".partition(".")
    return units.rjust(CASES_EUROS), cents
