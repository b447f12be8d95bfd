"""Files made on a schedule for one's organisation: the list, a schedule and its archive."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.pages import perform
from apps.dashboards.envois import next_date, period_of, subject_of
from apps.dashboards.forms_envois import EnvoiForm, schedulable
from apps.dashboards.models import Envoi, EnvoiProgramme
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.services_envois import (
    create_schedule,
    facts_of,
    made_on,
    record_file_download,
    resume_schedule,
    stop_schedule,
)
from apps.dashboards.services_envois_actes import modify_schedule, request_now
from apps.journal.history import events_of
from apps.rules.periods import Month

FILES_SHOWN = 120  # ten years of months


@require_safe
def envois(request: HttpRequest) -> HttpResponse:
    """The schedules of one's organisation, those in force first, with their last file."""
    programmes = (
        _readable(request.acting)
        .annotate(fichiers=Count("envois", filter=Q(envois__fichier__isnull=False)))
        .with_last_file()
        .order_by("arrete_le", "restitution", "pk")
    )
    lines = [_described(programme) for programme in programmes]
    context = {
        "en_cours": [line for line in lines if not line["programme"].arrete_le],
        "arretes": [line for line in lines if line["programme"].arrete_le],
    }
    return render(request, "dashboards/envois.html", context)


@require_http_methods(["GET", "POST"])
def envoi_creer(request: HttpRequest) -> HttpResponse:
    """Set up a schedule."""
    if not schedulable(request.acting):
        raise Http404("Nothing to schedule for this organisation.")
    form = EnvoiForm(request.POST or None, initial=request.GET.dict(), acting=request.acting)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        programme = perform(
            request,
            lambda: create_schedule(
                request.acting,
                asked["restitution"],
                asked,
                rythme=asked["rythme"],
                jour=asked["jour"],
                courriel=asked["courriel"],
            ),
            lambda made: f"L’envoi est programmé : premier fichier le {made.prochain_le:%d/%m/%Y}.",
        )
        if programme is not None:
            return redirect("dashboards:envoi", programme.pk)
    return render(request, "dashboards/envoi_creer.html", {"form": form})


@require_safe
def envoi(request: HttpRequest, pk: int) -> HttpResponse:
    """A schedule, its archived files, what happened to it."""
    programme = _find(request, pk)
    files = programme.envois.select_related("fichier", "programme")[:FILES_SHOWN]
    context = _described(programme) | {
        "fait_ce_jour": made_on(programme, today()),
        "envois": [{"envoi": file, "objet": _subject(file)} for file in files],
        "est_auteur": programme.membership_id == request.acting.pk,
        "entrees": events_of(programme, request.acting),
    }
    return render(request, "dashboards/envoi.html", context)


@require_http_methods(["GET", "POST"])
def envoi_modifier(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the criteria, the rhythm, the day or the e-mail; the archive stays whole."""
    programme = _find(request, pk)
    kept = {name: getattr(programme, name) for name in ("rythme", "jour", "courriel")}
    form = EnvoiForm(
        request.POST or None,
        initial=programme.parametres | kept,
        acting=request.acting,
        restitution=RESTITUTIONS[programme.restitution],
    )
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        changed = {name: asked[name] for name in kept}
        done = perform(
            request,
            lambda: modify_schedule(request.acting, programme, asked, **changed) or True,
            "L’envoi est modifié. Les fichiers déjà archivés sont conservés tels quels.",
        )
        if done:
            return redirect("dashboards:envoi", programme.pk)
    context = _described(programme) | {"form": form}
    return render(request, "dashboards/envoi_modifier.html", context)


@require_http_methods(["GET", "POST"])
def envoi_produire(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the file of today made, after confirmation."""
    programme = _find(request, pk)
    if request.method == "POST":
        job = perform(
            request,
            lambda: request_now(request.acting, programme),
            "Votre demande est enregistrée : le fichier est en cours de production.",
        )
        return redirect("core:job", job.uuid) if job else redirect("dashboards:envoi", pk)
    period = period_of(programme.rythme, today())
    subject = subject_of(RESTITUTIONS[programme.restitution], *period, today())
    context = _described(programme) | {
        "objet": subject,
        "libelle": "Produire maintenant",
        "retour": reverse("dashboards:envoi", args=[pk]),
    }
    return render(request, "dashboards/envoi_produire.html", context)


@require_http_methods(["GET", "POST"])
def envoi_arreter(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a schedule, after confirmation."""
    programme = _find(request, pk)
    if request.method == "POST":
        perform(
            request,
            lambda: stop_schedule(request.acting, programme),
            "L’envoi est arrêté. Les fichiers déjà produits restent disponibles.",
        )
        return redirect("dashboards:envoi", programme.pk)
    context = _described(programme) | {
        "libelle": "Arrêter l’envoi",
        "retour": reverse("dashboards:envoi", args=[pk]),
    }
    return render(request, "dashboards/envoi_arreter.html", context)


@require_http_methods(["GET", "POST"])
def envoi_reprendre(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a schedule over, stopped or not, after confirmation."""
    programme = _find(request, pk)
    if request.method == "POST":
        perform(
            request,
            lambda: resume_schedule(request.acting, programme),
            "L’envoi est repris à votre nom.",
        )
        return redirect("dashboards:envoi", programme.pk)
    suivant = programme.prochain_le
    if programme.arrete_le:
        suivant = next_date(programme.rythme, programme.jour, today())
    context = _described(programme) | {
        "suivant": suivant,
        "libelle": "Reprendre l’envoi à mon nom",
        "retour": reverse("dashboards:envoi", args=[pk]),
    }
    return render(request, "dashboards/envoi_reprendre.html", context)


@require_safe
def envoi_fichier(request: HttpRequest, pk: int) -> FileResponse:
    """An archived file, for every member of the organisation who may export it."""
    found = get_object_or_404(
        Envoi.objects.filter(
            programme__in=_readable(request.acting).values("pk"), fichier__isnull=False
        ).select_related("fichier", "programme"),
        pk=pk,
    )
    fichier = found.fichier
    if fichier is None or not fichier.contenu.storage.exists(str(fichier.contenu.name)):
        raise Http404("The file is no longer there.")
    record_file_download(request.acting, found)
    response = FileResponse(
        fichier.contenu.open("rb"),
        as_attachment=True,
        filename=fichier.nom,
        content_type=fichier.type_mime,
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _readable(acting: Membership):  # type: ignore[no-untyped-def]
    """The schedules of one's organisation whose restitution it is offered."""
    offered = [restitution.key for restitution in schedulable(acting)]
    return (
        EnvoiProgramme.objects.visible_to(acting)
        .filter(restitution__in=offered)
        .select_related("membership__user")
    )


def _find(request: HttpRequest, pk: int) -> EnvoiProgramme:
    found: EnvoiProgramme = get_object_or_404(_readable(request.acting), pk=pk)
    return found


def _described(programme: EnvoiProgramme) -> dict[str, object]:
    """A schedule in words."""
    restitution = RESTITUTIONS[programme.restitution]
    last = getattr(programme, "derniers", [])
    return {
        "programme": programme,
        "restitution": restitution,
        "criteres": " ; ".join(f"{name} {value}" for name, value in _criteria(programme)),
        "prochain_objet": subject_of(
            restitution, *period_of(programme.rythme, programme.prochain_le), programme.prochain_le
        ),
        "dernier": last[0] if last else None,
    }


def _criteria(programme: EnvoiProgramme) -> list[tuple[str, str]]:
    kept = facts_of(programme)
    named = [("mesure", kept["mesure"]), ("département", kept["departement"])]
    return [(name, value) for name, value in named if value]


def _subject(file: Envoi) -> str:
    restitution = RESTITUTIONS[file.programme.restitution]
    return subject_of(restitution, Month.of(file.debut), Month.of(file.fin), file.prevu_le)
