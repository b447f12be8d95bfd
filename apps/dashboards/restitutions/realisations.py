"""« Réalisations mensuelles par salarié »: one row per person, contract and month.

For one annex (screen and file) or for every structure one sees (file). Rows come from a
server-side cursor in reading order; hours are those of the current version of each statement.
An FTE is declared hours × 12 / h, its shares follow the funders' rates (cahier des charges §3.1).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_by_annexe, conditions_of
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.exports import Row, Totals
from apps.dashboards.restitutions.realisations_colonnes import ANNEXE, STRUCTURES
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.presence.models import EtatMensuel, LignePresence
from apps.rules.money import EXACT, HUNDRED, ZERO, divide, hours2
from apps.rules.periods import Month
from apps.rules.realisation import etp_exact, split_etp
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
ORDER_OF_ANNEXES = ("siae__structure__cle_tri", "numero", "renouvellement")
READING_ORDER = (
    *(f"etat_mensuel__annexe__{name}" for name in ORDER_OF_ANNEXES),
    "etat_mensuel__mois",
    "salarie__cle_tri",
    "contrat__debut",
    "pk",
)
# What `_words` prints, in the order of its arguments.
CODES = (
    "mesure",
    "annexe_numero",
    "annexe_renouvellement",
    "etat",
    "sexe",
    "brsa",
    "forme",
    "motif_sortie",
)
line_codes = itemgetter(*map(list(FIELDS).index, CODES))
SEXES = {Civilite.M.value: "M", Civilite.MME.value: "F"}


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


class Reading:
    """The rows a page at a time, and their totals, from the sums of each statement.

    A page reads the lines of its statements only: sorting all of them to show a few takes seconds
    at the volume of the country. Three queries, and three more for each page.
    """

    def __init__(self, acting: Membership, criteres: Criteres) -> None:
        self.lines = lines(acting, criteres)
        summed = list(
            self.lines.order_by()
            .values_list("etat_mensuel_id", "etat_mensuel__annexe_id", "etat_mensuel__mois")
            .annotate(
                nombre=Count("pk"),
                declarees=Coalesce(Sum("heures_declarees"), ZERO),
                eligibles=Coalesce(Sum("heures_eligibles"), ZERO),
            )
        )
        annexes = {annexe_id for _etat, annexe_id, *_rest in summed}
        ordered = AnnexeFinanciere.objects.filter(pk__in=annexes).order_by(*ORDER_OF_ANNEXES)
        rank = {pk: number for number, pk in enumerate(ordered.values_list("pk", flat=True))}
        self.statements = sorted(summed, key=lambda summed: (rank[summed[1]], summed[2]))
        # Rank of the row that follows each statement.
        self.ends = list(accumulate(nombre for _e, _a, _m, nombre, *_sums in self.statements))
        self.terms = Terms(annexes)

    def __len__(self) -> int:
        return self.ends[-1] if self.ends else 0

    def rows(self, start: int, stop: int) -> Iterator[Row]:
        """Those of that rank, in reading order."""
        first, last = bisect_right(self.ends, start), bisect_left(self.ends, stop)
        held = [etat for etat, *_rest in self.statements[first : last + 1]]
        before = self.ends[first - 1] if first else 0
        found = _in_order(self.lines.filter(etat_mensuel__in=held))
        return _rows(found[start - before : stop - before], self.terms)

    def totals(self) -> Totals:
        """As `Totals` takes them from the rows."""
        totals = Totals(STRUCTURES)
        for _etat, annexe_id, mois, nombre, declarees, eligibles in self.statements:
            figures = _figures(declarees, *self.terms.of(annexe_id, mois))
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
        row |= _words(*line_codes(line))
        row |= _figures(row["heures"], *terms.of(row["annexe_id"], row["mois"]))
        yield row


@lru_cache(1 << 12)
def _words(
    mesure: str, numero: str, avenant: int, etat: str, sexe: str, rsa: str, forme: str, motif: str
) -> Mapping[str, str]:
    """What is printed for the codes of a line. Kept: the same come again and again."""
    return {
        "mesure": MESURES[mesure],
        "annexe": str(AnnexeFinanciere(numero=numero, renouvellement=avenant)),
        "etat": ETATS[etat],
        "sexe": SEXES[sexe],
        "brsa": RSA[rsa],
        "forme": FORMES[forme],
        "motif_sortie": MOTIFS[motif] if motif else "",
        "categorie": CATEGORIE_DU_MOTIF[motif].label if motif else "",
    }


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
    usage="Les heures, les ETP et les sorties des salariés d’une seule annexe.",
    description=(
        "Pour une annexe financière : une ligne par salarié, contrat et mois, avec les heures "
        "déclarées et éligibles, les ETP par financeur et les sorties."
    ),
    rows=rows,
    count=count,
    row_header="nom",
    accord="Pour un mois, les totaux des heures et des ETP sont ceux de l’état mensuel. Les heures "
    "éligibles des mois validés sont celles des bilans de l’annexe et de sa page « Postes "
    "d’insertion ».",
    flow=True,
    nominative=True,
    filters=("annexe", "debut", "fin"),
    required=("annexe",),
    notes=NOTES,
)
REALISATIONS_STRUCTURES = replace(
    REALISATIONS_ANNEXE,
    definition=STRUCTURES,
    usage="Les heures, les ETP et les sorties de tous les salariés, toutes structures "
    "réunies, sur la période choisie.",
    description=(
        "Pour toutes les structures de votre périmètre : une ligne par salarié, contrat et mois, "
        "avec les heures déclarées et éligibles, les ETP par financeur et les sorties."
    ),
    accord="Les lignes d’une annexe sont celles de ses « Réalisations mensuelles par salarié ». "
    "Les heures éligibles des mois validés sont celles des bilans des mêmes annexes et du « Suivi "
    "de réalisation des postes d’insertion », où l’on compte chaque annexe une seule fois.",
    filters=("departement", "mesure", "debut", "fin"),
    required=(),
    reading=Reading,
)
