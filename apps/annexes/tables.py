"""Tables of the annexes: the list, and the ASP's queue of versions to validate."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.annexes.checks import Constat, blocking, check_versions
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.clock import today
from apps.core.tables import WRAPPED, EtatColumn, EurosColumn, LienColumn, NombreColumn, Table
from apps.core.templatetags.extranet import etat_badge
from apps.rules.explanation import nombre


class AnnexeTable(Table):
    numero = LienColumn("annexes:detail", verbose_name="Annexe")
    structure = tables.Column(accessor="siae__structure", verbose_name="Structure", attrs=WRAPPED)
    mesure = tables.Column(accessor="siae__get_mesure_display", verbose_name="Mesure")
    debut = tables.Column(accessor="vue_debut", verbose_name="Période")
    etp = NombreColumn(accessor="vue_etp", verbose_name="ETP")
    montant_total = EurosColumn(accessor="vue_montant_total", verbose_name="Montant total")
    montant_cd = EurosColumn(accessor="vue_montant_cd", verbose_name="Dont département")
    etat = EtatColumn(accessor="vue_etat")
    en_preparation = tables.Column(
        verbose_name="À suivre",
        orderable=False,
        empty_values=(),
        accessor="en_preparation",
        attrs=WRAPPED,
    )

    class Meta:
        model = AnnexeFinanciere
        fields = (
            "numero",
            "structure",
            "mesure",
            "debut",
            "etp",
            "montant_total",
            "montant_cd",
            "etat",
            "en_preparation",
        )
        caption = "Annexes financières"

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")

    def render_numero(self, record: AnnexeFinanciere) -> str:
        return str(record)

    def order_numero(self, queryset: Any, is_descending: bool) -> tuple[Any, bool]:
        sign = "-" if is_descending else ""
        return queryset.order_by(f"{sign}numero", f"{sign}renouvellement"), True

    def order_structure(self, queryset: Any, is_descending: bool) -> tuple[Any, bool]:
        sign = "-" if is_descending else ""
        return queryset.order_by(f"{sign}siae__structure__cle_tri", "pk"), True

    def order_mesure(self, queryset: Any, is_descending: bool) -> tuple[Any, bool]:
        return queryset.order_by(f"{'-' if is_descending else ''}siae__mesure", "pk"), True

    def render_debut(self, value: Any, record: Any) -> str:
        return f"{value:%m/%Y} à {record.vue_fin:%m/%Y}"

    def render_etp(self, value: Any) -> str:
        return nombre(value)

    def value_etp(self, record: AnnexeFinanciere) -> Any:
        return record.vue_etp  # type: ignore[attr-defined]

    def render_etat(self, value: str) -> SafeString:
        """The badge of the version shown, which may not be the current one."""
        return etat_badge(VersionAnnexe(etat=value))

    def render_en_preparation(self, record: Any) -> str:
        """Suspended payments, and the amendment under way when one may see it."""
        parts = ["Paiements suspendus"] if record.suspendue else []
        if record.en_preparation and record.en_preparation != record.vue_etat:
            label = VersionAnnexe.Etat(record.en_preparation).label.lower()
            parts.append(f"Avenant : {label}")
        return ", ".join(parts)


class AValiderTable(Table):
    annexe = LienColumn("annexes:valider", verbose_name="Annexe", accessor="annexe")
    structure = tables.Column(accessor="siae__structure", verbose_name="Structure", attrs=WRAPPED)
    departement = tables.Column(accessor="siae__structure__departement", verbose_name="Département")
    debut = tables.Column(verbose_name="Période")
    montant_total = EurosColumn(verbose_name="Montant total")
    montant_cd = EurosColumn(verbose_name="Dont département")
    controles = tables.Column(verbose_name="Contrôles", orderable=False, empty_values=())
    transmise_le = tables.DateColumn(verbose_name="Transmise le", format="d/m/Y")
    transmise_par = tables.Column(verbose_name="Par", orderable=False)

    class Meta:
        model = VersionAnnexe
        fields = (
            "annexe",
            "structure",
            "departement",
            "debut",
            "montant_total",
            "montant_cd",
            "controles",
            "transmise_le",
            "transmise_par",
        )
        caption = "Annexes et avenants à valider"
        order_by = "transmise_le"

    def render_annexe(self, record: VersionAnnexe) -> str:
        return str(record)

    def order_annexe(self, queryset: Any, is_descending: bool) -> tuple[Any, bool]:
        return queryset.order_by(f"{'-' if is_descending else ''}annexe__numero", "pk"), True

    def order_structure(self, queryset: Any, is_descending: bool) -> tuple[Any, bool]:
        sign = "-" if is_descending else ""
        return queryset.order_by(f"{sign}siae__structure__cle_tri", "pk"), True

    def render_debut(self, record: VersionAnnexe) -> str:
        return f"{record.debut:%m/%Y} à {record.fin:%m/%Y}"

    @cached_property
    def constats(self) -> dict[int, list[Constat]]:
        """Findings on the rows of the page, for all of them at once."""
        return check_versions([row.record for row in self.paginated_rows], on=today())

    def findings_on(self, record: VersionAnnexe) -> list[Constat]:
        """Those of the page; of the whole list when it is taken away as a file."""
        if record.pk not in self.constats:
            self.constats.update(check_versions([row.record for row in self.rows], on=today()))
        return self.constats[record.pk]

    def render_controles(self, record: VersionAnnexe) -> SafeString:
        found = self.findings_on(record)
        kind = "error" if blocking(found) else "warning" if found else "success"
        return format_html(
            '<span class="fr-badge fr-badge--sm fr-badge--{}">{}</span>',
            kind,
            self.value_controles(record),
        )

    def value_controles(self, record: VersionAnnexe) -> str:
        found = self.findings_on(record)
        refusing = len(blocking(found))
        counts = [(refusing, "bloquant"), (len(found) - refusing, "à vérifier")]
        words = [
            f"{count} {word}{'s' if count > 1 and word == 'bloquant' else ''}"
            for count, word in counts
            if count
        ]
        return ", ".join(words) or "Conforme"
