"""What is done of data that has reached its term: anonymised, emptied, deleted.

Each function takes the rows found by `echus` and the day, and returns how many rows it changed;
the number of queries does not depend on them. Called by `purge`, in a transaction of its own, and
by the destruction at the end of a mandate. Files are marked as expired: `core.expire_files`
deletes them.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import (
    Case,
    CharField,
    DateField,
    F,
    Func,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, ExtractDay, ExtractMonth, ExtractYear

from apps.accounts.models import (
    CodeDeSecours,
    Lecture,
    Notification,
    SecondFacteur,
    User,
)
from apps.core.models import Fichier, Job
from apps.dashboards.rgpd.echus import ANONYME
from apps.payments.models import Campagne
from apps.presence.models import JustificationEcart, LignePresence
from apps.siae.models import Salarie, Structure

PERSONNE = "Personne anonymisée"
TEXTE_EFFACE = "Texte effacé à l’anonymisation de la fiche."
# What a fiche keeps: its place, and the traits that the bilans count, without a name.
KEPT = frozenset(
    {
        "id",
        "structure",
        "numero",
        "revision",
        "civilite",
        "niveau_formation",
        "sans_emploi_depuis",
        "ass",
        "aah",
        "rqth",
        "qpv",
        "zrr",
    }
)
# Brought to the first or the last day of their year.
COARSENED = frozenset({"date_naissance", "pass_debut", "pass_fin"})
EMPTIED: dict[str, Any] = {
    **dict.fromkeys(
        (
            "nom_naissance",
            "commune_naissance",
            "departement_naissance",
            "pays_naissance",
            "adresse",
            "complement_adresse",
            "code_postal",
            "commune",
            "telephone",
            "courriel",
            "pass_iae",
            "numero_caf",
            "situation_familiale",
            "type_employeur",
            "inscrit_depuis",
            "numero_ide",
            "ass_depuis",
            "aah_depuis",
            "are_depuis",
            "prime_activite_depuis",
            "acteur_creation",
            "cotisations",
            "nir_chiffre",
            "nir_empreinte",
        ),
        "",
    ),
    **dict.fromkeys(
        (
            "en_emploi",
            "inscrit_france_travail",
            "sans_ressource",
            "aide_sociale",
            "oeth",
            "sortant_ase",
            "hebergement",
            "refugie",
            "sortant_detention",
            "langue_francaise",
            "mobilite",
            "are",
            "prime_activite",
            "cape",
            "cesa",
        ),
        False,
    ),
    "orienteur": "99",
    "revenu_moyen": None,
}


def anonymise(fiches: QuerySet[Salarie], on: date) -> int:
    """Take the person out of these fiches; contracts, hours and amounts stay.

    The rows are locked first: a contract being recorded for one of them is seen. Free texts about
    the person go too. The whole age at the beginning of the first annex is the same afterwards,
    so that the bilans count the same people under 26 and over 50.
    """
    list(fiches.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    people = fiches.order_by().values("pk")
    LignePresence.objects.filter(salarie__in=people).exclude(commentaire="").update(commentaire="")
    JustificationEcart.objects.filter(contrat__salarie__in=people).update(
        constat=TEXTE_EFFACE, texte=TEXTE_EFFACE
    )
    return _with_ages(Salarie.objects.filter(pk__in=people)).update(
        nom=PERSONNE,
        prenom=Concat(Value("n° "), Cast("pk", CharField())),
        date_naissance=Case(
            When(rang_naissance__lte=F("rang_debut"), then=_day("date_naissance", 1, 1)),
            default=_day("date_naissance", 12, 31),
        ),
        pass_debut=_day("pass_debut", 1, 1),
        pass_fin=_day("pass_fin", 12, 31),
        anonymise_le=on,
        revision=F("revision") + 1,
        **EMPTIED,
    )


def _with_ages(fiches: QuerySet[Salarie]) -> QuerySet[Salarie]:
    """`rang_naissance` and `rang_debut`: the days of the year of the birth and of the beginning of
    the first annex, as 101 to 1231."""
    lines = LignePresence.objects.filter(salarie=OuterRef("pk"))
    start = "etat_mensuel__annexe__courante__debut"
    first = lines.order_by(start).annotate(rang=_rank(start)).values("rang")[:1]
    return fiches.annotate(rang_naissance=_rank("date_naissance"), rang_debut=Subquery(first))


def _rank(field: str) -> Any:
    return ExtractMonth(field) * 100 + ExtractDay(field)


def _day(field: str, month: int, day: int) -> Func:
    """That day of the year of a date."""
    year = Cast(ExtractYear(field), IntegerField())
    return Func(year, Value(month), Value(day), function="make_date", output_field=DateField())


def drop_with_files(rows: QuerySet[Any], on: date) -> int:
    """Delete rows that point to a file (`fichier`); the file expires, and goes the next night."""
    files = Fichier.objects.filter(pk__in=rows.order_by().values("fichier"))
    files.update(expire_le=on - timedelta(days=1))
    return _delete(rows)


def delete(rows: QuerySet[Any], _on: date) -> int:
    """Delete rows that nothing points to."""
    return _delete(rows)


def delete_notifications(rows: QuerySet[Notification], _on: date) -> int:
    Lecture.objects.filter(notification__in=rows.order_by().values("pk")).delete()
    return _delete(rows)


def delete_jobs(rows: QuerySet[Job], _on: date) -> int:
    Campagne.objects.filter(job__in=rows.order_by().values("pk")).update(job=None)
    return _delete(rows)


def delete_contacts(rows: QuerySet[Any], on: date) -> int:
    """The contacts of a structure, and its technical correspondent with them."""
    structures = Structure.objects.filter(pk__in=rows.order_by().values("structure"))
    structures.update(correspondant="", courriel="", telephone="")
    return delete(rows, on)


def close_accounts(rows: QuerySet[User], _on: date) -> int:
    """No address, no secret, no sign-in; the name stays beside what the person has signed."""
    people = rows.order_by().values("pk")
    SecondFacteur.objects.filter(user__in=people).delete()
    CodeDeSecours.objects.filter(user__in=people).delete()
    return User.objects.filter(pk__in=people).update(
        email="",
        is_active=False,
        password=make_password(None),
        last_login=None,
        second_facteur_le=None,
        proconnect_sub=None,
    )


def anonymise_accounts(rows: QuerySet[User], on: date) -> int:
    people = User.objects.filter(pk__in=rows.order_by().values("pk"))
    close_accounts(rows, on)
    return people.update(
        username=Concat(Value("compte-anonymise-"), Cast("pk", CharField())),
        prenom=ANONYME,
        nom=Concat(Value("n° "), Cast("pk", CharField())),
    )


def forget_requesters(rows: QuerySet[Any], _on: date) -> int:
    """A rights request keeps its kind, its dates and its outcome."""
    return rows.update(demandeur="", joindre="", texte="", reponse="")


def _delete(rows: QuerySet[Any]) -> int:
    """One DELETE: what points to the rows has been dealt with, and the database would refuse.

    `QuerySet.delete` reads the rows and their relations in packets; their number must not count.
    """
    found = rows.model._base_manager.filter(pk__in=rows.order_by().values("pk"))
    return int(found._raw_delete(found.db))
