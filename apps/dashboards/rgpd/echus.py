"""What has reached the end of its retention: one query per kind of data.

Each function takes the first day that is still kept and returns rows with `depuis`, the day their
retention runs from. Named in the table of `retention`; nothing is written here.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import DateField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce, Greatest
from django.utils import timezone

from apps.accounts.models import Membership, Notification, User
from apps.annexes.models import VersionAnnexe
from apps.core.models import CourrielEnvoye, Job
from apps.dashboards.models import DemandeDroit
from apps.presence.models import DocumentEtat, EtatSigne, LignePresence, PieceControle
from apps.siae.models import Contact, Contrat, ImportSalaries, Salarie

# States of an annex that nothing is computed for any more.
CLOSES = ("CLOTURE", "ANNULE")
ANONYME = "Compte anonymisé"


def salaries_past(limit: date) -> QuerySet[Salarie]:
    """Fiches whose last contact is before that day, those of open annexes included.

    The last contact is the end of the last contract or the last rights request; without any, the
    end of the PASS IAE.
    """
    ends = (
        Contrat.objects.filter(salarie=OuterRef("pk"))
        .order_by()
        .values("salarie")
        .annotate(fin_reelle=Max(Coalesce("date_sortie", "fin")))
        .values("fin_reelle")
    )
    requests = (
        DemandeDroit.objects.filter(salarie=OuterRef("pk"))
        .order_by()
        .values("salarie")
        .annotate(derniere=Max("recue_le"))
        .values("derniere")
    )
    contact = Coalesce(Greatest(Subquery(ends), Subquery(requests)), "pass_fin")
    return (
        Salarie.objects.filter(anonymise_le=None).annotate(depuis=contact).filter(depuis__lt=limit)
    )


def needed() -> Q:
    """An annex not closed still needs the person's hours, or a request is not answered."""
    open_annexes = LignePresence.objects.filter(salarie=OuterRef("pk")).exclude(
        etat_mensuel__annexe__courante__etat__in=CLOSES
    )
    unanswered = DemandeDroit.objects.open().filter(salarie=OuterRef("pk"))
    return Q(Exists(open_annexes)) | Q(Exists(unanswered))


def salaries(limit: date) -> QuerySet[Salarie]:
    return salaries_past(limit).exclude(needed())


def salaries_held(limit: date) -> QuerySet[Salarie]:
    return salaries_past(limit).filter(needed())


def control_pieces(limit: date) -> QuerySet[PieceControle]:
    """Documents of controls concluded on annexes that are closed."""
    return PieceControle.objects.filter(
        controle__conclu_le__lt=limit,
        controle__etat_mensuel__annexe__courante__etat__in=CLOSES,
    ).annotate(depuis=F("controle__conclu_le"))


def statements(limit: date) -> QuerySet[DocumentEtat]:
    """Drawn statements of the years that are wholly past."""
    return _of_past_years(DocumentEtat.objects.all(), limit)


def signed_statements(limit: date) -> QuerySet[EtatSigne]:
    return _of_past_years(EtatSigne.objects.all(), limit)


def contacts(limit: date) -> QuerySet[Contact]:
    """Contacts of the structures that have had annexes, the last of them ended before that day."""
    versions = VersionAnnexe.objects.filter(siae__structure=OuterRef("structure"))
    last = (
        versions.order_by().values("siae__structure").annotate(fin_max=Max("fin")).values("fin_max")
    )
    return Contact.objects.annotate(depuis=Subquery(last)).filter(depuis__lt=limit)


def idle_accounts(limit: date) -> QuerySet[User]:
    """Accounts without a membership since that day that can still sign in or be written to."""
    return _without_membership(limit).filter(Q(is_active=True) | ~Q(email=""))


def old_accounts(limit: date) -> QuerySet[User]:
    return _without_membership(limit).exclude(prenom=ANONYME)


def _without_membership(limit: date) -> QuerySet[User]:
    mine = Membership.objects.filter(user=OuterRef("pk"))
    current = mine.filter(Q(fin__isnull=True) | Q(fin__gte=limit))
    last = mine.order_by().values("user").annotate(derniere=Max("fin")).values("derniere")
    created = Cast("cree_le", DateField())
    found: QuerySet[User] = User.objects.annotate(depuis=Coalesce(Subquery(last), created))
    return found.filter(~Exists(current), depuis__lt=limit)


def rights_requests(limit: date) -> QuerySet[DemandeDroit]:
    """Requests closed before that day that still say who asked what."""
    told = ~Q(demandeur="", joindre="", texte="", reponse="")
    return DemandeDroit.objects.filter(told, close_le__lt=limit).annotate(depuis=F("close_le"))


def notifications(limit: date) -> QuerySet[Notification]:
    return Notification.objects.filter(le__lt=limit).annotate(depuis=F("le"))


def mails(limit: date) -> QuerySet[CourrielEnvoye]:
    return _created(CourrielEnvoye.objects.exclude(etat="EN_ATTENTE"), limit)


def jobs(limit: date) -> QuerySet[Job]:
    """Jobs that are over and whose file has expired."""
    return _created(Job.objects.filter(fichier=None).exclude(etat__in=Job.ACTIFS), limit)


def imports(limit: date) -> QuerySet[ImportSalaries]:
    return _created(ImportSalaries.objects.exclude(applique_le=None), limit)


def sessions(limit: date) -> QuerySet[Session]:
    expired = Session.objects.filter(expire_date__lt=_instant(limit))
    return expired.annotate(depuis=Cast("expire_date", DateField()))


def _of_past_years(rows: Any, limit: date) -> Any:
    months = rows.filter(etat_mensuel__mois__lt=limit.replace(month=1, day=1))
    return months.annotate(depuis=F("etat_mensuel__mois"))


def _created(rows: Any, limit: date) -> Any:
    return rows.filter(cree_le__lt=_instant(limit)).annotate(depuis=Cast("cree_le", DateField()))


def _instant(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
