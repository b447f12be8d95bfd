"""« Réalisations mensuelles par salarié »: one row per person, contract and month.

For one annex (screen and file) or for every structure one sees (file). Rows come from a
server-side cursor in reading order; hours are those of the current version of each statement.
An FTE is declared hours × 12 / h, its shares follow the funders' rates (cahier des charges §3.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_by_annexe, conditions_of
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.exports import Column, Definition, Kind, Row, Sums, Totals
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.presence.models import EtatMensuel, LignePresence
from apps.rules.money import EXACT, HUNDRED, ZERO, divide, hours2
from apps.rules.periods import Month
from apps.rules.realisation import etp_exact, etp_total, split_etp
from apps.siae.codes import CATEGORIE_DU_MOTIF, Civilite, FormeContrat, MotifSortie, TypeMesure
from apps.siae.models import Contrat

CHUNK = 2000
# Key of the row, or of what its other figures are made from, and where it is read.
FIELDS = {
    "structure": "etat_mensuel__annexe__siae__structure__denomination",
    "siret": "etat_mensuel__annexe__siae__structure__siret",
    "mesure": "etat_mensuel__annexe__siae__mesure",
    "annexe_id": "etat_mensuel__annexe_id",
    "annexe_numero": "etat_mensuel__annexe__numero",
    "annexe_renouvellement": "etat_mensuel__annexe__renouvellement",
    "mois": "etat_mensuel__mois",
    "etat": "etat_mensuel__etat",
    "version": "etat_mensuel__version",
    "valide_le": "etat_mensuel__valide_le",
    "numero": "salarie__numero",
    "nom": "salarie__nom",
    "prenom": "salarie__prenom",
    "naissance": "salarie__date_naissance",
    "sexe": "salarie__civilite",
    "brsa": "contrat__rsa",
    "forme": "contrat__forme",
    "debut": "contrat__debut",
    "fin": "contrat__fin",
    "renouvellement": "contrat__numero_renouvellement",
    "sortie": "contrat__date_sortie",
    "motif_sortie": "contrat__motif_sortie",
    "heures": "heures_declarees",
    "eligibles": "heures_eligibles",
    "motif": "motif_ineligibilite",
}
READING_ORDER = (
    "etat_mensuel__annexe__siae__structure__cle_tri",
    "etat_mensuel__annexe__numero",
    "etat_mensuel__annexe__renouvellement",
    "etat_mensuel__mois",
    "salarie__cle_tri",
    "contrat__debut",
    "pk",
)
ANNEXE_ID = list(FIELDS).index("annexe_id")
SEXES = {Civilite.M.value: "M", Civilite.MME.value: "F"}


def _etp(sums: Sums) -> Decimal:
    return etp_total(sums["etp_exact"])


def _etp_cd(sums: Sums) -> Decimal:
    return etp_total(sums["etp_cd_exact"])


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
    # Criteria bear on the lines' own joins: inside the subquery, they would hide from the server
    # how many statements it gives, and lead it to compare each line with each statement.
    seen = LignePresence.objects.current().filter(
        etat_mensuel__in=EtatMensuel.objects.visible_to(acting)
    )
    if criteres.annexe:
        seen = seen.filter(etat_mensuel__annexe=criteres.annexe)
    if criteres.mesure:
        seen = seen.filter(etat_mensuel__annexe__siae__mesure=criteres.mesure)
    if criteres.departement:
        seen = seen.filter(etat_mensuel__annexe__siae__structure__departement=criteres.departement)
    if criteres.debut:
        seen = seen.filter(etat_mensuel__mois__gte=criteres.debut)
    if criteres.fin:
        seen = seen.filter(etat_mensuel__mois__lte=criteres.fin)
    return seen


def count(acting: Membership, criteres: Criteres) -> int:
    """Number of rows of the file."""
    return int(lines(acting, criteres).count())


def rows(acting: Membership, criteres: Criteres) -> Iterator[Row]:
    """Rows in reading order: structure, annex, month, name. Five queries whatever their number."""
    chosen = lines(acting, criteres)
    terms = Terms(chosen.order_by().values_list("etat_mensuel__annexe_id", flat=True).distinct())
    return _rows(_in_order(chosen).iterator(chunk_size=CHUNK), terms)


def window(acting: Membership, criteres: Criteres, start: int, stop: int) -> Iterator[Row]:
    """The rows of that rank only, for a page of the screen: as many queries."""
    found = list(_in_order(lines(acting, criteres))[start:stop])
    return _rows(found, Terms({line[ANNEXE_ID] for line in found}))


def sums(acting: Membership, criteres: Criteres) -> Totals:
    """Totals of all the rows from sums of hours per annex and month, as `Totals` takes them."""
    grouped = list(
        lines(acting, criteres)
        .order_by()
        .values_list("etat_mensuel__annexe_id", "etat_mensuel__mois")
        .annotate(
            nombre=Count("pk"),
            declarees=Coalesce(Sum("heures_declarees"), ZERO),
            eligibles=Coalesce(Sum("heures_eligibles"), ZERO),
        )
    )
    terms = Terms({group[0] for group in grouped})
    totals = Totals(STRUCTURES)
    for annexe_id, mois, nombre, declarees, eligibles in grouped:
        figures = _figures(declarees, *terms.of(annexe_id, mois))
        totals.add({**figures, "heures": declarees, "eligibles": eligibles})
        totals.count += nombre - 1
    return totals


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

        self.seen: dict[tuple[int, date], tuple[Decimal, Decimal]] = {}

    def of(self, annexe_id: int, mois: date) -> tuple[Decimal, Decimal]:
        """Annual hours and département's rate of the last version applied from that month or
        before; of the first one otherwise."""
        asked = annexe_id, mois
        if asked not in self.seen:
            found = self.known[annexe_id]
            applied = [terms for terms in found if terms.a_partir_de <= Month.of(mois)]
            terms = applied[-1] if applied else found[0]
            self.seen[asked] = terms.heures_annuelles_etp, terms.taux_cd
        return self.seen[asked]


def _in_order(chosen: Any) -> Any:
    """Tuples of `FIELDS`, in reading order."""
    return chosen.order_by(*READING_ORDER).values_list(*FIELDS.values())


def _rows(found: Iterable[tuple[Any, ...]], terms: Terms) -> Iterator[Row]:
    keys = tuple(FIELDS)
    for line in found:
        row = dict(zip(keys, line, strict=True))
        reason = row["motif_sortie"]
        row["mesure"] = MESURES[row["mesure"]]
        row["annexe"] = _printed(row["annexe_numero"], row["annexe_renouvellement"])
        row["etat"] = ETATS[row["etat"]]
        row["sexe"] = SEXES[row["sexe"]]
        row["brsa"] = RSA[row["brsa"]]
        row["forme"] = FORMES[row["forme"]]
        row["motif_sortie"] = MOTIFS[reason] if reason else ""
        row["categorie"] = CATEGORIE_DU_MOTIF[reason].label if reason else ""
        row |= _figures(row["heures"], *terms.of(row["annexe_id"], row["mois"]))
        yield row


@lru_cache(1024)
def _printed(numero: str, renouvellement: int) -> str:
    return str(AnnexeFinanciere(numero=numero, renouvellement=renouvellement))


@lru_cache(1 << 14)
def _figures(
    heures: Decimal | None, heures_annuelles: Decimal, taux_cd: Decimal
) -> Mapping[str, Decimal | None]:
    """FTE of these hours, by funder, and the exact ones of the totals. Kept: hours come again."""
    exact = etp_exact(heures or ZERO, heures_annuelles)
    exact_cd = divide(EXACT.multiply(exact, taux_cd), HUNDRED)
    part_etat, part_cd = split_etp(exact, taux_cd)
    typed = heures is not None
    return {
        "etp": hours2(exact) if typed else None,
        "etp_etat": part_etat if typed else None,
        "etp_cd": part_cd if typed else None,
        "etp_exact": exact,
        "etp_cd_exact": exact_cd,
    }


MESURES = dict(TypeMesure.choices)
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
    window=window,
    sums=sums,
)
