"""The coherence of a run, checked again at each stage until the money leaves (spec 05 §1).

`arithmetic_faults` re-sums in SQL what was recorded; `completeness_faults` computes again what is
due and compares: each due instalment is proposed, held or refused, to the cent, and none is in no
run. Both return sentences; an empty list lets the run go on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from apps.annexes.models import VersionAnnexe
from apps.payments.equation import equation_of
from apps.payments.liquidation import candidates, liquidate
from apps.payments.models import BlocagePaiement, Campagne, Retenue, Versement, Virement
from apps.payments.reglements import cash_by_annexe, waiting_of
from apps.rules.explanation import euros
from apps.rules.money import ZERO
from apps.rules.periods import Month

# Higher applications say what else forbids it (set-offs no longer allowed): see their AppConfig.
BLOCKING_STEPS: list[Callable[[Campagne, date], list[str]]] = []
MAX_NAMED = 5
Key = tuple[int, date, str, int]
# What a line commits: its cash, who bears it, and the orders it will issue.
FIGURES = ("montant", "part_etat", "part_cd", "recouvre_etat", "recouvre_cd")


def arithmetic_faults(campagne: Campagne) -> list[str]:
    """Totals, funders, département amounts, what is paid of them; a fixed number of queries.

    That no line was paid already is the database's constraint (payments_line_once).
    """
    lines = campagne.versements.proposed().select_related("annexe")
    faults = []
    zero = Decimal("0.00")
    summed = lines.aggregate(
        nombre=Count("pk"),
        montant=Coalesce(Sum("montant"), zero),
        part_etat=Coalesce(Sum("part_etat"), zero),
        part_cd=Coalesce(Sum("part_cd"), zero),
    )
    recorded = (campagne.nombre_versements, campagne.montant, campagne.part_etat, campagne.part_cd)
    if tuple(summed.values()) != recorded:
        faults.append("Les totaux de la campagne ne sont pas la somme de ses lignes.")
    unfunded = lines.exclude(part_cd=0).filter(
        Q(financeur_cd__isnull=True) | Q(mandat__isnull=True)
    )
    faults += _named("Part du département sans financeur", unfunded)
    faults += _named("Montant du département dépassé", _beyond_cd_amount(lines))
    return faults + _settlement_faults(campagne)


def _settlement_faults(campagne: Campagne) -> list[str]:
    """Transfers are the cash of the lines less what waits or is set off, plus what is released
    and sent again, annex by annex; what waits is the whole share of the département."""
    faults = []
    sent = campagne.virements.filter(remplace__isnull=True).values_list("annexe", "montant")
    due = {annexe: cash for annexe, cash in cash_by_annexe(campagne).items() if cash}
    again = campagne.virements.filter(remplace__isnull=False)
    changed = again.exclude(
        montant=F("remplace__montant"), remplace__etat=Virement.Etat.REJETE
    ).exists()
    if dict(sent) != due or changed:
        faults.append("Les virements ne sont pas ce que la campagne doit payer à chaque annexe.")
    split = waiting_of(campagne).exclude(
        especes__lte=F("versement__montant"),
        versement__part_cd=F("especes") + F("reimputation"),
        financeur=F("versement__financeur_cd"),
    )
    if split.exists():
        faults.append("Une part en attente de fonds n’est pas celle du département.")
    equation = equation_of(campagne)
    transferred = campagne.virements.aggregate(somme=Sum("montant"))["somme"] or ZERO
    if equation.ecart or transferred != campagne.montant_vire:
        faults.append(
            f"Le dû ({euros(equation.du)}) n’est pas la somme de ce qui est payé, en attente de "
            f"fonds, retenu et écarté : écart de {euros(equation.ecart)}."
        )
    return faults


def blocked_faults(campagne: Campagne, on: date) -> list[str]:
    """What has come since the approval, which froze the figures, and forbids to pay a line as it
    stands: it is rejected, and the next run pays it."""
    return _rejected_transfers(campagne) + [
        fault for step in BLOCKING_STEPS for fault in step(campagne, on)
    ]


def _rejected_transfers(campagne: Campagne) -> list[str]:
    """Structures to pay whose last transfer came back."""
    blocked = BlocagePaiement.objects.open().filter(motif=BlocagePaiement.Motif.REJET_VIREMENT)
    names = (
        campagne.virements.filter(structure__in=blocked.values("structure"))
        .order_by("structure__denomination")
        .values_list("structure__denomination", flat=True)
        .distinct()
    )
    return [
        f"La banque a rejeté un virement de la structure « {name} » depuis l’approbation : rejetez "
        "ses lignes, une prochaine campagne les paiera."
        for name in names
    ]


def account_faults(campagne: Campagne) -> list[str]:
    """Structures to pay whose lines bear no account (none was active at the approval)."""
    names = (
        campagne.versements.proposed()
        .filter(coordonnees__isnull=True, montant__gt=0)
        .values_list("structure__denomination", flat=True)
        .distinct()
        .order_by("structure__denomination")
    )
    return [
        f"La structure « {name} » n’a plus de coordonnées bancaires actives : retirez ses lignes "
        "de la campagne ou faites activer ses coordonnées."
        for name in names
    ]


def completeness_faults(campagne: Campagne) -> list[str]:
    """What is due now for the run's month and payment day, against what the run recorded.

    A held instalment that has become payable since is no fault: the next run releases it.
    """
    due: dict[Key, tuple[Decimal, ...]] = {}
    held: set[Key] = set()
    for liquidation in liquidate(Month.of(campagne.mois), campagne.jour_paiement):
        annexe = liquidation.annexe_id
        for ligne in liquidation.payables:
            key = (annexe, ligne.mois.first_day, ligne.nature, ligne.sequence)
            due[key] = tuple(getattr(ligne, figure) for figure in FIGURES)
        held |= {(annexe, r.mois.first_day, r.nature) for r in liquidation.retenues}
    return _compare(campagne, due, held) + _in_no_run(campagne)


def _compare(
    campagne: Campagne, due: dict[Key, tuple[Decimal, ...]], held: set[tuple[int, date, str]]
) -> list[str]:
    recorded = {
        (line.annexe_id, line.mois, line.nature, line.sequence): line
        for line in campagne.versements.select_related("annexe")
    }
    # What waits for funds is a part of a line, which is there itself.
    held_now = campagne.retenues.exclude(motif=Retenue.Motif.FONDS)
    known = set(held_now.values_list("annexe", "mois", "nature"))
    known |= {key[:3] for key in recorded}
    # A line set aside is not paid by this run, whatever has become of it since.
    changed = [
        str(line)
        for key, line in recorded.items()
        if line.statut == Versement.Statut.PROPOSE
        and due.get(key) != tuple(getattr(line, figure) for figure in FIGURES)
    ]
    missing = ({key[:3] for key in due} | held) - known
    faults = []
    if changed:
        faults.append(_sentence("Le montant dû a changé depuis la préparation", changed))
    if missing:
        faults.append(
            f"Échéances dues ou à retenir qui ne figurent pas dans la campagne : {len(missing)}."
        )
    if faults:
        faults.append("Abandonnez cette campagne et préparez-la de nouveau.")
    return faults


def _in_no_run(campagne: Campagne) -> list[str]:
    """Annexes whose instalment of the run's month is nowhere: not paid, not held, not refused."""
    month = {"annexe": OuterRef("pk"), "mois": campagne.mois}
    covering = VersionAnnexe.objects.filter(
        annexe=OuterRef("pk"),
        etat=VersionAnnexe.Etat.VALIDE,
        debut__lte=campagne.mois,
        fin__gte=campagne.mois,
        a_partir_de__lte=campagne.mois,
    )
    lines = Versement.objects.filter(**month).filter(
        Q(campagne=campagne) | Q(statut=Versement.Statut.EXECUTE)
    )
    forgotten = candidates(Month.of(campagne.mois), campagne.jour_paiement).filter(
        Exists(covering),
        ~Exists(lines),
        ~Exists(Retenue.objects.filter(campagne=campagne, **month)),
    )
    return _named("Échéance du mois absente de la campagne", forgotten)


def _beyond_cd_amount(lines):  # type: ignore[no-untyped-def]
    """Last line of each annex whose run makes the département bear more than its amount on the
    version that line uses. A lowered amount already exceeded is no fault: nothing is added."""
    own = lines.filter(annexe=OuterRef("annexe")).order_by().values("annexe")
    paid = Versement.objects.executed().filter(annexe=OuterRef("annexe"))
    borne = Sum(F("part_cd") - F("recouvre_cd"))
    zero = Decimal("0.00")
    later = lines.filter(annexe=OuterRef("annexe"), pk__gt=OuterRef("pk"))
    return (
        lines.filter(~Exists(later))
        .annotate(
            added=Subquery(own.annotate(total=borne).values("total")),
            before=Coalesce(
                Subquery(paid.order_by().values("annexe").annotate(total=borne).values("total")),
                zero,
            ),
        )
        .filter(added__gt=0, version__montant_cd__lt=F("added") + F("before"))
    )


def _named(title: str, rows) -> list[str]:  # type: ignore[no-untyped-def]
    names = [str(row) for row in rows[: MAX_NAMED + 1]]
    return [_sentence(title, names)] if names else []


def _sentence(title: str, names: list[str]) -> str:
    more = ", …" if len(names) > MAX_NAMED else ""
    return f"{title} : {', '.join(names[:MAX_NAMED])}{more}."
