"""Screens of the structure, read by all: follow-up of the year, entry, certification, history.

Called by the URLs. Everything is fetched through `visible_to`: 404 outside the scope.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.core.jobs import dispatch
from apps.core.pages import perform
from apps.core.verdicts import Verdict
from apps.core.views import ListPage
from apps.journal.history import events_of
from apps.presence import permissions, services
from apps.presence.checks import check_etat, warnings_by_contrat
from apps.presence.filters import SuiviFilter
from apps.presence.forms import SaisieForm
from apps.presence.forms_certification import CertificationForm
from apps.presence.models import Controle, EtatMensuel, EtatSigne, JustificationEcart
from apps.presence.sheet import Sheet, sheet_of
from apps.presence.tables import SuiviTable
from apps.presence.tasks import draw_statement
from apps.presence.transitions import TRANSITIONS
from apps.rules.periods import Month
from apps.siae.forms import motifs_by_category


class Suivi(ListPage):
    """Annexes × months of a year, the state of each statement, a link to it."""

    model = AnnexeFinanciere
    table_class = SuiviTable
    filterset_class = SuiviFilter
    template_name = "presence/liste.html"

    def get_queryset(self) -> QuerySet[AnnexeFinanciere]:
        seen = EtatMensuel.objects.visible_to(self.request.acting)
        months = Prefetch("etats_mensuels", queryset=seen, to_attr="etats_lus")
        return super().get_queryset().with_display().prefetch_related(months)

    def get_table_data(self) -> Any:
        return self.object_list

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"annee": self.filterset.year, "acting": self.request.acting, "on": today()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["annee"] = str(self.filterset.year)
        context["annees_proches"] = self.filterset.years_around
        return context


@require_http_methods(["GET", "POST"])
def saisie(request: HttpRequest, annexe_id: int, mois: date) -> HttpResponse:
    """The sheet of a month: a form for the structure while it is open, a table for all others."""
    sheet = find_sheet(request, annexe_id, mois)
    if not is_editable(request, sheet):
        sent = request.method == "POST"
        if sent:
            _refuse_entry(request, sheet)
        page = page_of(request, sheet)
        return render(request, "presence/etat.html", page, status=409 if sent else 200)
    form = _form(sheet, request.POST or None)
    if form.is_valid() and (saved := _save(request, sheet, form)):
        if not saved.conflicts:
            return redirect(_after(request), annexe_id, mois)
        sheet = find_sheet(request, annexe_id, mois)
        conflicts = {conflict.ligne.contrat_id: conflict for conflict in saved.conflicts}
        form = _form(sheet, conflicts=conflicts)
    context = page_of(request, sheet) | {"form": form, "motifs": motifs_by_category()}
    return render(request, "presence/saisie.html", context, status=409 if form.conflicts else 200)


@require_http_methods(["GET", "POST"])
def certifier(request: HttpRequest, annexe_id: int, mois: date) -> HttpResponse:
    """Recap, findings, statement of honour; then the certification."""
    sheet = find_sheet(request, annexe_id, mois)
    require(permissions.can_certify(request.acting, sheet.annexe))
    if sheet.etat is None or sheet.etat.etat not in TRANSITIONS["certifier"][0]:
        return redirect("presence:saisie", annexe_id, mois)
    findings = check_etat(sheet.etat, on=today())
    form = CertificationForm(findings, request.POST or None)
    if form.is_valid() and _certify(request, sheet, form.words()):
        return redirect("presence:saisie", annexe_id, mois)
    context = page_of(request, sheet) | {"form": form} | split(findings)
    return render(request, "presence/certifier.html", context)


@require_safe
def historique(request: HttpRequest, pk: int) -> HttpResponse:
    """Who did what to a statement, and its versions."""
    etat = get_object_or_404(EtatMensuel.objects.visible_to(request.acting).with_display(), pk=pk)
    versions = range(1, etat.version + 1)
    context = {"etat": etat, "entrees": events_of(etat, request.acting), "versions": versions}
    return render(request, "presence/historique.html", context)


def require(verdict: Verdict) -> None:
    """403, with the reason, for an act that is not of this role."""
    if not verdict:
        raise PermissionDenied(verdict.reason)


def find_sheet(request: HttpRequest, annexe_id: int, mois: date) -> Sheet:
    """The sheet of a month of an annex one sees; 404 for a month that is not of the annex."""
    acting = request.acting
    annexe = get_object_or_404(
        AnnexeFinanciere.objects.visible_to(acting).with_display(), pk=annexe_id
    )
    seen = EtatMensuel.objects.visible_to(acting).with_display()
    etat = seen.filter(annexe=annexe, mois=mois).first()
    outside = not annexe.courante.debut <= mois <= annexe.courante.fin
    if etat is None and (outside or mois > today() or acting.is_cd):
        raise Http404("No statement of this month.")
    version = request.GET.get("version", "")
    asked = int(version) if version.isdecimal() and len(version) < 4 else None
    if etat is None:
        return sheet_of(annexe, mois, None)
    # A département reads what was certified, not what is being typed again.
    being_typed = acting.is_cd and etat.etat == EtatMensuel.Etat.DEBLOQUE
    last = etat.version - being_typed
    return sheet_of(annexe, mois, etat, version=asked if asked in range(1, last) else last)


def _refuse_entry(request: HttpRequest, sheet: Sheet) -> None:
    """Hours sent from a page left open: 403 to who may not enter any, a sentence to the others."""
    require(permissions.can_enter(request.acting, sheet.annexe))
    messages.error(
        request,
        "Cet état mensuel n’est plus ouvert à la saisie : les heures que vous venez d’envoyer ne "
        "sont pas enregistrées.",
    )


def is_editable(request: HttpRequest, sheet: Sheet) -> bool:
    is_open = sheet.etat is None or sheet.etat.etat in EtatMensuel.ETATS_OUVERTS
    can_enter = permissions.can_enter(request.acting, sheet.annexe)
    return sheet.is_current and is_open and bool(can_enter)


def page_of(request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
    """What every page of a statement shows, and the acts of this role in this state."""
    acting, annexe, etat = request.acting, sheet.annexe, sheet.etat
    state = etat.etat if etat else EtatMensuel.Etat.BROUILLON
    acts = {
        "certifier": permissions.can_certify(acting, annexe),
        "valider": permissions.can_validate(acting),
        "debloquer": permissions.can_reopen(acting, annexe),
        "constater_carence": permissions.can_record_carence(acting, annexe),
    }
    possible = {name for name, verdict in acts.items() if verdict and state in TRANSITIONS[name][0]}
    if today() <= services.deadline_of(sheet.mois):
        possible.discard("constater_carence")
    context = {"sheet": sheet, "etat": etat, "annexe": annexe, "actes": possible}
    context["mois_voisins"] = _neighbours(request, sheet)
    return context | _accompanying(request, sheet)


def _neighbours(request: HttpRequest, sheet: Sheet) -> list[Month]:
    """The months before and after, when they have a page for this reader."""
    if request.acting.is_cd:
        return []
    courante, month = sheet.annexe.courante, sheet.month
    last_day = min(courante.fin, today())
    around = (month - 1, month + 1)
    return [other for other in around if courante.debut <= other.first_day <= last_day]


def _accompanying(request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
    """What goes with the version shown: words on the findings, signed file, controls."""
    acting, etat = request.acting, sheet.etat
    if etat is None:
        return {}
    of_version = {"etat_mensuel": etat, "version": sheet.version}
    return {
        "justifications": JustificationEcart.objects.filter(**of_version),
        "signe": EtatSigne.objects.filter(**of_version).select_related("fichier").first(),
        "archives": etat.documents.select_related("fichier"),
        "peut_signer": bool(permissions.can_sign(acting, etat)) and sheet.is_current,
        "controles": Controle.objects.visible_to(acting).filter(etat_mensuel=etat),
        "peut_controler": bool(permissions.can_control(acting)) and sheet.is_current,
    }


def split(findings: list[Any]) -> dict[str, Any]:
    return {
        "blocages": [finding for finding in findings if finding.bloquant],
        "alertes": [finding for finding in findings if not finding.bloquant],
    }


def _form(sheet: Sheet, data: Any = None, **kwargs: Any) -> SaisieForm:
    """The entry form of a sheet, with what each row should be looked at for."""
    lines = [row.ligne for row in sheet.rows if row.ligne is not None]
    alertes = warnings_by_contrat(sheet.etat, lines) if sheet.etat else {}
    return SaisieForm(sheet.rows, data, alertes=alertes, **kwargs)


def _save(request: HttpRequest, sheet: Sheet, form: SaisieForm) -> services.Saved | None:
    copy = "reprendre" in request.POST
    saved = perform(
        request,
        lambda: services.enter_month(
            request.acting, sheet.annexe, sheet.mois, form.changed_rows(), copy=copy, on=today()
        ),
        lambda saved: _sentence(saved, then_certify="certifier" in request.POST),
    )
    if saved and saved.conflicts:
        messages.warning(
            request,
            "Une autre personne a modifié les mêmes lignes entre-temps : les deux valeurs sont "
            "affichées, choisissez la bonne et enregistrez.",
        )
    return saved


def _sentence(saved: services.Saved, *, then_certify: bool) -> str:
    count = len({ligne.pk for ligne in saved.lignes})
    if count == 0:
        if then_certify:
            return "Toutes les heures saisies sont enregistrées."
        return "Aucune ligne n’a changé."
    return "1 ligne est enregistrée." if count == 1 else f"{count} lignes sont enregistrées."


def _after(request: HttpRequest) -> str:
    return "presence:certifier" if "certifier" in request.POST else "presence:saisie"


def _certify(request: HttpRequest, sheet: Sheet, words: dict[str, str]) -> Any:
    certified = perform(
        request,
        lambda: services.certify_etat(
            request.acting,
            sheet.etat,
            justifications=words,
            lu=request.POST.get("lu", ""),
            on=today(),
        ),
        f"L’état mensuel {sheet.month.label_with_de} est certifié. Imprimez-le et signez-le, puis "
        "déposez-le ici ou adressez-le à l’ASP.",
    )
    if certified:
        dispatch(draw_statement, certified.pk)
    return certified
