"""Acts on the funds of a mandate: each is a page that restates what will happen, then does it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.accounts.models import Membership
from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.pages import perform
from apps.core.verdicts import Verdict
from apps.payments import appels, ledger
from apps.payments import permissions_fonds as permissions
from apps.payments.documents_fonds import subject_of
from apps.payments.fin_de_mandat import (
    balance_lines,
    closing_obstacles,
    settlement_obstacles,
    unused_funds,
    year_balance,
)
from apps.payments.forms_fonds import (
    AnneeForm,
    ComplementForm,
    MontantForm,
    MotifFondsForm,
    NotificationForm,
    RecetteForm,
)
from apps.payments.models import AppelDeFonds, Ecriture, NotificationDeFonds, RecetteDeFonds
from apps.payments.permissions_comptabilite import can_reverse
from apps.payments.services import appels as calls
from apps.payments.services import recettes, reversements
from apps.payments.services.extournes import reverse_entry
from apps.payments.views.fonds import LABELS, find_appel, find_mandat, find_reversement
from apps.rules.explanation import euros
from apps.rules.money import ZERO

PROPOSALS: dict[str, tuple[type[Any], Callable[..., AppelDeFonds]]] = {
    "trimestriel": (ComplementForm, calls.propose_quarterly),
    "exceptionnel": (MontantForm, calls.propose_exceptional),
    "avance": (AnneeForm, calls.propose_advance),
}


@require_http_methods(["GET", "POST"])
def appel_proposer(request: HttpRequest, pk: int, nature: str) -> HttpResponse:
    """Propose a call; for a quarter, the twelve lines shown are those that will be frozen."""
    acting = _acting(request)
    found = find_mandat(request, pk)
    require(permissions.can_propose(acting))
    if nature not in PROPOSALS:
        raise Http404
    form_class, act = PROPOSALS[nature]
    posted = request.POST if request.method == "POST" else None
    form = form_class(posted, initial={"annee": today().year})
    if form.is_valid():
        done = perform(
            request,
            lambda: act(acting, found, **form.cleaned_data),
            lambda call: (
                f"L’appel de fonds n° {call.numero} est proposé. Une autre personne doit l’émettre."
            ),
        )
        if done:
            return redirect("fonds:appel", done.pk)
    context = {
        "mandat": found,
        "nature": nature,
        "titre": LABELS[nature],
        "form": form,
        "libelle": "Proposer l’appel",
        "retour": reverse("fonds:mandat", args=[pk]),
    }
    if nature == "trimestriel":
        context["lignes"] = [line.as_dict() for line in appels.quarterly_lines(found, today())]
        context["trimestre"] = appels.called_quarter(today())
    return render(request, "fonds/appel_proposer.html", context)


@require_http_methods(["GET", "POST"])
def appel_emettre(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_appel(request, pk)
    if refusal := _refused(request, permissions.can_issue(_acting(request), found), found):
        return refusal
    if request.method == "POST":
        perform(
            request,
            lambda: calls.issue_call(_acting(request), found),
            "L’appel de fonds est émis. Le département en est averti.",
        )
        return redirect("fonds:appel", pk)
    context = {
        "appel": found,
        "objet": subject_of(found),
        "echeance": calls.deadline_of(found, today()),
        "libelle": "Émettre l’appel",
        "retour": reverse("fonds:appel", args=[pk]),
    }
    return render(request, "fonds/appel_emettre.html", context)


@require_http_methods(["GET", "POST"])
def appel_modifier(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_appel(request, pk)
    if refusal := _refused(request, permissions.can_amend(_acting(request), found), found):
        return refusal
    initial = {"montant": found.montant, "motif": found.motif}
    form = MontantForm(request.POST or None, initial=initial)
    if form.is_valid() and perform(
        request,
        lambda: calls.amend_call(_acting(request), found, **form.cleaned_data),
        "Le montant de l’appel est modifié. Une autre personne doit l’émettre.",
    ):
        return redirect("fonds:appel", pk)
    return _about_call(request, found, form, "Modifier le montant", "Enregistrer")


@require_http_methods(["GET", "POST"])
def appel_annuler(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_appel(request, pk)
    if refusal := _refused(request, permissions.can_cancel(_acting(request), found), found):
        return refusal
    form = MotifFondsForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: calls.cancel_call(_acting(request), found, **form.cleaned_data),
        "L’appel de fonds est annulé.",
    ):
        return redirect("fonds:appel", pk)
    return _about_call(request, found, form, "Annuler l’appel", "Annuler l’appel de fonds")


@require_http_methods(["GET", "POST"])
def notifier(request: HttpRequest, pk: int) -> HttpResponse:
    """The décideur announces funds that the département has ordered."""
    acting = _acting(request)
    found = find_mandat(request, pk)
    require(permissions.can_notify_funds(acting, found, today()))
    form = NotificationForm(request.POST or None, mandat=found, initial=_of_call(request, found))
    if form.is_valid() and perform(
        request,
        lambda: recettes.notify_funds(acting, found, **form.cleaned_data),
        lambda notice: f"La notification de {euros(notice.montant)} est transmise à l’ASP.",
    ):
        return redirect("fonds:mandat", pk)
    return _about_mandat(request, found, form, "Notifier des fonds à l’ASP", "Notifier")


@require_http_methods(["GET", "POST"])
def notification_retirer(request: HttpRequest, pk: int) -> HttpResponse:
    acting = _acting(request)
    seen = NotificationDeFonds.objects.visible_to(acting).select_related("mandat__financeur")
    found = get_object_or_404(seen, pk=pk)
    verdict = permissions.can_withdraw_notice(acting, found, today())
    if not verdict:
        messages.error(request, verdict.reason)
        return redirect("fonds:mandat", found.mandat_id)
    form = MotifFondsForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: recettes.withdraw_notice(acting, found, **form.cleaned_data),
        "La notification est retirée.",
    ):
        return redirect("fonds:mandat", found.mandat_id)
    title = f"Retirer la notification {found.reference} de {euros(found.montant)}"
    return _about_mandat(request, found.mandat, form, title, "Retirer la notification")


@require_http_methods(["GET", "POST"])
def recette_enregistrer(request: HttpRequest, pk: int) -> HttpResponse:
    """The agent comptable records a line of the account statement."""
    acting = _acting(request)
    found = find_mandat(request, pk)
    require(permissions.can_record_receipt(acting))
    form = RecetteForm(request.POST or None, mandat=found, initial=_of_call(request, found))
    if form.is_valid() and perform(
        request,
        lambda: recettes.record_receipt(acting, found, **form.receipt()),
        _said_of_receipt,
    ):
        return redirect("fonds:mandat", pk)
    return _about_mandat(request, found, form, "Enregistrer des fonds reçus", "Enregistrer")


def _said_of_receipt(recette: RecetteDeFonds) -> str:
    said = f"La recette n° {recette.numero} de {euros(recette.montant)} est enregistrée."
    call = recette.appel
    if call is None:
        return said
    if call.encaisse > call.montant:
        more = call.encaisse - call.montant
        return f"{said} {euros(more)} de plus que l’appel n° {call.numero} restent au mandat."
    if call.reste:
        return f"{said} Il reste {euros(call.reste)} à recevoir sur l’appel n° {call.numero}."
    return f"{said} L’appel n° {call.numero} est encaissé en totalité."


@require_http_methods(["GET", "POST"])
def recette_annuler(request: HttpRequest, pk: int) -> HttpResponse:
    """Reverse the entry of a receipt recorded by mistake."""
    acting = _acting(request)
    seen = RecetteDeFonds.objects.visible_to(acting).select_related("mandat__financeur", "appel")
    found = get_object_or_404(seen, pk=pk)
    require(can_reverse(acting))
    form = MotifFondsForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: reverse_entry(acting, _entry_of(found), **form.cleaned_data),
        f"La recette n° {found.numero} est annulée et son écriture extournée.",
    ):
        return redirect("fonds:mandat", found.mandat_id)
    left = ledger.treasury([found.mandat_id]).get(found.mandat_id, ZERO)
    title = f"Annuler la recette n° {found.numero} de {euros(found.montant)}"
    more = {"recette": found, "tresorerie": left, "ensuite": left - found.montant}
    return _about_mandat(request, found.mandat, form, title, "Annuler la recette", **more)


def _entry_of(recette: RecetteDeFonds) -> Ecriture:
    entry = Ecriture.objects.filter(
        reference=recette.reference, evenement=Ecriture.Evenement.FONDS_RECUS
    ).first()
    if entry is None:
        raise Refus("Cette recette n’a pas d’écriture : signalez-le à l’assistance.")
    return entry


@require_http_methods(["GET", "POST"])
def solde(request: HttpRequest, pk: int) -> HttpResponse:
    """The end of a mandate: balance of a year, unused funds, obstacles to the closing."""
    acting = _acting(request)
    found = find_mandat(request, pk)
    if not acting.is_asp:
        raise Http404
    form = AnneeForm(request.POST if request.method == "POST" else request.GET or None)
    last = max(found.debut.year, today().year - 1)
    year = form.cleaned_data["annee"] if form.is_valid() else last
    if request.method == "POST" and form.is_valid():
        act: Any = partial(reversements.settle_year, acting, found, year)
        if "non_employes" in request.POST:
            act = partial(reversements.return_unused, acting, found)
        if done := perform(request, act, _said_of_balance):
            page = "fonds:appel" if isinstance(done, AppelDeFonds) else "fonds:reversement"
            return redirect(page, done.pk)
    balance = year_balance(found, year)
    context = {
        "mandat": found,
        "annee": year,
        "annees": range(found.debut.year, max(last, today().year) + 1),
        "solde": balance,
        "non_employes": unused_funds(found, today()),
        "lignes": balance_lines(found, balance),
        "obstacles_solde": settlement_obstacles(found, year, today()),
        "obstacles_cloture": closing_obstacles(found, today()),
        "peut_ordonner": permissions.can_order_pay_back(acting),
        "peut_clore": permissions.can_close(acting),
    }
    return render(request, "fonds/solde.html", context)


def _said_of_balance(done: Any) -> str:
    if isinstance(done, AppelDeFonds):
        return f"L’appel de fonds n° {done.numero} est proposé pour le solde négatif."
    return (
        f"Le reversement n° {done.numero} de {euros(done.montant)} est ordonnancé. L’agent "
        "comptable doit le payer."
    )


@require_http_methods(["GET", "POST"])
def reversement_payer(request: HttpRequest, pk: int) -> HttpResponse:
    return _pay_back_act(request, pk, paying=True)


@require_http_methods(["GET", "POST"])
def reversement_annuler(request: HttpRequest, pk: int) -> HttpResponse:
    return _pay_back_act(request, pk, paying=False)


def _pay_back_act(request: HttpRequest, pk: int, *, paying: bool) -> HttpResponse:
    acting = _acting(request)
    found = find_reversement(request, pk)
    judge = permissions.can_pay_back if paying else permissions.can_cancel_pay_back
    verdict = judge(acting, found)
    if not verdict:
        messages.error(request, verdict.reason)
        return redirect("fonds:reversement", pk)
    form = None if paying else MotifFondsForm(request.POST or None)
    if request.method == "POST" and (form is None or form.is_valid()):
        act: Any = partial(reversements.pay_back, acting, found)
        if form is not None:
            act = partial(reversements.cancel_pay_back, acting, found, **form.cleaned_data)
        perform(
            request, act, "Le reversement est payé." if paying else "Le reversement est annulé."
        )
        return redirect("fonds:reversement", pk)
    context = {
        "reversement": found,
        "form": form,
        "payer": paying,
        "libelle": "Payer le reversement" if paying else "Annuler le reversement",
        "libelle_retour": "Revenir au reversement",
        "retour": reverse("fonds:reversement", args=[pk]),
    }
    return render(request, "fonds/reversement_acte.html", context)


@require_http_methods(["GET", "POST"])
def cloturer(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a mandate; what prevents it is named, and nothing can be confirmed meanwhile."""
    acting = _acting(request)
    found = find_mandat(request, pk)
    if not acting.is_asp:
        raise Http404
    require(permissions.can_close(acting))
    obstacles = closing_obstacles(found, today())
    if request.method == "POST":
        if perform(
            request,
            lambda: reversements.close_mandat(acting, found),
            "La convention de mandat est clôturée.",
        ):
            return redirect("fonds:mandat", pk)
        return redirect("fonds:solde", pk)
    context = {
        "mandat": found,
        "obstacles": obstacles,
        "libelle": "Clôturer la convention",
        "retour": reverse("fonds:solde", args=[pk]),
    }
    return render(request, "fonds/cloturer.html", context)


def require(verdict: Verdict) -> None:
    """403 with the reason when the page is not for this role."""
    if not verdict:
        raise PermissionDenied(verdict.reason)


def _acting(request: HttpRequest) -> Membership:
    acting: Membership = request.acting  # type: ignore[attr-defined]
    return acting


def _refused(request: HttpRequest, verdict: Verdict, found: AppelDeFonds) -> HttpResponse | None:
    if verdict:
        return None
    messages.error(request, verdict.reason)
    return redirect("fonds:appel", found.pk)


def _of_call(request: HttpRequest, mandat: ConventionMandat) -> dict[str, Any]:
    """What a form takes over from the call named in the address."""
    asked = request.GET.get("appel", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        return {}
    call = mandat.appels.awaited().filter(pk=int(asked)).first()
    return {"appel": call.pk, "montant": call.reste} if call else {}


def _about_call(
    request: HttpRequest, found: AppelDeFonds, form: Any, titre: str, libelle: str
) -> HttpResponse:
    context = {
        "appel": found,
        "objet": subject_of(found),
        "form": form,
        "titre": f"{titre} n° {found.numero}" if titre.endswith("appel") else titre,
        "libelle": libelle,
        "libelle_retour": "Revenir à l’appel",
        "retour": reverse("fonds:appel", args=[found.pk]),
    }
    return render(request, "fonds/appel_acte.html", context)


def _about_mandat(
    request: HttpRequest, found: Any, form: Any, titre: str, libelle: str, **more: Any
) -> HttpResponse:
    context = {
        "mandat": found,
        "form": form,
        "titre": titre,
        "libelle": libelle,
        "libelle_retour": "Revenir aux fonds",
        "retour": reverse("fonds:mandat", args=[found.pk]),
        **more,
    }
    return render(request, "fonds/mandat_acte.html", context)
