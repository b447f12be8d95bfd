"""Shared pages: lists, help, progress of a job and its file.

`ListPage` is the one base of every list: sorted, filtered, counted, paginated, its state in the
URL, its columns chosen, exported as it is shown, restricted by `visible_to`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_safe
from django_filters.views import FilterView
from django_tables2 import SingleTableMixin

from apps.core.help_pages import help_page, pages_by_subject, terms_with
from apps.core.jobs import DOWNLOAD_STEPS, jobs_of
from apps.core.list_exports import ROWS_MAX, export_list
from apps.core.manuals import all_manuals, manual_of
from apps.core.paging import BoundedPaginator
from apps.core.tables import PER_PAGE
from apps.core.templatetags.extranet import nombre_entier

EXPORT = "_export"
PAGE_SIZES = (25, 50, 100)


class ListPage(SingleTableMixin, FilterView):  # type: ignore[misc]
    """A list of `model`. Subclasses give `model`, `table_class` and `filterset_class`.

    In the address: the filters, `sort`, `page`, `per_page`, `colonnes`; `_export=xlsx` answers the
    file of all the rows instead of a page of them.
    """

    template_name = "components/list_page.html"
    # The table paginates; the view itself would count and read the rows a second time.
    paginate_by = None
    paginator_class = BoundedPaginator
    table_pagination = {"per_page": PER_PAGE}
    http_method_names = ["get", "head", "options"]

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset()
        return rows.visible_to(self.request.acting)  # type: ignore[attr-defined,no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["filtres_actifs"] = active_filters(self.request, context["filter"].form)
        context |= {"tailles": PAGE_SIZES, "champ_export": EXPORT}
        return context

    def get_table(self, **kwargs: Any) -> Any:
        table = super().get_table(**kwargs)
        table.choose(self.request)
        return table

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        refused = bool(context["filter"].form.errors)
        if self.request.GET.get(EXPORT) == "xlsx" and not refused:
            return self._export(context)
        if refused and self.request.headers.get("HX-Request"):
            # The whole page again: the fault is said beside its field, and takes the focus.
            return HttpResponse(headers={"HX-Redirect": self.request.get_full_path()})
        answer: HttpResponse = super().render_to_response(context, **kwargs)
        return answer

    def _export(self, context: dict[str, Any]) -> HttpResponse:
        """The file, or the way to a complete one when the list is too long to be written here."""
        if context["table"].paginator.found > ROWS_MAX:
            messages.warning(
                self.request,
                format_html(
                    "L’export d’une liste s’arrête à {} lignes. Réduisez celle-ci par des filtres, "
                    'ou demandez un fichier complet à la page <a href="{}">Exports</a>.',
                    nombre_entier(ROWS_MAX),
                    reverse("dashboards:restitutions"),
                ),
            )
            rest = self.request.GET.copy()
            rest.pop(EXPORT)
            return redirect(f"{self.request.path}?{rest.urlencode()}")
        acting = self.request.acting
        return export_list(context["table"], self._criteres(context), acting)

    def _criteres(self, context: dict[str, Any]) -> list[tuple[str, str]]:
        """What lets the file be read, and redone: filters, order, author, date."""
        acting, now = self.request.acting, timezone.localtime()
        table, applied = context["table"], [f["libelle"] for f in context["filtres_actifs"]]
        labels = {column.name: str(column.header) for column in table.columns.iterall()}
        orders = [
            f"{labels.get(alias.bare, alias.bare)}{' (décroissant)' if alias.is_descending else ''}"
            for alias in table.order_by or ()
        ]
        return [
            ("Filtres", " ; ".join(applied) or "aucun"),
            ("Tri", ", ".join(orders) or "celui de la page"),
            ("Organisation", f"{acting.organisation} ({acting.get_organisation_type_display()})"),
            ("Demandé par", f"{acting.user.nom_complet}, {acting.get_role_display().lower()}"),
            ("Produit le", f"{now:%d/%m/%Y} à {now:%H:%M}"),
        ]


def active_filters(request: HttpRequest, form: Any) -> list[dict[str, str]]:
    """Each filter in use, in words, with the address of the list without it."""
    active = []
    for field in form.visible_fields():
        if not request.GET.get(field.html_name):
            continue
        rest = request.GET.copy()
        for name in (field.html_name, "page"):
            rest.pop(name, None)
        active.append(
            {"libelle": f"{field.label} : {_in_words(field)}", "url": f"?{rest.urlencode()}"}
        )
    return active


def _in_words(field: Any) -> str:
    """The chosen choice rather than its code; the typed text otherwise."""
    values = field.data if isinstance(field.data, list) else [field.data]
    choices = {str(key): str(label) for key, label in getattr(field.field, "choices", [])}
    return ", ".join(choices.get(str(value), str(value)) for value in values)


@require_safe
def job(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Progress of a long task, for the membership that asked for it (404 for the others)."""
    seen = jobs_of(request.acting)  # type: ignore[attr-defined]
    found = get_object_or_404(seen.select_related("fichier"), uuid=uuid)
    page = "core/job_progress.html" if request.headers.get("HX-Request") else "core/job.html"
    return render(request, page, {"job": found})


@require_safe
def job_fichier(request: HttpRequest, uuid: UUID) -> FileResponse | HttpResponseRedirect:
    """The file a job has produced, as a download, for the membership that asked for it.

    The page of the job tells of a file that is not there yet, or no longer.
    """
    seen = jobs_of(request.acting)  # type: ignore[attr-defined]
    found = get_object_or_404(seen.select_related("fichier"), uuid=uuid)
    fichier = found.fichier
    if fichier is None:
        return redirect("core:job", uuid)
    if not fichier.contenu.storage.exists(str(fichier.contenu.name)):
        raise Http404("The file has expired.")
    for step in DOWNLOAD_STEPS:
        step(found, request.acting)  # type: ignore[attr-defined]
    return FileResponse(
        fichier.contenu.open("rb"),
        as_attachment=True,
        filename=fichier.nom,
        content_type=fichier.type_mime,
    )


@login_not_required
@require_safe
def aide(request: HttpRequest) -> HttpResponse:
    """Table of contents of the on-line help, by subject; `q` keeps the pages with these words."""
    words = request.GET.get("q", "").strip()[:100]
    own = manual_of(request)
    context = {
        "q": words,
        "sujets": pages_by_subject(words),
        "termes": terms_with(words),
        "manuels": [] if words else all_manuals(own),
        "manuel_du_lecteur": own,
    }
    return render(request, "core/aide.html", context)


@login_not_required
@require_safe
def aide_page(request: HttpRequest, nom: str) -> HttpResponse:
    page = help_page(nom)
    if page is None:
        raise Http404("No such help page.")
    return render(request, "core/aide_page.html", {"page": page})
