"""What people are refused in their browsers: the sentence on the page, and nothing changed.

Four eyes on a run, a CAOM exceeded, a month that is not over or is closed, somebody else's page,
a double click, a session that ended while hours were being typed, a form that is refused.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.models import Membership, Role
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.models import Job
from apps.journal.models import Entree
from apps.payments.models import Campagne, Ecriture, Versement
from apps.payments.services import (
    approve_campagne,
    control_campagne,
    prepare_campagne,
    visa_campagne,
)
from apps.presence.models import EtatMensuel, LignePresence
from tests.factories import (
    PASSWORD,
    make_bank_details,
    make_caom,
    make_contrat,
    make_etat,
    make_financeur,
    make_financeur_etat,
    make_mandat,
    make_membership,
    make_organisation,
    make_pdf,
    make_salarie,
    make_siae,
    make_user,
    make_version,
)

pytestmark = pytest.mark.browser

JANVIER = date(2023, 1, 1)


def make_annexe(**fields: Any) -> AnnexeFinanciere:
    """An annex of 2023 in force in the Pas-de-Calais, with all that its payment needs."""
    make_financeur_etat()
    cd = make_financeur("062")
    make_caom(cd, **fields)
    make_mandat(cd)
    annexe = make_version().annexe
    make_bank_details(annexe.siae.structure)
    return annexe


def make_responsable(annexe: AnnexeFinanciere) -> Membership:
    return make_membership(Role.RESPONSABLE, annexe.siae.structure.organisation)


def make_signed_run() -> tuple[Campagne, Membership]:
    """The run of January, signed, and the agent comptable who will execute it."""
    asp = make_organisation("ASP")
    roles = (Role.GESTIONNAIRE, Role.ORDONNATEUR, Role.COMPTABLE)
    gestionnaire, ordonnateur, comptable = (make_membership(role, asp) for role in roles)
    run = prepare_campagne(gestionnaire, JANVIER, on=date(2023, 1, 20))
    control_campagne(gestionnaire, run)
    approve_campagne(ordonnateur, run)
    return visa_campagne(comptable, run), comptable


def test_one_does_not_approve_the_run_one_has_prepared(at_work: Any, go_to_day: Any) -> None:
    """A person with two roles prepares as gestionnaire, switches, and may not approve."""
    go_to_day(2023, 1, 20)
    make_annexe()
    asp = make_organisation("ASP")
    both = make_membership(Role.GESTIONNAIRE, asp)
    make_membership(Role.ORDONNATEUR, asp, both.user)
    run = control_campagne(both, prepare_campagne(both, JANVIER, on=date(2023, 1, 20)))
    person = at_work(both)
    person.tick(f"{asp} – Ordonnateur")
    person.press("Agir pour cette organisation")
    person.menu("Campagnes de paiement")
    person.open("n° 1")
    sentence = "Vous avez préparé cette campagne : un autre ordonnateur doit l’approuver."
    assert sentence in person.reads()
    assert person.page.get_by_role("link", name="Approuver la campagne").count() == 0
    person.page.goto(f"/paiements/campagnes/{run.pk}/approuver/")
    assert sentence in person.reads()
    run.refresh_from_db()
    assert (run.etat, run.approuve_par) == ("CONTROLEE", None)
    assert not Entree.objects.filter(action="campagne.approuvee").exists()


def test_an_annex_beyond_the_caom_is_not_transmitted(at_work: Any, go_to_day: Any) -> None:
    """The refusal gives the three figures: the CAOM, what is committed, this annex."""
    go_to_day(2023, 1, 10)
    make_annexe(entrees_brsa=5)  # 5 × 534,82 × 12 = 32 089,20; the annex in force takes 25 671,36
    siae = make_siae(departement="062")
    make_bank_details(siae.structure)
    version = make_version("BROUILLON", siae=siae, brsa_vises=1, montant_cd=Decimal("6417.85"))
    version.piece.save("annexe.pdf", make_pdf())
    ddets = at_work(make_membership(Role.INSTRUCTEUR, version.signataire.organisation))
    ddets.page.goto(f"/annexes/versions/{version.pk}/transmettre/")
    sentence = "CAOM 2023 : 32 089,20 €, déjà engagés 25 671,36 €, cette annexe 6 417,85 €."
    assert sentence in ddets.reads()
    ddets.press("Transmettre à l’ASP")
    assert sentence in ddets.reads().split("Contrôles")[0]
    version.refresh_from_db()
    assert (version.etat, version.transmise_le) == (VersionAnnexe.Etat.BROUILLON, None)
    assert not Entree.objects.filter(action="annexe.transmise").exists()


def test_a_month_that_is_not_over_is_not_certified(at_work: Any, go_to_day: Any) -> None:
    """Hours may be typed during the month; the certification waits for its last day."""
    go_to_day(2023, 1, 20)
    annexe = make_annexe()
    make_contrat(annexe.siae)
    person = at_work(make_responsable(annexe))
    person.page.goto(f"/suivi-mensuel/annexes/{annexe.pk}/2023-01/")
    person.page.locator("input[name^=heures_]").fill("80")
    person.press("Enregistrer et passer à la certification")
    person.page.wait_for_url("**/certifier/")
    assert (
        "Le mois de janvier 2023 n’est pas terminé : certifiez cet état mensuel à partir du "
        "31/01/2023." in person.reads()
    )
    assert person.page.get_by_role("button", name="Certifier l’état mensuel").count() == 0
    assert EtatMensuel.objects.get().etat == "BROUILLON"


def test_a_certified_month_no_longer_takes_hours(at_work: Any, go_to_day: Any) -> None:
    """A page left open while somebody certified: its hours are refused, in words."""
    go_to_day(2023, 2, 3)
    annexe = make_annexe()
    contrat = make_contrat(annexe.siae)
    etat = make_etat(annexe, JANVIER, [(contrat, Decimal("100.00"))], etat="BROUILLON")
    person = at_work(make_responsable(annexe))
    person.page.goto(f"/suivi-mensuel/annexes/{annexe.pk}/2023-01/")
    EtatMensuel.objects.update(etat="SAISI", certifie_par=make_user(), certifie_le=etat.mois)
    person.page.locator("input[name^=heures_]").fill("112")
    person.press("Enregistrer")
    assert "Cet état mensuel n’est plus ouvert à la saisie" in person.reads()
    assert LignePresence.objects.get().heures_declarees == Decimal("100.00")
    person.page.goto(f"/suivi-mensuel/annexes/{annexe.pk}/2023-01/")
    assert person.page.locator("main input[name^=heures_]").count() == 0


def test_the_page_of_another_structure_does_not_exist(at_work: Any, go_to_day: Any) -> None:
    """404, in French, whatever the page: annex, statement, person, order."""
    go_to_day(2023, 2, 3)
    theirs = make_annexe()
    salarie = make_salarie(theirs.siae.structure)
    etat = make_etat(theirs, JANVIER)
    person = at_work(make_responsable(make_version(siae=make_siae()).annexe))
    for address in (
        f"/annexes/{theirs.pk}/",
        f"/suivi-mensuel/annexes/{theirs.pk}/2023-01/",
        f"/suivi-mensuel/etats/{etat.pk}/document/",
        f"/structures/{theirs.siae.structure_id}/",
        f"/structures/salaries/{salarie.pk}/",
        f"/paiements/echeancier/{theirs.pk}/",
    ):
        answer = person.page.goto(address)
        assert (answer.status, "Page introuvable" in person.reads()) == (404, True), address
        assert theirs.siae.structure.denomination not in person.reads()


def test_a_double_click_prepares_one_run(at_work: Any, go_to_day: Any) -> None:
    go_to_day(2023, 1, 20)
    make_annexe()
    person = at_work(make_membership(Role.GESTIONNAIRE))
    person.page.goto("/paiements/campagnes/preparer/2023-01/")
    person.page.get_by_role("button", name="Préparer la campagne", exact=True).dblclick()
    person.waits_for("Le traitement est terminé")
    assert Campagne.objects.count() == Job.objects.filter(nature="payments.prepare").count() == 1
    assert Versement.objects.count() == 1


def test_a_double_click_pays_once(at_work: Any, go_to_day: Any) -> None:
    """The second click, or the same page sent again, pays nothing more."""
    go_to_day(2023, 1, 20)
    make_annexe()
    run, comptable = make_signed_run()
    person = at_work(comptable)
    again = person.page.context.new_page()
    for page in (person.page, again):
        page.goto(f"/paiements/campagnes/{run.pk}/executer/")
    person.page.get_by_role("button", name="Exécuter et payer", exact=True).dblclick()
    person.waits_for("Le traitement est terminé")
    ecritures = Ecriture.objects.count()
    again.get_by_role("button", name="Exécuter et payer", exact=True).click()
    again.locator("main").get_by_text("à l’état « Exécutée »").first.wait_for()
    assert Versement.objects.executed().count() == 1
    assert Ecriture.objects.count() == ecritures


def test_hours_typed_as_the_session_ends_are_not_lost(at_work: Any, go_to_day: Any) -> None:
    """Signed out while typing: one signs in again and finds one's hours, not yet recorded."""
    go_to_day(2023, 2, 3)
    annexe = make_annexe()
    make_contrat(annexe.siae)
    responsable = make_responsable(annexe)
    person = at_work(responsable)
    address = f"/suivi-mensuel/annexes/{annexe.pk}/2023-01/"
    person.page.goto(address)
    person.page.locator("input[name^=heures_]").fill("101,50")
    person.page.context.clear_cookies(name="sessionid")
    person.press("Enregistrer")
    assert "/connexion/" in person.page.url
    assert not LignePresence.objects.filter(heures_declarees__isnull=False).exists()
    person.fill(username=responsable.user.username, password=PASSWORD)
    person.press("Se connecter")
    assert "Votre session s’est terminée avant l’enregistrement" in person.reads()
    assert person.page.locator("input[name^=heures_]").input_value() == "101,50"
    person.press("Enregistrer et passer à la certification")
    assert "1 ligne est enregistrée." in person.reads()
    assert LignePresence.objects.get().heures_declarees == Decimal("101.50")
    person.page.goto(address)
    assert "Votre session" not in person.reads()


def test_a_refused_form_keeps_what_was_typed(at_work: Any, go_to_day: Any) -> None:
    """Each fault is said beside its field and in the summary; nothing typed is to be retyped."""
    go_to_day(2023, 2, 3)
    annexe = make_annexe()
    make_contrat(annexe.siae)
    person = at_work(make_responsable(annexe))
    person.page.goto("/structures/salaries/nouveau/")
    person.fill(
        civilite="Mme",
        nom="Abadie",
        prenom="Zoé",
        date_naissance="1990-05-01",
        pass_iae="12",
        pass_debut="2023-01-01",
        pass_fin="2024-12-31",
    )
    person.press("Enregistrer le salarié")
    assert "Le formulaire comporte une erreur" in person.reads()
    typed = [person.value(name) for name in ("nom", "date_naissance", "pass_iae", "pass_fin")]
    assert typed == ["Abadie", "1990-05-01", "12", "2024-12-31"]
    person.page.goto(f"/suivi-mensuel/annexes/{annexe.pk}/2023-01/")
    person.page.locator("input[name^=heures_]").fill("1.234,5")
    person.page.locator("input[name^=salaire_]").fill("1 300,00")
    person.press("Enregistrer")
    assert "« 1.234,5 » peut se lire de plusieurs façons" in person.reads()
    assert person.page.locator("input[name^=heures_]").input_value() == "1.234,5"
    assert person.page.locator("input[name^=salaire_]").input_value() == "1 300,00"
    assert not LignePresence.objects.filter(heures_declarees__isnull=False).exists()
