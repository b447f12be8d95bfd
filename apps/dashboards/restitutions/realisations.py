"""« Réalisations mensuelles par salarié »: one row per person, contract and month.

For one annex (screen and file) or for every structure one sees (file). Rows come from a
server-side cursor in reading order; hours are those of the current version of each statement.
An FTE is declared hours × 12 / h, its shares follow the funders' rates (cahier des charges §3.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_by_annexe, conditions_of
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.exports import Column, Definition, Kind, Row, Sums
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.presence.models import EtatMensuel, LignePresence
from apps.rules.conditions import Conditions
from apps.rules.money import HUNDRED, ZERO, divide, hours2
from apps.rules.periods import Month
from apps.rules.realisation import etp_exact, split_etp
from apps.siae.codes import CATEGORIE_DU_MOTIF, Civilite, FormeContrat, MotifSortie, TypeMesure
from apps.siae.models import Contrat

CHUNK = 2000
FIELDS = (
    "etat_mensuel__annexe_id",
    "etat_mensuel__annexe__numero",
    "etat_mensuel__annexe__renouvellement",
    "etat_mensuel__annexe__siae__mesure",
    "etat_mensuel__annexe__siae__structure__denomination",
    "etat_mensuel__annexe__siae__structure__siret",
    "etat_mensuel__mois",
    "etat_mensuel__etat",
    "etat_mensuel__version",
    "etat_mensuel__valide_le",
    "salarie__numero",
    "salarie__nom",
    "salarie__prenom",
    "salarie__date_naissance",
    "salarie__civilite",
    "contrat__rsa",
    "contrat__forme",
    "contrat__debut",
    "contrat__fin",
    "contrat__numero_renouvellement",
    "contrat__date_sortie",
    "contrat__motif_sortie",
    "heures_declarees",
    "heures_eligibles",
    "motif_ineligibilite",
)
SEXES = {Civilite.M.value: "M", Civilite.MME.value: "F"}


def _etp(sums: Sums) -> Decimal:
    return hours2(sums["etp_exact"])


def _etp_cd(sums: Sums) -> Decimal:
    return hours2(sums["etp_cd_exact"])


def _etp_etat(sums: Sums) -> Decimal:
    return _etp(sums) - _etp_cd(sums)


COLUMNS = (
    Column("mois", "Mois", Kind.MONTH, 10),
    Column("numero", "N° de salarié", Kind.INT, 10),
    Column("nom", "Nom", width=22),
    Column("prenom", "Prénom", width=18),
    Column("naissance", "Date de naissance", Kind.DATE, 12),
    Column("sexe", "Sexe", width=7),
    Column(
        "brsa",
        "BRSA avant l’embauche",
        width=16,
        definition="Situation au regard du RSA fixée au premier contrat de la série.",
    ),
    Column("forme", "Forme du contrat", width=20),
    Column("debut", "Date d’embauche", Kind.DATE, 12),
    Column("fin", "Date de fin prévue", Kind.DATE, 12),
    Column(
        "renouvellement",
        "Renouvellement",
        Kind.INT,
        10,
        "0 pour un contrat initial, puis le numéro du renouvellement.",
    ),
    Column("heures", "Heures déclarées", Kind.HOURS, 12, total=True),
    Column(
        "eligibles",
        "Heures éligibles",
        Kind.HOURS,
        12,
        "Heures retenues pour l’aide, figées à la validation par l’ASP ; vide auparavant.",
        total=True,
    ),
    Column("motif", "Motif de non-éligibilité", width=34),
    Column(
        "etp",
        "ETP",
        Kind.NUMBER,
        9,
        "Heures déclarées × 12 / heures annuelles d’un ETP. Le total est calculé sur les heures, "
        "comme sur l’état mensuel : il peut différer de quelques centièmes de la somme des "
        "lignes, arrondies une à une.",
        total=_etp,
    ),
    Column(
        "etp_etat",
        "ETP part État",
        Kind.NUMBER,
        9,
        "ETP × taux de l’État de l’annexe.",
        total=_etp_etat,
    ),
    Column(
        "etp_cd",
        "ETP part département",
        Kind.NUMBER,
        12,
        "ETP × taux du département de l’annexe.",
        total=_etp_cd,
    ),
    Column("sortie", "Date de sortie", Kind.DATE, 12),
    Column("motif_sortie", "Motif de sortie", width=34),
    Column("categorie", "Catégorie de sortie", width=22),
    Column("etat", "État de la saisie", width=20),
    Column("version", "Version", Kind.INT, 9, "Version de l’état mensuel : + 1 par réouverture."),
    Column("valide_le", "Validé le", Kind.DATE, 12),
)
HIDDEN = ("etp_exact", "etp_cd_exact")

ANNEXE = Definition(
    key="realisations-annexe",
    title="Réalisations mensuelles par salarié",
    sheet="Réalisations",
    columns=COLUMNS,
    accumulated=HIDDEN,
)
STRUCTURES = Definition(
    key="realisations-structures",
    title="Réalisations mensuelles des salariés de toutes les structures",
    sheet="Réalisations",
    columns=(
        Column("structure", "Structure", width=38),
        Column("siret", "SIRET", width=17),
        Column("mesure", "Mesure", width=9),
        Column("annexe", "N° d’annexe", width=21),
        *COLUMNS,
    ),
    accumulated=HIDDEN,
)


def lines(acting: Membership, criteres: Criteres) -> Any:
    """Lines of the current version of the statements this person sees."""
    seen = EtatMensuel.objects.visible_to(acting)
    if criteres.annexe:
        seen = seen.filter(annexe=criteres.annexe)
    if criteres.mesure:
        seen = seen.filter(annexe__siae__mesure=criteres.mesure)
    if criteres.departement:
        seen = seen.filter(annexe__siae__structure__departement=criteres.departement)
    if criteres.debut:
        seen = seen.filter(mois__gte=criteres.debut)
    if criteres.fin:
        seen = seen.filter(mois__lte=criteres.fin)
    return LignePresence.objects.current().filter(etat_mensuel__in=seen)


def count(acting: Membership, criteres: Criteres) -> int:
    """Number of rows of the file."""
    return int(lines(acting, criteres).count())


def rows(acting: Membership, criteres: Criteres) -> Iterator[Row]:
    """Rows in reading order: structure, annex, month, name. Five queries whatever their number."""
    chosen = lines(acting, criteres)
    terms = Terms(chosen.order_by().values_list("etat_mensuel__annexe_id", flat=True).distinct())
    ordered = chosen.order_by(
        "etat_mensuel__annexe__siae__structure__cle_tri",
        "etat_mensuel__annexe__numero",
        "etat_mensuel__annexe__renouvellement",
        "etat_mensuel__mois",
        "salarie__cle_tri",
        "contrat__debut",
        "pk",
    )
    for line in ordered.values(*FIELDS).iterator(chunk_size=CHUNK):
        version = terms.of(line["etat_mensuel__annexe_id"], Month.of(line["etat_mensuel__mois"]))
        yield {**_statement(line), **_person(line), **_contract(line), **_figures(line, version)}


class Terms:
    """Figures of the version that applies to a month of an annex: hours per FTE, rates."""

    def __init__(self, annexe_ids: Iterable[int]) -> None:
        ids = list(annexe_ids)
        self.known = {
            annexe_id: [terms for _version, terms in pairs]
            for annexe_id, pairs in conditions_by_annexe(ids).items()
        }
        # A provisional annex has no version in force yet: its own figures serve meanwhile.
        drafts = VersionAnnexe.objects.filter(
            pk__in=AnnexeFinanciere.objects.filter(pk__in=set(ids) - set(self.known)).values(
                "courante"
            )
        )
        for version in drafts.select_related("annexe").prefetch_related("montants_unitaires"):
            self.known[version.annexe_id] = [conditions_of(version)]

    def of(self, annexe_id: int, mois: Month) -> Conditions:
        """The last version applied from that month or before; the first one otherwise."""
        found = self.known[annexe_id]
        applied = [terms for terms in found if terms.a_partir_de <= mois]
        return applied[-1] if applied else found[0]


def _statement(line: Row) -> dict[str, Any]:
    number = line["etat_mensuel__annexe__numero"]
    annexe = AnnexeFinanciere(
        numero=number, renouvellement=line["etat_mensuel__annexe__renouvellement"]
    )
    return {
        "structure": line["etat_mensuel__annexe__siae__structure__denomination"],
        "siret": line["etat_mensuel__annexe__siae__structure__siret"],
        "mesure": TypeMesure(line["etat_mensuel__annexe__siae__mesure"]).label,
        "annexe": str(annexe),
        "mois": line["etat_mensuel__mois"],
        "etat": ETATS[line["etat_mensuel__etat"]],
        "version": line["etat_mensuel__version"],
        "valide_le": line["etat_mensuel__valide_le"],
    }


def _person(line: Row) -> dict[str, Any]:
    return {
        "numero": line["salarie__numero"],
        "nom": line["salarie__nom"],
        "prenom": line["salarie__prenom"],
        "naissance": line["salarie__date_naissance"],
        "sexe": SEXES[line["salarie__civilite"]],
    }


def _contract(line: Row) -> dict[str, Any]:
    reason = line["contrat__motif_sortie"]
    return {
        "brsa": RSA[line["contrat__rsa"]],
        "forme": FORMES[line["contrat__forme"]],
        "debut": line["contrat__debut"],
        "fin": line["contrat__fin"],
        "renouvellement": line["contrat__numero_renouvellement"],
        "sortie": line["contrat__date_sortie"],
        "motif_sortie": MOTIFS.get(reason, ""),
        "categorie": CATEGORIE_DU_MOTIF[reason].label if reason else "",
    }


def _figures(line: Row, version: Conditions) -> dict[str, Any]:
    heures = line["heures_declarees"]
    exact = etp_exact(heures or ZERO, version.heures_annuelles_etp)
    part_etat, part_cd = split_etp(exact, version.taux_cd)
    typed = heures is not None
    return {
        "heures": heures,
        "eligibles": line["heures_eligibles"],
        "motif": line["motif_ineligibilite"],
        "etp": hours2(exact) if typed else None,
        "etp_etat": part_etat if typed else None,
        "etp_cd": part_cd if typed else None,
        "etp_exact": exact,
        "etp_cd_exact": divide(exact * version.taux_cd, HUNDRED),
    }


ETATS = dict(EtatMensuel.Etat.choices)
RSA = dict(Contrat.Rsa.choices)
FORMES = dict(FormeContrat.choices)
MOTIFS = dict(MotifSortie.choices)

NOTES = (
    (
        "États mensuels",
        "Dernière version de chaque état ; un état rouvert porte les heures en cours de "
        "correction.",
    ),
)

REALISATIONS_ANNEXE = Restitution(
    definition=ANNEXE,
    description=(
        "Pour une annexe financière : une ligne par salarié, contrat et mois, avec les heures "
        "déclarées et éligibles, les ETP par financeur et les sorties."
    ),
    rows=rows,
    count=count,
    row_header="nom",
    filters=("annexe", "debut", "fin"),
    required=("annexe",),
    notes=NOTES,
)
REALISATIONS_STRUCTURES = replace(
    REALISATIONS_ANNEXE,
    definition=STRUCTURES,
    description=(
        "Les mêmes colonnes pour toutes les structures de votre périmètre, sur la période choisie."
    ),
    filters=("departement", "mesure", "debut", "fin"),
    required=(),
)
