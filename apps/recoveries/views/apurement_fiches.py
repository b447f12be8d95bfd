"""Pages of a dispute, a remission, a list, an extinction, a procedure; and how each one begins.

Called by the URLs: 404 outside the scope, 403 for a role that does not begin the act.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.pages import perform
from apps.core.verdicts import Verdict
from apps.journal.history import events_of
from apps.recoveries import forms_apurement as forms
from apps.recoveries import permissions_apurement as permissions
from apps.recoveries.documents_apurement import remission_letter
from apps.recoveries.models import (
    Contestation,
    DemandeRemise,
    Extinction,
    ListeNonValeur,
    OrdreDeRecouvrer,
    ProcedureCollective,
)
from apps.recoveries.services import abandons, contestations, extinctions, procedures, remises
from apps.recoveries.tables_apurement import clock
from apps.recoveries.views.apurement_actes import archive, offered
from apps.rules.delais import last_day_to_contest
from apps.rules.money import total

REMISE = (
    "L’ASP instruit la demande et fait une proposition ; le financeur décide. Joignez ce qui "
    "montre vos ressources et vos charges."
)


@require_safe
def contestation(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, Contestation.objects.with_order(), pk)
    limit = last_day_to_contest(found.ordre.notifie_le) if found.ordre.notifie_le else None
    return _fiche(request, "contestation", found, {"limite": limit})


@require_safe
def remise(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, DemandeRemise.objects.with_order(), pk)
    return _fiche(request, "remise", found, {"horloge": clock(found.echeance, today())})


@require_safe
def extinction(request: HttpRequest, pk: int) -> HttpResponse:
    return _fiche(request, "extinction", _find(request, Extinction.objects.with_order(), pk), {})


@require_safe
def liste(request: HttpRequest, pk: int) -> HttpResponse:
    """A list with its orders, their proofs, and the clock of the département."""
    found = _find(request, ListeNonValeur.objects.select_related("financeur"), pk)
    lignes = list(
        found.lignes.select_related("ordre__structure", "piece", "decidee_par").order_by(
            "ordre__numero"
        )
    )
    acting, state = request.acting, found.etat
    examines = bool(permissions.can_examine(acting))
    decidable = state == ListeNonValeur.Etat.RECUE or (
        found.financeur.is_etat and state == ListeNonValeur.Etat.SOUMISE
    )
    context = {
        "lignes": lignes,
        "total": total(ligne.montant for ligne in lignes),
        "admis": total(ligne.montant for ligne in lignes if ligne.decision == "ADMISE"),
        "horloge": clock(found.echeance, today()),
        "peut_ajouter": examines and state == ListeNonValeur.Etat.PREPARATION,
        "peut_completer": examines and state == ListeNonValeur.Etat.SOUMISE and found.manque,
        "peut_decider": decidable
        and bool(permissions.can_decide(acting, found.financeur, today())),
    }
    return _fiche(request, "liste", found, context)


@require_safe
def procedure(request: HttpRequest, pk: int) -> HttpResponse:
    """A procedure, with the debts of the reader's scope that are declared or not."""
    found = _find(request, ProcedureCollective.objects.select_related("structure"), pk)
    seen = OrdreDeRecouvrer.objects.visible_to(request.acting).filter(structure=found.structure_id)
    declared = found.declarations.filter(ordre__in=seen).select_related("ordre__financeur")
    context = {
        "declarations": declared,
        "a_declarer": [
            ordre
            for ordre in seen.filter(etat__in=OrdreDeRecouvrer.OUVERTS)
            .exclude(declarations__procedure=found.pk)
            .select_related("financeur")
            .order_by("numero")
            if ordre.reste > 0
        ],
        "horloge": clock(found.limite_declaration, today()),
    }
    return _fiche(request, "procedure", found, context)


@require_http_methods(["GET", "POST"])
def contester(request: HttpRequest, pk: int) -> HttpResponse:
    """Dispute an order."""
    return _file(
        request,
        pk,
        "Contester l’ordre",
        "La contestation est examinée par l’ASP. Elle n’arrête pas le recouvrement par "
        "elle-même : seul l’ordonnateur peut le suspendre, par écrit.",
        contestations.contest,
        "La contestation est enregistrée.",
        "apurement:contestation",
    )


@require_http_methods(["GET", "POST"])
def remise_demander(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a remission; the page says at once that it is not admitted for legal persons."""
    legal = permissions.is_legal_person(_order(request, pk).structure)
    return _file(
        request,
        pk,
        "Demander une remise",
        permissions.PERSONNES_MORALES if legal else REMISE,
        _ask_remission,
        "La demande est enregistrée.",
        "apurement:remise",
    )


@require_http_methods(["GET", "POST"])
def extinction_proposer(request: HttpRequest, pk: int) -> HttpResponse:
    ordre = _order(request, pk)
    _require(permissions.can_propose_extinction(request.acting))
    form = forms.ExtinctionForm(*_bound(request))
    if form.is_valid():
        made = perform(
            request,
            lambda: extinctions.propose_extinction(
                request.acting, ordre, on=today(), **form.cleaned_data
            ),
            "L’extinction est proposée à l’ordonnateur.",
        )
        if made:
            return redirect("apurement:extinction", made.pk)
    texte = (
        "L’extinction ne passe pas devant le département : elle est prononcée par l’ordonnateur, "
        "et ce qui reste à recouvrer est à la charge du financeur."
    )
    return _begin(request, "Proposer l’extinction", texte, form, ordre)


@require_http_methods(["GET", "POST"])
def liste_preparer(request: HttpRequest) -> HttpResponse:
    """Open a list of non-valeurs for a funder."""
    _require(permissions.can_examine(request.acting))
    form = forms.ListeForm(*_bound(request))
    if form.is_valid():
        made = perform(
            request,
            lambda: abandons.prepare_list(
                request.acting, form.cleaned_data["financeur"], on=today()
            ),
            "La liste est ouverte : ajoutez-y les créances à présenter.",
        )
        if made:
            return redirect("apurement:liste", made.pk)
    context = {
        "acte": {
            "titre": "Préparer une liste de non-valeurs",
            "texte": "Une liste par financeur : chaque créance y est jointe avec son motif et sa "
            "pièce justificative.",
        },
        "form": form,
        "libelle": "Ouvrir la liste",
        "retour": reverse("apurement:listes"),
        "fil": [("Non-valeurs", reverse("apurement:listes"))],
    }
    return render(request, "apurement/acte.html", context)


@require_http_methods(["GET", "POST"])
def ligne_ajouter(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an order in a list."""
    found = _find(request, ListeNonValeur.objects.select_related("financeur"), pk)
    _require(permissions.can_examine(request.acting))
    form = forms.LigneForm(*_bound(request))
    if form.is_valid():
        data = {key: form.cleaned_data[key] for key in ("motif", "detail", "piece")}
        made = perform(
            request,
            lambda: abandons.add_line(request.acting, found, form.ordre, **data),
            "La créance est ajoutée à la liste.",
        )
        if made:
            return redirect("apurement:liste", pk)
    retour = reverse("apurement:liste", args=[pk])
    context = {
        "acte": {
            "titre": "Ajouter une créance",
            "texte": "Sauf clôture pour insuffisance d’actif, effacement ou décès, qui relèvent "
            "de l’extinction ; et au-delà de 30,00 €, l’apurement étant automatique jusque-là.",
        },
        "nom": f"liste n° {found.numero}",
        "form": form,
        "libelle": "Ajouter",
        "retour": retour,
        "fil": [("Non-valeurs", reverse("apurement:listes")), (str(found), retour)],
    }
    return render(request, "apurement/acte.html", context)


@require_http_methods(["GET", "POST"])
def procedure_enregistrer(request: HttpRequest) -> HttpResponse:
    """Record an opening judgment."""
    _require(permissions.can_examine(request.acting))
    form = forms.ProcedureForm(*_bound(request))
    if form.is_valid():
        data = {key: value for key, value in form.cleaned_data.items() if key != "siret"}
        made = perform(
            request,
            lambda: procedures.open_procedure(request.acting, form.structure, on=today(), **data),
            "La procédure est enregistrée ; les poursuites sont arrêtées.",
        )
        if made:
            return redirect("apurement:procedure", made.pk)
    context = {
        "acte": {
            "titre": "Enregistrer une procédure collective",
            "texte": "Le jugement d’ouverture arrête les poursuites sur tous les ordres de la "
            "structure ; les créances sont à déclarer dans les deux mois de sa publication.",
        },
        "form": form,
        "libelle": "Enregistrer",
        "retour": reverse("apurement:procedures"),
        "fil": [("Procédures collectives", reverse("apurement:procedures"))],
    }
    return render(request, "apurement/acte.html", context)


def _ask_remission(acting: Membership, ordre: OrdreDeRecouvrer, **fields: Any) -> DemandeRemise:
    asked = remises.ask_remission(acting, ordre, **fields)
    if asked.etat == DemandeRemise.Etat.NON_ADMISE:
        archive(remission_letter, asked.pk)
    return asked


def _file(
    request: HttpRequest,
    pk: int,
    titre: str,
    texte: str,
    act: Any,
    succes: str,
    fiche: str,
) -> HttpResponse:
    """A request about an order, by its structure or recorded by the ASP from a letter."""
    ordre = _order(request, pk)
    _require(permissions.can_file(request.acting, ordre))
    form_class = forms.CourrierForm if request.acting.is_asp else forms.DepotForm
    form = form_class(*_bound(request))
    if form.is_valid():
        made = perform(
            request, lambda: act(request.acting, ordre, on=today(), **form.cleaned_data), succes
        )
        if made:
            return redirect(fiche, made.pk)
    return _begin(request, titre, texte, form, ordre)


def _begin(
    request: HttpRequest, titre: str, texte: str, form: Any, ordre: OrdreDeRecouvrer
) -> HttpResponse:
    retour = reverse("recoveries:ordre", args=[ordre.pk])
    about = "n°" if titre.endswith("l’ordre") else "– ordre n°"
    context = {
        "acte": {"titre": f"{titre} {about} {ordre.numero}", "texte": texte},
        "ordre": ordre,
        "form": form,
        "libelle": titre,
        "retour": retour,
        "fil": [
            ("Ordres de recouvrer", reverse("recoveries:liste")),
            (f"Ordre n° {ordre.numero}", retour),
        ],
    }
    return render(request, "apurement/acte.html", context)


def _fiche(request: HttpRequest, name: str, found: Any, context: dict[str, Any]) -> HttpResponse:
    return render(
        request,
        f"apurement/{name}.html",
        {
            name: found,
            "actes": offered(request.acting, found),
            "entrees": events_of(found, request.acting),
            **context,
        },
    )


def _find(request: HttpRequest, rows: Any, pk: int) -> Any:
    return get_object_or_404(rows.visible_to(request.acting), pk=pk)


def _order(request: HttpRequest, pk: int) -> OrdreDeRecouvrer:
    seen = OrdreDeRecouvrer.objects.visible_to(request.acting)
    return get_object_or_404(seen.select_related("structure", "financeur", "annexe"), pk=pk)


def _bound(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST, request.FILES) if request.method == "POST" else ()


def _require(verdict: Verdict) -> None:
    if not verdict:
        raise PermissionDenied(verdict.reason)
