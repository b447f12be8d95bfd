"""The ASP's queue: certified statements, those with an anomaly first (spec 03).

An anomaly is what a person must look at before validating: a justification the checks asked for,
hours that are not eligible, a correction of a statement sent back. The others may be validated
together. Called by the queue and by the page that restates a batch.
"""

from __future__ import annotations

from django.db.models import (
    Case,
    Count,
    DecimalField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from apps.accounts.models import Membership
from apps.annexes.models import VersionAnnexe
from apps.presence.eligibility import with_eligibility
from apps.presence.models import EtatMensuel, EtatSigne, LignePresence

HOURS = DecimalField(max_digits=9, decimal_places=2)


def statements_to_review(acting: Membership) -> QuerySet[EtatMensuel]:
    """Certified statements of annexes in force, with `heures`, `lignes_declarees`,
    `heures_ineligibles`, `est_signe` and `anomalie`; anomalies first, then the oldest."""
    lines = LignePresence.objects.filter(
        etat_mensuel=OuterRef("pk"), version=OuterRef("version")
    ).order_by()
    refused = with_eligibility(lines).exclude(motif_prevu="")
    found = EtatMensuel.objects.visible_to(acting).filter(
        etat=EtatMensuel.Etat.SAISI, annexe__courante__etat=VersionAnnexe.Etat.VALIDE
    )
    return (
        found.annotate(
            heures=_hours(lines),
            lignes_declarees=Subquery(
                lines.values("etat_mensuel").annotate(n=Count("pk")).values("n")
            ),
            heures_ineligibles=_hours(refused),
            est_signe=Exists(
                EtatSigne.objects.filter(etat_mensuel=OuterRef("pk"), version=OuterRef("version"))
            ),
        )
        .annotate(
            anomalie=Case(
                When(
                    ~Q(justification="") | Q(heures_ineligibles__gt=0) | Q(version__gt=1),
                    then=Value(True),
                ),
                default=Value(False),
            )
        )
        .select_related("annexe__siae__structure", "annexe__courante")
        .order_by(F("anomalie").desc(), "certifie_le", "pk")
    )


def _hours(lines: QuerySet[LignePresence]) -> Coalesce:
    summed = lines.values("etat_mensuel").annotate(total=Sum("heures_declarees")).values("total")
    return Coalesce(Subquery(summed), Value(0), output_field=HOURS)
