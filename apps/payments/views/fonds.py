"""Screens of the funds, to read: mandates with their treasury, a mandate, calls, sums paid back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.models import Membership, Role
from apps.accounts.permissions import can_sign
from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.pdf import pdf_page
from apps.core.views import ListPage
from apps.journal.history import LIMIT, events, history_of_all
from apps.payments import appels
from apps.payments import permissions_fonds as permissions
from apps.payments.credits import IMPUTATION_AIDE, IMPUTATION_FRAIS, credits_of
from apps.payments.documents_fonds import call_file, pay_back_file, subject_of, title_of
from apps.payments.filters_fonds import AppelFilter, MandatFilter
from apps.payments.flux import months_of
from apps.payments.models import (
    AppelDeFonds,
    NotificationDeFonds,
    RecetteDeFonds,
    ReversementDeFonds,
)
from apps.payments.querysets_fonds import funded_mandats
from apps.payments.situation_fonds import Acte, months_chart, with_situation
from apps.payments.tables_fonds import AppelTable, MandatTable
from apps.rules.money import total

HISTORY = 50


class Mandats(ListPage):
    model = ConventionMandat
    table_class = MandatTable
    filterset_class = MandatFilter
    template_name = "fonds/mandats.html"

    def get_queryset(self) -> Any:
        require_reader(self.request.acting)
        return with_situation(super().get_queryset())


class Appels(ListPage):
    model = AppelDeFonds
    table_class = AppelTable
    filterset_class = AppelFilter
    template_name = "fonds/appels.html"

    def get_queryset(self) -> Any:
        require_reader(self.request.acting)
        return super().get_queryset().select_related("mandat__financeur")


@require_safe
def mandat(request: HttpRequest, pk: int) -> HttpResponse:
    """The funds of a mandate: situation, credits, months of a year, documents."""
    acting: Membership = request.acting  # type: ignore[attr-defined]
    found, day = find_mandat(request, pk), today()
    years = credits_of(found, day)
    year = _chosen_year(request, [row.annee for row in years], day.year)
    months = months_of(found.pk, year, day)
    notices: Any = NotificationDeFonds.objects.visible_to(acting).filter(mandat=found)
    receipts = RecetteDeFonds.objects.visible_to(acting).filter(mandat=found)
    history = history_of_all([found, *notices, *receipts])
    context = {
        "mandat": found,
        "annees": years,
        "annee": year,
        "alertes": [alert for row in years for alert in row.alertes],
        "suggestions": [row.suggestion for row in years if row.suggestion],
        "mois": months,
        "chart": months_chart(months, year),
        "imputations": (IMPUTATION_AIDE, IMPUTATION_FRAIS),
        "appels": AppelDeFonds.objects.visible_to(acting).filter(mandat=found),
        "notifications": notices.prefetch_related("recettes").select_related("appel"),
        "recettes": receipts.select_related("appel", "notification"),
        "reversements": ReversementDeFonds.objects.visible_to(acting).filter(mandat=found),
        "attentes": list(appels.waiting_parts(found.pk)),
        "notifie": total(n.montant for n in notices.standing().filter(recettes__isnull=True)),
        "actes": acts_on(acting, found),
        "sans_delegation": _cannot_sign(acting, day),
        "entrees": events(history[:LIMIT], acting),
        "avec_objet": True,
    }
    return render(request, "fonds/mandat.html", context)


def _cannot_sign(acting: Membership, day: date) -> str:
    """Why a décideur is not offered to notify funds."""
    return can_sign(acting, day).reason if acting.has_role(Role.DECIDEUR) else ""


def acts_on(acting: Membership, found: Any) -> list[Acte]:
    """What this person may do now to the funds of a mandate."""
    if found.signee_le is None or getattr(found, "cloture", None):
        return []
    acts: list[Acte] = []
    quarterly = found.modalite == ConventionMandat.Modalite.AVANCE_ET_APPELS
    if permissions.can_propose(acting):
        kinds = ["trimestriel"] * quarterly + ["exceptionnel", "avance"]
        acts += [
            Acte(LABELS[kind], reverse("fonds:appel_proposer", args=[found.pk, kind]), rank == 0)
            for rank, kind in enumerate(kinds)
        ]
    if permissions.can_record_receipt(acting):
        page = reverse("fonds:recette_enregistrer", args=[found.pk])
        acts.append(Acte("Enregistrer des fonds reçus", page, principal=True))
    if permissions.can_notify_funds(acting, found, today()):
        page = reverse("fonds:notifier", args=[found.pk])
        acts.append(Acte("Notifier des fonds", page, principal=True))
    if acting.is_asp:
        acts.append(Acte("Solde annuel et clôture", reverse("fonds:solde", args=[found.pk])))
    return acts


LABELS = {
    "trimestriel": "Proposer l’appel trimestriel",
    "exceptionnel": "Proposer un appel exceptionnel",
    "avance": "Proposer l’avance d’une année",
}


@require_safe
def appel(request: HttpRequest, pk: int) -> HttpResponse:
    """A call: its lines with « pourquoi ce montant ? », what came, what may be done."""
    acting: Membership = request.acting  # type: ignore[attr-defined]
    found = find_appel(request, pk)
    context = {
        "appel": found,
        "objet": subject_of(found),
        "titre": title_of(found),
        "recettes": found.recettes.select_related("notification"),
        "notifications": found.notifications.all(),
        "peut": {
            "emettre": permissions.can_issue(acting, found),
            "annuler": permissions.can_cancel(acting, found),
            "modifier": permissions.can_amend(acting, found),
            "encaisser": permissions.can_record_receipt(acting)
            if found.etat in (AppelDeFonds.Etat.EMIS, AppelDeFonds.Etat.PARTIEL)
            else None,
            "notifier": permissions.can_notify_funds(acting, found.mandat, today())
            if found.etat in (AppelDeFonds.Etat.EMIS, AppelDeFonds.Etat.PARTIEL)
            else None,
        },
        "entrees": events(history_of_all([found])[:HISTORY], acting),
    }
    return render(request, "fonds/appel.html", context)


@require_safe
def appel_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_appel(request, pk)
    return pdf_page(request, lambda: call_file(found.pk), reverse("fonds:appel", args=[found.pk]))


@require_safe
def reversement(request: HttpRequest, pk: int) -> HttpResponse:
    acting: Membership = request.acting  # type: ignore[attr-defined]
    found = find_reversement(request, pk)
    context = {
        "reversement": found,
        "peut_payer": permissions.can_pay_back(acting, found),
        "peut_annuler": permissions.can_cancel_pay_back(acting, found),
        "entrees": events(history_of_all([found])[:HISTORY], acting),
    }
    return render(request, "fonds/reversement.html", context)


@require_safe
def reversement_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_reversement(request, pk)
    return pdf_page(
        request, lambda: pay_back_file(found.pk), reverse("fonds:reversement", args=[found.pk])
    )


def require_reader(acting: Membership) -> None:
    """The funds concern the ASP and the départements: these pages do not exist for the others."""
    if not (acting.is_asp or acting.is_cd):
        raise Http404


def find_mandat(request: HttpRequest, pk: int) -> Any:
    mandats = with_situation(ConventionMandat.objects.prefetch_related("avenants"))
    seen = funded_mandats(mandats, request.acting)  # type: ignore[attr-defined]
    return get_object_or_404(seen, pk=pk)


def find_appel(request: HttpRequest, pk: int) -> AppelDeFonds:
    seen = AppelDeFonds.objects.visible_to(request.acting)  # type: ignore[attr-defined]
    related = seen.select_related(
        "mandat__financeur", "propose_par", "emis_par", "annule_par", "campagne", "document"
    )
    found: AppelDeFonds = get_object_or_404(related, pk=pk)
    return found


def find_reversement(request: HttpRequest, pk: int) -> ReversementDeFonds:
    seen = ReversementDeFonds.objects.visible_to(request.acting)  # type: ignore[attr-defined]
    related = seen.select_related("mandat__financeur", "ordonnance_par", "paye_par", "document")
    found: ReversementDeFonds = get_object_or_404(related, pk=pk)
    return found


def _chosen_year(request: HttpRequest, years: list[int], current: int) -> int:
    """The year asked in the address when the mandate has it; else the current one, or its last."""
    asked = request.GET.get("annee", "")
    if asked.isascii() and asked.isdigit() and int(asked) in years:
        return int(asked)
    return current if current in years or not years else years[-1]
