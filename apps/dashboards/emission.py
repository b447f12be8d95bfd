"""Issuing the bilans after a run (cahier des charges §3.1; spec 04 §2): kept as they are that day.

A run that regularises a quarter issues its bilan intermédiaire; a final regularisation issues those
of the quarters that had none, the bilan final and the bilan des objectifs, one edition for each.
What a run left aside (a statement re-opened meanwhile) is issued after the next one. Called by the
task `dashboards.issue_bilans`, batch after batch: started again, it goes on where it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.urls import reverse

from apps.accounts.models import Membership, Nature, Notification, Organisation
from apps.accounts.notifications import notify
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.conventions.models import Financeur
from apps.core.jobs import start_job
from apps.core.models import Job
from apps.core.services import next_numbers
from apps.dashboards.bilans.calculs import final_bilan, quarter_bilan
from apps.dashboards.bilans.contenu import dump
from apps.dashboards.bilans.lecture import Faits, read_facts
from apps.dashboards.bilans.objectifs import objectives_bilans
from apps.dashboards.bilans.trimestres import MOIS_PAR_TRIMESTRE, quarters, rank_label
from apps.dashboards.models import BilanEmis
from apps.journal.services import Fact, record_many
from apps.payments.models import Campagne, Versement
from apps.rules.periods import Month
from apps.siae.models import Structure

BILANS = "bilans"
SEQUENCE = "bilan"
# Annexes read, computed and written at once: what bounds the memory of a national run.
BATCH = 100
Emis = BilanEmis.Nature


@dataclass(slots=True)
class Attendus:
    """Bilans an annex should have and has not: quarters, edition of the final ones (0: none)."""

    trimestres: set[int] = field(default_factory=set)
    edition: int = 0

    def __bool__(self) -> bool:
        return bool(self.trimestres or self.edition)


def queue_bilans(campagne: Campagne, acting: Membership, on: date) -> Job:
    """Step of the execution of a run: its bilans are issued once it is committed."""
    return start_job(
        acting,
        BILANS,
        f"Bilans de la campagne n° {campagne.numero}",
        f"{BILANS}:{campagne.pk}",
        current_app.tasks["dashboards.issue_bilans"],
        {"campagne": campagne.pk, "on": on.isoformat()},
    )


def issue_bilans(
    campagne: Campagne,
    acting: Membership,
    on: date,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Issue what the executed runs up to this one call for; returns how many bilans it has issued.

    `acting` is the membership that executed the run. A batch is one transaction: a crash loses the
    batch under way, which the next call does again.
    """
    annexes = sorted(bilans_due(campagne))
    for start in range(0, len(annexes), BATCH):
        with transaction.atomic():
            _issue(campagne, acting, annexes[start : start + BATCH], on)
        progress(min(start + BATCH, len(annexes)), len(annexes))
    _announce(campagne, on)
    ask_supervision(campagne, on)
    return BilanEmis.objects.filter(campagne=campagne).count()


def bilans_due(campagne: Campagne, annexes: Iterable[int] | None = None) -> dict[int, Attendus]:
    """What the lines executed by this run, or before it on annexes still open or closed without
    their bilan final, call for and is not issued yet, per annex: two queries."""
    natures = (Versement.Nature.REGULARISATION, Versement.Nature.SOLDE)
    finals = BilanEmis.objects.filter(annexe=OuterRef("annexe"), nature=Emis.FINAL)
    closed = Q(annexe__courante__etat=VersionAnnexe.Etat.CLOTURE) & ~Exists(finals)
    waiting = Q(annexe__courante__etat=VersionAnnexe.Etat.VALIDE) | closed
    lines = Versement.objects.executed().filter(
        Q(campagne=campagne) | Q(campagne__numero__lt=campagne.numero) & waiting,
        nature__in=natures,
    )
    if annexes is not None:
        lines = lines.filter(annexe__in=list(annexes))
    found: dict[int, Attendus] = defaultdict(Attendus)
    period = ("annexe__courante__debut", "annexe__courante__fin")
    for annexe_id, nature, sequence, mois, debut, fin in lines.order_by().values_list(
        "annexe_id", "nature", "sequence", "mois", *period
    ):
        first, due = Month.of(debut), found[annexe_id]
        every = set(range(1, (Month.of(fin) - first) // MOIS_PAR_TRIMESTRE + 2))
        if nature == Versement.Nature.SOLDE:
            due.trimestres |= every
            due.edition = max(due.edition, sequence)
        else:
            # A quarter is regularised with the second month of the next one.
            due.trimestres |= every & {(Month.of(mois) - first) // MOIS_PAR_TRIMESTRE}
    for annexe_id, nature, trimestre, edition in BilanEmis.objects.filter(
        annexe__in=lines.values("annexe")
    ).values_list("annexe_id", "nature", "trimestre", "edition"):
        due = found[annexe_id]
        due.trimestres.discard(trimestre)
        if nature == Emis.FINAL and edition >= due.edition:
            due.edition = 0
    return {annexe_id: due for annexe_id, due in found.items() if due}


def _issue(campagne: Campagne, acting: Membership, annexes: list[int], on: date) -> None:
    # The numbers are locked first: two issuings at once would both find the same bilans missing.
    next_numbers(SEQUENCE, 0)
    due = bilans_due(campagne, annexes)
    versions = list(
        VersionAnnexe.objects.filter(annexe__in=due, annexe__courante=F("pk"))
        .select_related("annexe__siae__structure", "financeur_cd")
        .prefetch_related("montants_unitaires")
        .order_by("annexe__numero", "annexe__renouvellement")
    )
    objectives = BilanEmis.objects.filter(annexe__in=due, nature=Emis.OBJECTIFS)
    editions = dict(objectives.order_by().values_list("annexe").annotate(Max("edition")))
    rows = _rows(read_facts(acting, versions, on), due, editions, on)
    for numero, row in zip(next_numbers(SEQUENCE, len(rows)), rows, strict=True):
        row.numero, row.campagne, row.emis_le = numero, campagne, on
    BilanEmis.objects.bulk_create(rows)
    record_many(acting, [_fact(row) for row in rows])


def _rows(
    facts: list[Faits], due: dict[int, Attendus], editions: dict[int, int], on: date
) -> list[BilanEmis]:
    """The bilans of these annexes, each as soon as all its months are validated; `editions`: the
    last ones of their objectives."""
    rows: list[BilanEmis] = []
    settled = [f for f in facts if due[f.dossier.annexe.pk].edition and _all_validated(f)]
    objectives = {
        bilan.dossier.annexe.pk: figures
        for bilan, figures in zip(settled, objectives_bilans(settled, on), strict=True)
    }
    for fact in facts:
        annexe = fact.dossier.annexe
        wanted = due[annexe.pk]
        identity: dict[str, Any] = {"annexe": annexe, "version": fact.dossier.version}
        for trimestre in quarters(fact.dossier):
            if trimestre.rang in wanted.trimestres and trimestre.is_complete:
                figures = dump(quarter_bilan(fact, trimestre, on))
                rows.append(
                    BilanEmis(
                        nature=Emis.INTERMEDIAIRE,
                        trimestre=trimestre.rang,
                        contenu=figures,
                        **identity,
                    )
                )
        if annexe.pk in objectives:
            identity["edition"] = wanted.edition
            final = dump(final_bilan(fact, on))
            rows.append(BilanEmis(nature=Emis.FINAL, contenu=final, **identity))
            figures = dump(objectives[annexe.pk])
            identity["edition"] = editions.get(annexe.pk, 0) + 1
            rows.append(BilanEmis(nature=Emis.OBJECTIFS, contenu=figures, **identity))
    return rows


@transaction.atomic
def reissue_objectives(acting: Membership, annexe: AnnexeFinanciere, on: date) -> BilanEmis | None:
    """A further edition of the bilan des objectifs, once the supervision is declared after it.

    None when none was issued, or when an amendment opened the annex again: the next final
    regularisation issues it. Called by the declaration, within its transaction.
    """
    next_numbers(SEQUENCE, 0)
    issued = BilanEmis.objects.filter(annexe=annexe, nature=Emis.OBJECTIFS)
    last = issued.order_by("-edition").first()
    if last is None:
        return None
    version = (
        VersionAnnexe.objects.select_related("annexe__siae__structure", "financeur_cd")
        .prefetch_related("montants_unitaires")
        .get(pk=annexe.courante_id)
    )
    facts = read_facts(acting, [version], on)
    if not facts[0].dossier.soldee:
        return None
    row = BilanEmis.objects.create(
        numero=next_numbers(SEQUENCE, 1)[0],
        annexe=annexe,
        version=version,
        campagne=last.campagne,
        nature=Emis.OBJECTIFS,
        edition=last.edition + 1,
        emis_le=on,
        contenu=dump(objectives_bilans(facts, on)[0]),
    )
    record_many(acting, [_fact(row)])
    return row


def _all_validated(fact: Faits) -> bool:
    return len(fact.dossier.valides()) == len(fact.dossier.months)


def _fact(row: BilanEmis) -> Fact:
    """Read in the history of the annex."""
    about = f"{row}, {rank_label(row.trimestre)}" if row.trimestre else str(row)
    return Fact("bilan.emis", row.annexe, apres={"bilan": about})


@transaction.atomic
def _announce(campagne: Campagne, on: date) -> None:
    """Tell the structures, the DDETS and the départements concerned, once: no amount, one sentence
    for all. Started again after a crash, it tells those who were not told."""
    issued = BilanEmis.objects.filter(campagne=campagne)
    structures = Structure.objects.filter(
        pk__in=issued.order_by().values("annexe__siae__structure")
    )
    funders = Financeur.objects.filter(
        pk__in=issued.filter(version__montant_cd__gt=0).order_by().values("version__financeur_cd")
    )
    title = f"Bilans émis : campagne n° {campagne.numero}"
    concerned = Organisation.objects.filter(
        Q(pk__in=structures.values("organisation"))
        | Q(financeur__in=funders)
        | Q(financeur__predecesseurs__in=funders)
        | Q(type=Organisation.Type.DDETS, departement__in=structures.values("departement"))
    )
    told = Notification.objects.filter(titre=title).values("organisation")
    label = Month.of(campagne.mois).label_with_de
    notify(
        concerned.exclude(pk__in=told).order_by("pk").distinct(),
        title,
        f"La campagne de paiement {label} a donné lieu à de nouveaux bilans, à lire et à "
        "télécharger en PDF.",
        reverse("dashboards:bilans_emis", query={"campagne": campagne.numero}),
        nature=Nature.PAIEMENT,
        on=on,
    )


@transaction.atomic
def ask_supervision(campagne: Campagne, on: date) -> None:
    """Ask the structures of the annexes that end with this month for their supervision, once: the
    next runs settle them. Their home page leads to the declaration."""
    month = Month.of(campagne.mois)
    ending = AnnexeFinanciere.objects.filter(
        courante__etat=VersionAnnexe.Etat.VALIDE,
        courante__fin__range=(month.first_day, month.last_day),
        encadrement=None,
    )
    title = f"Encadrement à déclarer : annexes qui s’achèvent en {month.label}"
    told = Notification.objects.filter(titre=title).values("organisation")
    concerned = Organisation.objects.filter(structure__siaes__annexes__in=ending)
    notify(
        concerned.exclude(pk__in=told).order_by("pk").distinct(),
        title,
        "Le bilan des objectifs négociés reprend l’encadrement réalisé : déclarez ses heures et "
        "ses ETP avant la régularisation finale, depuis votre page d’accueil.",
        reverse("dashboards:accueil"),
        nature=Nature.ETAT,
        on=on,
    )
