"""Anonymisation keeps the accounts true: every figure is the same, and no name is left."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, Sum
from django.db.utils import IntegrityError
from django.test import Client
from django.urls import reverse

from apps.annexes.models import VersionAnnexe
from apps.conventions.models import ConventionMandat
from apps.core.errors import Refus
from apps.dashboards.bilans.calculs import final_bilan
from apps.dashboards.bilans.contenu import dump
from apps.dashboards.bilans.lecture import read_facts
from apps.dashboards.bilans.objectifs import objectives_bilans
from apps.dashboards.comptes.calcul import account_of
from apps.dashboards.comptes.contenu import dump as dump_account
from apps.dashboards.profils import age_on
from apps.dashboards.restitutions.fichier import excel_file
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.restitutions.restitution import Criteres
from apps.dashboards.rgpd.echus import salaries
from apps.dashboards.rgpd.effacement import COARSENED, EMPTIED, KEPT, anonymise
from apps.payments.empreinte import ledger_hash
from apps.payments.ledger import balances
from apps.presence.models import LignePresence
from apps.siae import services
from apps.siae.models import Contrat, Salarie
from tests.documents.conftest import Annee
from tests.documents.parties import cells, texts_of
from tests.factories import make_contrat, make_etat, make_membership, make_siae, make_version

ON = date(2026, 3, 1)
LAST = date(2018, 12, 31)


def close_annexes() -> None:
    VersionAnnexe.objects.filter(etat="VALIDE").update(etat="CLOTURE")


def figures(annee: Annee) -> dict[str, Any]:
    """Everything that is counted or paid, in every place where it is shown."""
    acting = annee.asp.comptable
    versions = list(VersionAnnexe.objects.filter(pk__in=[a.courante_id for a in annee.annexes]))
    facts = read_facts(acting, versions, ON)
    mandat = ConventionMandat.objects.select_related("financeur").get()
    lines = LignePresence.objects.values("etat_mensuel").order_by("etat_mensuel")
    return {
        "soldes": balances(),
        "grand livre": ledger_hash(ON),
        "compte d’emploi": dump_account(account_of(mandat, LAST, ON)),
        "bilans": [dump(final_bilan(fact, ON)) for fact in facts],
        "objectifs": [dump(bilan) for bilan in objectives_bilans(facts, ON)],
        "états": list(
            lines.annotate(
                personnes=Count("salarie", distinct=True),
                declarees=Sum("heures_declarees"),
                eligibles=Sum("heures_eligibles"),
            )
        ),
        "exports": {key: totals for key, (totals, _texts) in exports(annee).items()},
    }


def exports(annee: Annee) -> dict[str, Any]:
    """Totals and texts of every Excel file of the restitutions."""
    found = {}
    for key, restitution in RESTITUTIONS.items():
        acting = annee.asp.gestionnaire
        if "ASP" not in restitution.audience:
            acting = annee.lecteur
        asked = {"annexe": annee.moitie.pk} if "annexe" in restitution.required else {}
        contents, totals = excel_file(acting, restitution, Criteres.read(acting, asked))
        with contents:
            found[key] = totals, texts_of(cells(contents.read()))
    return found


def test_every_field_of_a_fiche_is_decided() -> None:
    """A field added to the fiche is emptied, coarsened or kept on purpose."""
    fields = {field.name for field in Salarie._meta.concrete_fields if not field.generated}
    decided = [set(EMPTIED), set(COARSENED), set(KEPT), {"nom", "prenom", "anonymise_le"}]
    assert set().union(*decided) == fields
    assert sum(map(len, decided)) == len(fields)


def test_every_total_is_the_same_and_no_name_is_left(annee: Annee, client: Client) -> None:
    close_annexes()
    Contrat.objects.update(fin=date(2018, 12, 31))
    people = list(Salarie.objects.order_by("pk"))
    for rank, person in enumerate(people):
        # Under 26, over 50, born on the first and on the last days of a year.
        born = date(1963 + 3 * (rank % 12), 1 + rank % 12, 1 + (rank * 9) % 28)
        Salarie.objects.filter(pk=person.pk).update(
            date_naissance=born, rqth=rank % 2 == 0, nom=f"Untel{rank}", telephone="0600000000"
        )
    before = figures(annee)
    assert any("UNTEL" in text.upper() for _totals, text in exports(annee).values())
    due = salaries(ON.replace(year=ON.year - 2))
    assert due.count() == len(people)
    assert anonymise(due, ON) == len(people)
    assert figures(annee) == before
    for key, (_totals, text) in exports(annee).items():
        assert "UNTEL" not in text.upper(), key
    client.force_login(annee.asp.gestionnaire.user)
    shown = Salarie.objects.first()
    pages = [
        reverse("siae:salaries"),
        reverse("siae:salarie", args=[shown.pk]),
        reverse("siae:contrat", args=[Contrat.objects.filter(salarie=shown).first().pk]),
        reverse("annexes:detail", args=[annee.moitie.pk]),
        reverse("dashboards:bilan_final", args=[annee.moitie.pk]),
        reverse("dashboards:realisations", args=[annee.moitie.pk]),
        reverse("presence:saisie", args=[annee.moitie.pk, "2018-01"]),
    ]
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert "UNTEL" not in answer.text.upper(), page
    assert f"PERSONNE ANONYMISÉE n° {shown.pk}" in client.get(pages[1]).text


START = date(2023, 7, 1)


@pytest.fixture
def fiche(db: None) -> Salarie:
    """A person of a closed annex beginning on 1 July, with everything filled in."""
    siae = make_siae(departement="062")
    version = make_version("CLOTURE", siae=siae, debut=START)
    contrat = make_contrat(siae, debut=START, fin=date(2023, 12, 31))
    make_etat(version.annexe, START, [(contrat, Decimal(10))])
    LignePresence.objects.update(commentaire="Camille est malade")
    Salarie.objects.update(
        numero_caf="1234567",
        adresse="1 rue X",
        refugie=True,
        rqth=True,
        pass_debut=date(2022, 3, 4),
        pass_fin=date(2025, 4, 5),
    )
    return contrat.salarie


@pytest.mark.parametrize(
    ("born", "kept"),
    [
        (date(1992, 6, 30), date(1992, 1, 1)),
        (date(1992, 7, 1), date(1992, 1, 1)),
        (date(1992, 7, 2), date(1992, 12, 31)),
        (date(1992, 2, 29), date(1992, 1, 1)),
    ],
)
def test_the_age_at_the_beginning_of_the_annex_is_kept(
    fiche: Salarie, born: date, kept: date
) -> None:
    Salarie.objects.update(date_naissance=born)
    anonymise(Salarie.objects.all(), ON)
    fiche.refresh_from_db()
    assert fiche.date_naissance == kept
    assert age_on(kept, START) == age_on(born, START)


def test_what_goes_and_what_stays(fiche: Salarie) -> None:
    assert anonymise(Salarie.objects.all(), ON) == 1
    fiche.refresh_from_db()
    assert str(fiche) == f"PERSONNE ANONYMISÉE n° {fiche.pk}"
    assert {name: getattr(fiche, name) for name in EMPTIED} == EMPTIED
    assert (fiche.pass_debut, fiche.pass_fin) == (date(2022, 1, 1), date(2025, 12, 31))
    assert (fiche.anonymise_le, fiche.rqth) == (ON, True)
    line = LignePresence.objects.get()
    assert (line.commentaire, line.heures_declarees) == ("", Decimal("10.00"))


def test_an_anonymised_fiche_is_closed_to_everybody(fiche: Salarie, client: Client) -> None:
    acting = make_membership("SAISIE", fiche.structure.organisation)
    services.update_salarie(acting, fiche, telephone="0611111111")
    anonymise(Salarie.objects.all(), ON)
    for act in (
        lambda: services.update_salarie(acting, fiche, telephone="0622222222"),
        lambda: services.create_contrat(acting, fiche, fiche.contrats.get().siae),
    ):
        with pytest.raises(Refus, match="a été anonymisée le 01/03/2026"):
            act()
    client.force_login(acting.user)
    # The journal still names the person: its page is closed.
    for kind, pk in (("salarie", fiche.pk), ("contrat", fiche.contrats.get().pk)):
        answer = client.get(reverse("siae:historique", args=[kind, pk]))
        assert answer.status_code == 403
        assert "0611111111" not in answer.text
    page = client.get(reverse("siae:salarie", args=[fiche.pk])).text
    assert "Cette fiche a été anonymisée le 01/03/2026" in page
    assert "Modifier la fiche" not in page
    assert "Historique de la fiche" not in page


def test_the_database_refuses_a_name_without_its_numbers_erased(fiche: Salarie) -> None:
    for values in ({"anonymise_le": ON}, {"pass_iae": ""}):
        with pytest.raises(IntegrityError, match="anonymous_without_numbers"), transaction.atomic():
            Salarie.objects.update(**values)


def test_two_people_of_a_structure_may_be_anonymised(fiche: Salarie) -> None:
    make_contrat(fiche.contrats.get().siae)
    assert anonymise(Salarie.objects.all(), ON) == 2
