"""A rejected transfer: due again, account refused, structure held, told, sent again, never lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import F, Sum

from apps.accounts.models import Notification
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments.codes_retour import AUTRE, CODES, OF_THE_ACCOUNT, Suite, meaning_of
from apps.payments.models import (
    BlocagePaiement,
    Campagne,
    Ecriture,
    LigneRetour,
    Mouvement,
    Virement,
)
from apps.payments.services import execute_campagne, settle_campagne
from apps.payments.services.extournes import reverse_entry
from apps.payments.services.inconnues import attach_line, file_line
from apps.siae.models import CoordonneesBancaires
from apps.siae.services import refuse_active_bank_details
from tests.factories import make_user, put_in_effect
from tests.payments.banque import ANSWERED_ON, answer, confirmed, executed, rejected, sent
from tests.payments.dossiers import make_asp, signed_run

LATER = date(2018, 3, 1)


@pytest.fixture
def asp(db):
    return make_asp()


def balances(**which) -> dict[tuple[str, str, bool], Decimal]:
    """Debit less credit per account, funder, mandate or not; zeros left out."""
    rows = (
        Mouvement.objects.filter(**which)
        .order_by()
        .values_list("compte", "financeur__type", "mandat")
        .annotate(solde=Sum(F("debit") - F("credit")))
    )
    return {
        (compte, funder, mandat is None): solde for compte, funder, mandat, solde in rows if solde
    }


def new_account(structure) -> CoordonneesBancaires:
    return CoordonneesBancaires.objects.create(
        structure=structure,
        titulaire="Nouveau compte",
        iban="FR7610071999990000000000178",
        bic="TRPUFRP1XXX",
        propose_par=make_user(),
    )


# --- Codes -------------------------------------------------------------------------------------
def test_codes_say_something_and_what_follows():
    """The codes that the issue names, each with its sentence; any other has a general one."""
    named = {"AC01", "AC04", "AC06", "AG01", "AM04", "BE04", "MD07", "MS03", "RC01"}
    assert named <= set(CODES)
    assert {"AC01", "AC03", "AC04", "AC06", "CNOR", "RC01", "RC07"} == OF_THE_ACCOUNT
    assert len({known.phrase for known in CODES.values()}) == len(CODES)
    assert meaning_of("ZZ99") == meaning_of("") == AUTRE


@pytest.mark.parametrize("code", [*sorted(CODES), "ZZ99", ""])
def test_what_each_code_brings_about(asp, code):
    """Due again in every case; the account and the hold by the code."""
    [virement] = sent(executed(asp))
    answer(asp, [rejected(virement, code)])
    virement.refresh_from_db()
    suite = meaning_of(code).suite
    assert (virement.etat, virement.code_rejet) == ("REJETE", code)
    assert virement.motif_rejet == meaning_of(code).phrase
    account = CoordonneesBancaires.objects.get()
    assert account.etat == ("REJETEE" if suite is Suite.COMPTE else "ACTIVE")
    held = BlocagePaiement.objects.filter(leve_le__isnull=True)
    assert held.count() == (0 if suite is Suite.REEMETTRE else 1)
    assert list(Virement.objects.rejected()) == [virement]


# --- Accounts ----------------------------------------------------------------------------------
def test_the_cash_is_back_and_the_amount_due_for_each_funder(asp):
    """515 and 401 of each funder and mandate; the expense is unchanged."""
    [virement] = sent(executed(asp))
    cash = balances(compte="515")
    assert len(cash) == 2
    expense = balances(compte="657")
    answer(asp, [rejected(virement)])
    entry = Ecriture.objects.get(evenement="REJET_VIREMENT")
    assert (entry.virement, entry.jour) == (virement, ANSWERED_ON)
    back = balances(ecriture=entry)
    assert {key[1:]: solde for key, solde in back.items() if key[0] == "515"} == {
        key[1:]: -solde
        for key, solde in balances(
            compte="515", ecriture__virement=virement, ecriture__evenement="PAIEMENT"
        ).items()
    }
    due = balances(compte="401")
    assert -sum(due.values()) == virement.montant
    assert {bare for _compte, _funder, bare in due} == {True, False}
    assert balances(compte="657") == expense


def test_a_rejection_that_the_entries_contradict_is_refused_whole(asp, monkeypatch):
    """Nothing is applied, not even the other lines."""
    first, second = sent(executed(asp, 2))
    monkeypatch.setattr("apps.payments.services.rejets._cash", lambda sent: Decimal("1.00"))
    with pytest.raises(Refus, match="ne font pas son montant"):
        answer(asp, [confirmed(second), rejected(first)])
    assert set(Virement.objects.values_list("etat", flat=True)) == {"EMIS"}
    assert not LigneRetour.objects.exists()


# --- Account refused, holds --------------------------------------------------------------------
def test_the_account_refused_waits_for_another_then_the_hold_is_lifted(asp):
    """The new account, once active, releases the structure by itself, with its trace."""
    [virement] = sent(executed(asp))
    answer(asp, [rejected(virement, "AC04")])
    [block] = BlocagePaiement.objects.all()
    assert (block.structure, block.motif) == (virement.structure, "REJET_VIREMENT")
    assert block.objet == f"virement {virement.pk}"
    assert "Le compte est clos." in block.detail
    assert Entree.objects.filter(action="banque.refusee").count() == 1
    put_in_effect(asp.gestionnaire, new_account(virement.structure))
    block.refresh_from_db()
    assert block.leve_le is not None
    assert block.motif_levee == "Nouvelles coordonnées bancaires activées"
    assert Entree.objects.filter(action="virement.deblocage").count() == 1


def test_the_same_account_again_lifts_nothing(asp):
    [virement] = sent(executed(asp))
    answer(asp, [rejected(virement, "AC04")])
    again = new_account(virement.structure)
    CoordonneesBancaires.objects.filter(pk=again.pk).update(iban=virement.coordonnees.iban)
    put_in_effect(asp.gestionnaire, again)
    assert BlocagePaiement.objects.get(motif="REJET_VIREMENT").leve_le is None


def test_another_cause_is_lifted_by_a_person_only(asp):
    [virement] = sent(executed(asp))
    answer(asp, [rejected(virement, "MS03")])
    put_in_effect(asp.gestionnaire, new_account(virement.structure))
    assert BlocagePaiement.objects.get(motif="REJET_VIREMENT").leve_le is None


def test_an_account_already_replaced_holds_nothing(asp):
    """The rejection is of the former account: the one in use is kept, the next run pays it."""
    [virement] = sent(executed(asp))
    put_in_effect(asp.gestionnaire, new_account(virement.structure))
    answer(asp, [rejected(virement, "AC04")])
    states = dict(CoordonneesBancaires.objects.values_list("titulaire", "etat"))
    assert states["Nouveau compte"] == "ACTIVE"
    assert not BlocagePaiement.objects.filter(motif="REJET_VIREMENT").exists()


def test_only_the_agent_comptable_reports_a_refusal(asp):
    [virement] = sent(executed(asp))
    for acting in (asp.gestionnaire, asp.ordonnateur):
        with pytest.raises(Refus, match="agent comptable"):
            refuse_active_bank_details(acting, {virement.coordonnees_id: "AC04"})
    assert CoordonneesBancaires.objects.get().etat == "ACTIVE"


def test_who_is_told(asp):
    """The structure what to do, the ASP how many; neither amount nor account."""
    first, second = sent(executed(asp, 2))
    answer(asp, [rejected(first, "AC04"), rejected(second, "AM04")])
    told = Notification.objects.filter(titre="Virement rejeté par la banque")
    texts = {note.organisation: note.texte for note in told}
    assert "nouvelles coordonnées" in texts[first.structure.organisation]
    assert "rien à faire" in texts[second.structure.organisation]
    assert len(texts) == 2
    asp_told = Notification.objects.filter(titre="Virements rejetés par la banque").first()
    assert "banque : 2." in asp_told.texte
    for text in [*texts.values(), asp_told.texte]:
        assert "FR76" not in text
        assert "€" not in text


# --- Sent again --------------------------------------------------------------------------------
def test_it_is_sent_again_by_the_next_run(asp):
    """New account, next run: the same amount goes, and leaves the page of the rejections."""
    [virement] = sent(executed(asp))
    answer(asp, [rejected(virement, "AM04")])
    campagne = signed_run(asp, "2018-02")
    assert list(Virement.objects.rejected()) == [virement]
    execute_campagne(asp.comptable, campagne, on=date(2018, 2, 20))
    again = Virement.objects.get(remplace=virement)
    assert (again.etat, again.montant) == ("EMIS", virement.montant)
    assert not Virement.objects.rejected().exists()
    assert balances(compte="401") == {}
    answer(asp, [rejected(again, "AM04", day=date(2018, 2, 22))], on=date(2018, 2, 22))
    assert list(Virement.objects.rejected()) == [again]
    assert -sum(balances(compte="401").values()) == virement.montant


def test_a_late_rejection_applies_after_confirmation_and_settlement(asp):
    [virement] = sent(executed(asp))
    answer(asp, [confirmed(virement)])
    settle_campagne(asp.comptable, Campagne.objects.get(), on=ANSWERED_ON)
    answer(asp, [rejected(virement, day=LATER)], on=LATER)
    virement.refresh_from_db()
    assert (virement.etat, virement.denoue_le) == ("REJETE", LATER)
    assert Campagne.objects.get().etat == "DENOUEE"


# --- Corrections -------------------------------------------------------------------------------
def test_a_rejection_entered_by_mistake_is_reversed(asp):
    """The entry is reversed, the transfer confirmed, the hold lifted; then never twice."""
    [virement] = sent(executed(asp))
    cash = balances()
    answer(asp, [rejected(virement, "MS03")])
    entry = Ecriture.objects.get(evenement="REJET_VIREMENT")
    reverse_entry(asp.comptable, entry, motif="Fichier d’un autre mois", on=ANSWERED_ON)
    virement.refresh_from_db()
    assert (virement.etat, virement.code_rejet, virement.motif_rejet) == ("CONFIRME", "", "")
    assert balances() == cash
    assert BlocagePaiement.objects.get().leve_le == ANSWERED_ON
    with pytest.raises(Refus, match="déjà été extournée"):
        reverse_entry(asp.comptable, entry, motif="Encore", on=ANSWERED_ON)
    answer(asp, [rejected(virement, "MS03", day=LATER)], on=LATER)
    assert -sum(balances(compte="401").values()) == virement.montant
    assert BlocagePaiement.objects.get().leve_le is None


def test_a_rejection_sent_again_is_not_reversed(asp):
    [virement] = sent(executed(asp))
    answer(asp, [rejected(virement, "AM04")])
    signed_run(asp, "2018-02")
    entry = Ecriture.objects.get(evenement="REJET_VIREMENT")
    with pytest.raises(Refus, match="émis de nouveau"):
        reverse_entry(asp.comptable, entry, motif="Erreur", on=LATER)
    virement.refresh_from_db()
    assert virement.etat == "REJETE"


# --- Unknown lines -----------------------------------------------------------------------------
def unknown(asp, line: str) -> LigneRetour:
    return answer(asp, [line]).lignes.get()


def test_an_unknown_line_is_attached_and_applied(asp):
    """As if its reference had been right, on the day of the bank."""
    [virement] = sent(executed(asp))
    ligne = unknown(asp, "RÉF 1;RJCT;AC04;;24/01/2018")
    attach_line(asp.comptable, ligne, virement, motif="Référence tronquée", on=LATER)
    virement.refresh_from_db()
    ligne.refresh_from_db()
    assert (virement.etat, virement.denoue_le) == ("REJETE", ANSWERED_ON)
    assert (ligne.decision, ligne.virement, ligne.traitee_le) == ("RATTACHEE", virement, LATER)
    assert Ecriture.objects.get(evenement="REJET_VIREMENT").jour == LATER
    assert not LigneRetour.objects.unknown().exists()
    with pytest.raises(Refus, match="déjà traitée"):
        attach_line(asp.comptable, ligne, virement, motif="Encore")
    assert Ecriture.objects.filter(evenement="REJET_VIREMENT").count() == 1


def test_an_unknown_line_is_filed_without_effect(asp):
    [virement] = sent(executed(asp))
    ligne = unknown(asp, "AUTRE;RJCT;AC04;;24/01/2018")
    file_line(asp.comptable, ligne, motif="Virement d’un autre service", on=LATER)
    virement.refresh_from_db()
    assert virement.etat == "EMIS"
    assert not LigneRetour.objects.unknown().exists()
    assert Entree.objects.filter(action="retour.ligne_classee").count() == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("AUTRE;PDNG;;;", "ni que le virement est confirmé"),
        ("{ref};ACSC;;;24/01/2018", "extournez d’abord"),
    ],
)
def test_what_cannot_be_attached(asp, line, sentence):
    """A status that decides nothing; a confirmation of a rejected transfer."""
    [virement] = sent(executed(asp))
    answer(asp, [rejected(virement)])
    ligne = unknown(asp, line.format(ref=virement.reference))
    with pytest.raises(Refus, match=sentence):
        attach_line(asp.comptable, ligne, virement, motif="Essai")
    assert LigneRetour.objects.unknown().count() == 1


def test_decisions_need_a_reason_and_the_agent_comptable(asp):
    [virement] = sent(executed(asp))
    ligne = unknown(asp, "AUTRE;RJCT;AC04;;24/01/2018")
    for motif, acting, sentence in (
        (" ", asp.comptable, "Indiquez le motif"),
        ("Motif", asp.gestionnaire, "agent comptable"),
        ("Motif", asp.ordonnateur, "agent comptable"),
    ):
        with pytest.raises(Refus, match=sentence):
            file_line(acting, ligne, motif=motif)
        with pytest.raises(Refus, match=sentence):
            attach_line(acting, ligne, virement, motif=motif)
    virement.refresh_from_db()
    assert virement.etat == "EMIS"
    assert LigneRetour.objects.unknown().count() == 1
