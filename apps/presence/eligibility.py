"""Which declared hours are eligible to the aid, and who is a beneficiary the département pays for.

Text: spec 01 §4, convention type art. 4.2, cahier des charges §2.3 (RSA before hiring). One SQL
expression serves the forecast of the entry page and what the validation freezes on the lines.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import Case, CharField, DateField, Exists, F, Func, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, Greatest, Least

from apps.conventions.models import Financeur
from apps.presence.models import LignePresence
from apps.presence.querysets import LigneQuerySet
from apps.siae.codes import FORMES_PAR_MESURE
from apps.siae.models import Contrat

HORS_ANNEXE = "Le mois est hors de la période de l’annexe financière."
FORME = "La forme du contrat n’est pas admise pour cette mesure."
PASS = "Le PASS IAE ne couvre aucun jour du contrat dans le mois."  # noqa: S105
AUTRE_AIDE = "Une autre aide à l’emploi de l’État est versée pour ce contrat."

ANNEXE = "etat_mensuel__annexe"


def with_eligibility(lines: LigneQuerySet) -> LigneQuerySet:
    """Adds `motif_prevu` ('' when the hours are eligible) and `brsa_prevu` to each line.

    Judged against the version of the annex in force today (`courante`). The PASS IAE must be
    valid at least one day of the contract within the month.
    """
    last_of_month = Func(
        F("etat_mensuel__mois"),
        template="(%(expressions)s + INTERVAL '1 month - 1 day')::date",
        output_field=DateField(),
    )
    first_day = Greatest("contrat__debut", "salarie__pass_debut", "etat_mensuel__mois")
    last_day = Least(
        Coalesce("contrat__date_sortie", "contrat__fin"), "salarie__pass_fin", last_of_month
    )
    outside = Q(etat_mensuel__mois__lt=F(f"{ANNEXE}__courante__debut")) | Q(
        etat_mensuel__mois__gt=F(f"{ANNEXE}__courante__fin")
    )
    return lines.annotate(
        premier_jour=first_day,
        motif_prevu=Case(
            When(outside, then=Value(HORS_ANNEXE)),
            When(~_admitted_form(), then=Value(FORME)),
            When(premier_jour__gt=last_day, then=Value(PASS)),
            When(contrat__autre_aide_etat=True, then=Value(AUTRE_AIDE)),
            default=Value(""),
            output_field=CharField(),
        ),
        brsa_prevu=_borne_by_departement(),
    )


def freeze(etat_ids: Iterable[int]) -> None:
    """Write eligible hours, reason and `brsa` on the current lines of these statements.

    One UPDATE whatever their number; called by the validation, inside its transaction.
    """
    computed = (
        with_eligibility(LignePresence.objects.current().filter(etat_mensuel__in=list(etat_ids)))
        .order_by()
        .values_list("pk", "motif_prevu", "brsa_prevu")
    )
    select, params = computed.query.sql_with_params()
    with connection.cursor() as cursor:
        # The only text inserted is the SELECT that Django compiled, its values apart.
        cursor.execute(
            f"""
            UPDATE presence_lignepresence ligne
               SET motif_ineligibilite = prevu.motif,
                   brsa = prevu.brsa,
                   heures_eligibles =
                       CASE WHEN prevu.motif = '' THEN ligne.heures_declarees ELSE 0 END
              FROM ({select}) AS prevu (id, motif, brsa)
             WHERE ligne.id = prevu.id
            """,  # noqa: S608
            params,
        )


def _admitted_form() -> Q:
    """The contract form is one of those of the measure of the annex."""
    admitted = Q(pk__in=[])
    for mesure, formes in FORMES_PAR_MESURE.items():
        admitted |= Q(**{f"{ANNEXE}__siae__mesure": mesure}, contrat__forme__in=sorted(formes))
    return admitted


def _borne_by_departement() -> Case:
    """RSA before hiring, paid by the département of the annex or by the one it takes over from.

    An annex without co-financing is judged by the département of the structure: an amendment may
    bring its money later, and the months already validated then count (they cost nothing before).
    """
    financeur = f"{ANNEXE}__courante__financeur_cd"
    territory = Q(
        **{f"{financeur}__isnull": True},
        contrat__rsa_departement=F(f"{ANNEXE}__siae__structure__departement"),
    )
    predecessor = Financeur.objects.filter(
        successeur=OuterRef(financeur), code=OuterRef("contrat__rsa_departement")
    )
    same = (
        Q(contrat__rsa_departement=F(f"{financeur}__code"))
        | Q(contrat__rsa_departement=F(f"{financeur}__successeur__code"))
        | Q(Exists(predecessor))
        | territory
    )
    return Case(
        When(~Q(contrat__rsa=Contrat.Rsa.NON) & same, then=Value(True)), default=Value(False)
    )
