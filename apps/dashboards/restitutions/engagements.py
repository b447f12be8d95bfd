"""« Suivi des engagements »: what each CAOM decided, then what its annexes committed and were paid.

Cahier des charges §3.2, convention de mandat art. 3 and 9. A row per CAOM for its envelope, then a
row per annex that counts on it: each column has one total, and what is left to commit is the
envelope less the annexes. The figures are those of the screen « Suivi des CAOM », read from the
same source. A fixed number of queries, whatever the number of CAOM and annexes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Q

from apps.accounts.models import Membership, Organisation
from apps.conventions.models import AvenantFinancier, Caom, ConventionMandat
from apps.conventions.territoires import territory_of
from apps.core.exports import Column, Definition, Kind, Row
from apps.dashboards.restitutions.colonnes import ANNEXE, ETAT, MESURE, SIRET, STRUCTURE
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.dashboards.suivi_caom import SuiviAnnexe, SuiviCaom, follow_up
from apps.rules.money import ZERO

LIGNE_ENVELOPPE = "Enveloppe décidée"
LIGNE_ANNEXE = "Annexe financière"

DEFINITION = Definition(
    key="suivi-engagements",
    title="Suivi des engagements",
    sheet="Engagements",
    kept=2,
    columns=(
        Column(
            "caom",
            "CAOM",
            width=44,
            definition="Convention annuelle d’objectifs et de moyens sur laquelle compte la ligne.",
        ),
        ANNEXE,
        Column("annee", "Année", Kind.YEAR, 9, "Année de la CAOM."),
        Column("departement", "Département", width=34, definition="Département signataire."),
        Column(
            "ligne",
            "Ligne",
            width=20,
            definition="L’enveloppe de la CAOM, puis une ligne par annexe qui compte sur elle.",
        ),
        SIRET,
        STRUCTURE,
        MESURE,
        ETAT,
        Column(
            "credits",
            "Crédits d’intervention du mandat",
            Kind.EUROS,
            17,
            "Crédits d’intervention des avenants financiers du mandat pour l’année.",
            total=True,
        ),
        Column(
            "decide",
            "AE décidées",
            Kind.EUROS,
            17,
            "Enveloppe de la CAOM : somme de ses objectifs en vigueur.",
            total=True,
        ),
        Column(
            "engage",
            "AE engagées",
            Kind.EUROS,
            17,
            "Part du département dans l’annexe validée ou clôturée ; l’annexe compte sur la CAOM "
            "de l’année de sa signature.",
            total=True,
        ),
        Column(
            "disponible",
            "Reste à engager",
            Kind.EUROS,
            17,
            "AE décidées moins AE engagées par les annexes de la CAOM.",
            total=True,
        ),
        Column(
            "paye",
            "Payé",
            Kind.EUROS,
            17,
            "Part du département dans les versements exécutés, réimputations comprises, avant "
            "recouvrement : compte 657. Une part en attente de fonds y est.",
            total=True,
        ),
        Column(
            "reste",
            "Reste à payer",
            Kind.EUROS,
            17,
            "AE engagées moins payé ; 0 dès que la régularisation finale est payée.",
            total=True,
        ),
        Column(
            "degage",
            "AE non consommées",
            Kind.EUROS,
            17,
            "AE engagées moins payé et reste à payer. Négatif pour une annexe qui a reçu plus que "
            "l’engagement : la différence est à recouvrer.",
            total=True,
        ),
        Column(
            "prevu",
            "Prévu en fin d’année",
            Kind.EUROS,
            17,
            "Dépense du département au rythme des trois derniers mois validés, dans la limite de "
            "l’annexe ; dépense réelle, ordres déduits, une fois l’annexe soldée.",
            total=True,
        ),
        Column(
            "a_recouvrer",
            "À recouvrer",
            Kind.EUROS,
            17,
            "Ordres de recouvrer du département non encore encaissés : compte 463.",
            total=True,
        ),
    ),
)


def count(acting: Membership, criteres: Criteres) -> int:
    """Number of rows: those of `follow_up`, which leaves out an annex that nothing was paid of."""
    followed = follow_up(acting, _caoms(acting, criteres), criteres.on)
    return sum(1 + len(suivi.annexes) for suivi in followed)


def rows(acting: Membership, criteres: Criteres) -> Iterator[dict[str, Any]]:
    """The last year first; in each CAOM the envelope, then its annexes by structure."""
    caoms = _caoms(acting, criteres)
    credits = _credits(acting, caoms)
    for suivi in follow_up(acting, caoms, criteres.on):
        caom = suivi.caom
        yield _envelope(suivi, credits[caom.financeur_id, caom.annee])
        for annexe in suivi.annexes:
            yield _committed(suivi, annexe)


def _caoms(acting: Membership, criteres: Criteres) -> list[Caom]:
    """CAOM this person sees, of the years and of the territory asked for; that of a successor
    goes with the territories it took over."""
    found = Caom.objects.visible_to(acting)
    if criteres.debut:
        found = found.filter(annee__gte=criteres.debut.year)
    if criteres.fin:
        found = found.filter(annee__lte=criteres.fin.year)
    if criteres.departement:
        code = criteres.departement
        found = found.filter(
            Q(financeur__code=code) | Q(financeur__predecesseurs__code=code)
        ).distinct()
    return list(found.select_related("financeur").prefetch_related("objectifs"))


def _credits(acting: Membership, caoms: list[Caom]) -> dict[tuple[int, int], Decimal]:
    """Credits of intervention, per (département, year), of the mandates this person sees."""
    found: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    mandats = ConventionMandat.objects.visible_to(acting).values("pk")
    avenants = AvenantFinancier.objects.filter(
        mandat__in=mandats, annee__in={caom.annee for caom in caoms}
    )
    for funder, year, amount in avenants.values_list(
        "mandat__financeur", "annee", "credits_intervention"
    ):
        found[funder, year] += amount
    return found


def _envelope(suivi: SuiviCaom, credits: Decimal) -> dict[str, Any]:
    return {
        **dict.fromkeys(column.key for column in DEFINITION.columns),
        **_of_caom(suivi.caom),
        "ligne": LIGNE_ENVELOPPE,
        "annexe_id": None,
        "credits": credits,
        "decide": suivi.decide,
        "disponible": suivi.reste_a_engager,
    }


def _committed(suivi: SuiviCaom, row: SuiviAnnexe) -> dict[str, Any]:
    annexe, structure = row.dossier.annexe, row.structure
    return {
        **dict.fromkeys(column.key for column in DEFINITION.columns),
        **_of_caom(suivi.caom),
        "ligne": LIGNE_ANNEXE,
        "annexe_id": annexe.pk,
        "annexe": str(annexe),
        "siret": structure.siret,
        "structure": structure.denomination,
        "mesure": annexe.siae.get_mesure_display(),
        "etat": row.dossier.version.get_etat_display(),
        "engage": row.engage,
        "paye": row.paye,
        "reste": row.reste,
        "degage": row.engage - row.paye - row.reste,
        "prevu": row.prevu,
        "a_recouvrer": row.a_recouvrer,
    }


def _of_caom(caom: Caom) -> dict[str, Any]:
    return {
        "caom": str(caom),
        "caom_id": caom.pk,
        "annee": caom.annee,
        "departement": str(caom.financeur),
    }


def in_words(row: Row) -> Row:
    """On screen the CAOM takes two lines, for all the amounts to be in sight."""
    return {
        **row,
        "caom": f"CAOM\N{NO-BREAK SPACE}{row['annee']} {territory_of(row['departement'])}",
    }


SUIVI_ENGAGEMENTS = Restitution(
    definition=DEFINITION,
    usage="Ce que la CAOM a décidé, engagé et payé, ce qui reste disponible et la prévision "
    "de fin d’année.",
    description=(
        "Pour chaque CAOM, l’enveloppe décidée, puis une ligne par annexe financière qui compte "
        "sur elle : engagé, payé, reste à payer, prévu en fin d’année et à recouvrer, pour la "
        "part du département."
    ),
    rows=rows,
    count=count,
    row_header="caom",
    in_words=in_words,
    at_first=(
        "annexe",
        "structure",
        "decide",
        "engage",
        "disponible",
        "paye",
        "reste",
        "prevu",
        "a_recouvrer",
    ),
    links={
        "caom": ("dashboards:suivi_caom_detail", "caom_id"),
        "annexe": ("dashboards:postes", "annexe_id"),
    },
    audience=(Organisation.Type.DDETS, Organisation.Type.ASP, Organisation.Type.CD),
    filters=("departement", "debut", "fin"),
    accord="Les totaux d’une année sont ceux de la page « Suivi des CAOM » ; le payé et les sommes "
    "à recouvrer sont ceux des comptes 657 et 463 du département.",
    notes=(
        (
            "Période",
            "CAOM des années comprises entre celle du premier et celle du dernier mois demandés ; "
            "chaque annexe est suivie sur toute sa période.",
        ),
        (
            "Champ",
            "Autorisations d’engagement (AE) du département. Les crédits de paiement, appels de "
            "fonds et frais de gestion n’entrent pas dans ce suivi.",
        ),
    ),
)
