"""Bank returns: each line ends applied, already applied or unknown, once, whole or not at all."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments.models import Ecriture, LigneRetour, Mouvement, RetourBancaire, Virement
from apps.payments.services import retours
from apps.payments.services.retours import (
    apply_return,
    import_return,
    note_return_download,
    preview_return,
    set_aside_return,
)
from tests.payments.banque import (
    ANSWERED_ON,
    HEADINGS,
    answer,
    confirmed,
    csv_of,
    executed,
    pain002,
    rejected,
    sent,
)
from tests.payments.banque import (
    transaction as line_of,
)
from tests.payments.dossiers import make_asp

WITH_AMOUNT = f"{HEADINGS};montant"


@pytest.fixture
def asp(db):
    return make_asp()


def outcome(retour: RetourBancaire) -> list[tuple[str, str]]:
    return [(ligne.issue, ligne.raison[:40]) for ligne in retour.lignes.all()]


def written() -> dict:
    """Everything that applying a return writes."""
    return {
        "virements": list(Virement.objects.order_by("pk").values_list("etat", "denoue_le")),
        "ecritures": Ecriture.objects.count(),
        "mouvements": Mouvement.objects.count(),
        "lignes": LigneRetour.objects.count(),
        "journal": Entree.objects.count(),
        "retours": list(RetourBancaire.objects.order_by("pk").values_list("etat", flat=True)),
    }


# --- Each line ---------------------------------------------------------------------------------
def test_a_rejection_and_a_confirmation_are_applied(asp):
    """The transfers take the day of the bank; the file and its counts are kept."""
    first, second = sent(executed(asp, 2))
    retour = answer(asp, [rejected(first), confirmed(second)])
    assert outcome(retour) == [("APPLIQUEE", ""), ("APPLIQUEE", "")]
    assert (retour.etat, retour.nombre, retour.appliquees) == ("APPLIQUE", 2, 2)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.etat, first.denoue_le, first.code_rejet) == ("REJETE", ANSWERED_ON, "AC04")
    assert first.motif_rejet == "Le compte est clos."
    assert (second.etat, second.denoue_le, second.code_rejet) == ("CONFIRME", ANSWERED_ON, "")


CASES = [
    # line of the file, state before, how it ends, why
    (
        "INCONNU;RJCT;AC04;;24/01/2018",
        "EMIS",
        "INCONNUE",
        "Aucun virement émis ne porte la référence",
    ),
    (";RJCT;AC04;;24/01/2018", "EMIS", "INCONNUE", "La ligne ne porte pas de référence de v"),
    ("NOTPROVIDED;ACSC;;;", "EMIS", "INCONNUE", "La ligne ne porte pas de référence de v"),
    ("{ref};PDNG;;;24/01/2018", "EMIS", "INCONNUE", "Le statut « PDNG » n’est ni une confirma"),
    ("{ref};ACSC;;;pas une date", "EMIS", "INCONNUE", "La date « pas une date » n’est pas une d"),
    ("{ref};ACSC;;", "EMIS", "INCONNUE", "La ligne a 4 colonnes au lieu de 5."),
    (
        "{ref};RJCT;AC04;;25/01/2018",
        "EMIS",
        "INCONNUE",
        "La date de la banque (25/01/2018) est à v",
    ),
    (
        "{ref};RJCT;AC04;;21/01/2018",
        "EMIS",
        "INCONNUE",
        "La date de la banque (21/01/2018) précède",
    ),
    ("{ref};RJCT;AC04;;24/01/2018", "EMIS", "APPLIQUEE", ""),
    ("{ref};RJCT;AC04;;", "EMIS", "APPLIQUEE", ""),
    ("{ref};RJCT;AC04;;24/01/2018", "CONFIRME", "APPLIQUEE", ""),
    ("{ref};RJCT;AC04;;24/01/2018", "REJETE", "DEJA", ""),
    ("{ref};ACSC;;;24/01/2018", "EMIS", "APPLIQUEE", ""),
    ("{ref};ACSC;;;24/01/2018", "CONFIRME", "DEJA", ""),
    ("{ref};ACSC;;;24/01/2018", "REJETE", "INCONNUE", "La ligne confirme un virement déjà rejet"),
]


@pytest.mark.parametrize(("line", "state", "issue", "reason"), CASES)
def test_how_each_line_ends(asp, line, state, issue, reason):
    """Answer × state of the transfer; what is unknown changes nothing of it."""
    [virement] = sent(executed(asp))
    before = {"CONFIRME": [confirmed(virement)], "REJETE": [rejected(virement)]}.get(state)
    if before:
        answer(asp, before)
    virement.refresh_from_db()
    assert virement.etat == state
    retour = answer(asp, [line.format(ref=virement.reference), ""])
    [(found, why)] = outcome(retour)
    assert (found, why[:30]) == (issue, reason[:30])
    after = Virement.objects.get()
    if issue != "APPLIQUEE":
        assert after.etat == state
    assert (retour.lignes.get().virement is None) == (issue == "INCONNUE")


def test_another_amount_is_unknown(asp):
    """In the table and in the report."""
    [virement] = sent(executed(asp))
    lines = [f"{virement.reference};RJCT;AC04;;24/01/2018;1,00"]
    assert outcome(answer(asp, lines, headings=WITH_AMOUNT))[0][1].startswith("Le montant de la l")
    good = f"{virement.reference};ACSC;;;24/01/2018;{virement.montant}".replace(".", ",")
    assert outcome(answer(asp, [good], headings=WITH_AMOUNT)) == [("APPLIQUEE", "")]
    bad = pain002([line_of(virement.reference, "RJCT", montant=Decimal("1.00"))])
    retour = import_return(asp.comptable, "r.xml", bad, on=ANSWERED_ON)
    assert outcome(apply_return(asp.comptable, retour, on=ANSWERED_ON))[0][0] == "INCONNUE"


def test_the_same_transfer_twice_in_a_file(asp):
    """The same answer again is already applied; a rejection after a confirmation prevails; a
    confirmation after a rejection is unknown."""
    first, second = sent(executed(asp, 2))
    lines = [rejected(first), rejected(first), confirmed(second), rejected(second)]
    retour = answer(asp, [*lines, confirmed(first)])
    issues = [issue for issue, _reason in outcome(retour)]
    assert issues == ["APPLIQUEE", "DEJA", "APPLIQUEE", "APPLIQUEE", "INCONNUE"]
    assert set(Virement.objects.values_list("etat", flat=True)) == {"REJETE"}
    assert Ecriture.objects.filter(evenement="REJET_VIREMENT").count() == 2


# --- A whole file ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("statut", "state", "lines"),
    [("RJCT", "REJETE", 2), ("ACSC", "CONFIRME", 2), ("ACCP", "EMIS", 0), ("PART", "EMIS", 0)],
)
def test_an_answer_to_the_whole_file(asp, statut, state, lines):
    """Rejected or settled, it is said of each transfer; an acknowledgement changes none."""
    executed(asp, 2)
    contents = pain002(statut=statut, code="FF01" if statut == "RJCT" else "")
    retour = import_return(asp.comptable, "r.xml", contents, on=ANSWERED_ON)
    retour = apply_return(asp.comptable, retour, on=ANSWERED_ON)
    assert retour.accuse == f"EXTRANET-IAE-VIR-000001 : {statut}"
    assert outcome(retour) == [("APPLIQUEE", "")] * lines
    assert set(Virement.objects.values_list("etat", flat=True)) == {state}


def test_an_answer_to_an_unknown_file_is_unknown(asp):
    executed(asp)
    contents = pain002(statut="RJCT", message="AUTRE-FICHIER")
    retour = import_return(asp.comptable, "r.xml", contents, on=ANSWERED_ON)
    retour = apply_return(asp.comptable, retour, on=ANSWERED_ON)
    assert outcome(retour) == [("INCONNUE", "Aucun fichier de virements ne porte le n")]
    assert Virement.objects.get().etat == "EMIS"


def test_a_transfer_named_keeps_its_own_answer(asp):
    """The file is settled but for one transfer."""
    first, second = sent(executed(asp, 2))
    contents = pain002([line_of(first.reference, "RJCT", code="AC01")], statut="ACSC")
    retour = import_return(asp.comptable, "r.xml", contents, on=ANSWERED_ON)
    apply_return(asp.comptable, retour, on=ANSWERED_ON)
    states = dict(Virement.objects.values_list("pk", "etat"))
    assert states == {first.pk: "REJETE", second.pk: "CONFIRME"}


# --- Import, preview, application --------------------------------------------------------------
def test_the_same_file_twice_is_refused_with_its_date(asp):
    [virement] = sent(executed(asp))
    contents = csv_of([confirmed(virement)])
    retour = import_return(asp.comptable, "un.csv", contents, on=ANSWERED_ON)
    with pytest.raises(Refus, match="déjà été importé le 24/01/2018 : c’est le retour n° 1"):
        import_return(asp.comptable, "deux.csv", contents, on=date(2018, 2, 1))
    set_aside_return(asp.comptable, retour, motif="Mauvais fichier", on=ANSWERED_ON)
    assert import_return(asp.comptable, "deux.csv", contents, on=ANSWERED_ON).numero == 2
    with pytest.raises(Refus, match="Écarté"):
        apply_return(asp.comptable, retour, on=ANSWERED_ON)


def test_the_preview_tells_and_writes_nothing(asp):
    first, second, third = sent(executed(asp, 3))
    lines = [rejected(first), confirmed(second), "INCONNU;RJCT;;;", rejected(third, "MS03")]
    contents = csv_of(lines)
    retour = import_return(asp.comptable, "r.csv", contents, on=ANSWERED_ON)
    before = written()
    found = preview_return(retour, on=ANSWERED_ON)
    assert (found.confirmes, found.rejetes, found.deja, len(found.inconnues)) == (1, 2, 0, 1)
    assert found.montant_rejete == first.montant + third.montant
    assert found.montant_confirme == second.montant
    assert [(code, count) for code, _meaning, count in found.codes] == [("AC04", 1), ("MS03", 1)]
    assert written() == before


def test_applying_twice_is_applying_once(asp):
    [virement] = sent(executed(asp))
    retour = answer(asp, [rejected(virement)])
    before = written()
    assert apply_return(asp.comptable, retour, on=date(2018, 2, 1)).etat == "APPLIQUE"
    assert written() == before


def test_only_the_agent_comptable(asp):
    """Import, application, setting aside, download: refused to the others, nothing changed."""
    [virement] = sent(executed(asp))
    contents = csv_of([confirmed(virement)])
    retour = import_return(asp.comptable, "r.csv", contents, on=ANSWERED_ON)
    before = written()
    for acting in (asp.gestionnaire, asp.ordonnateur):
        for act in (
            lambda acting=acting: import_return(acting, "s.csv", contents + b"\n"),
            lambda acting=acting: apply_return(acting, retour),
            lambda acting=acting: set_aside_return(acting, retour, motif="Non"),
            lambda acting=acting: note_return_download(acting, retour),
        ):
            with pytest.raises(Refus, match="agent comptable"):
                act()
    assert written() == before


def test_the_database_keeps_what_was_applied(asp):
    """Neither the return, nor its lines, nor a deletion."""
    [virement] = sent(executed(asp))
    retour = answer(asp, [confirmed(virement)])
    for act in (
        lambda: RetourBancaire.objects.filter(pk=retour.pk).update(appliquees=0),
        lambda: retour.lignes.update(issue="INCONNUE", raison="x"),
        lambda: retour.lignes.all().delete(),
        lambda: RetourBancaire.objects.filter(pk=retour.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


@pytest.mark.parametrize("point", ["confirm_transfers", "reject_transfers", "record"])
def test_a_crash_leaves_nothing_then_it_is_applied(asp, monkeypatch, point):
    first, second = sent(executed(asp, 2))
    contents = csv_of([rejected(first), confirmed(second)])
    retour = import_return(asp.comptable, "r.csv", contents, on=ANSWERED_ON)
    before = written()

    def crash(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(retours, point, crash)
    with pytest.raises(RuntimeError):
        apply_return(asp.comptable, retour, on=ANSWERED_ON)
    assert written() == before
    monkeypatch.undo()
    assert apply_return(asp.comptable, retour, on=ANSWERED_ON).appliquees == 2


def test_two_connections_apply_once(committed_db):
    """Two clicks at the same moment: one rejection, one entry."""
    asp = make_asp()
    [virement] = sent(executed(asp))
    contents = csv_of([rejected(virement)])
    retour = import_return(asp.comptable, "r.csv", contents, on=ANSWERED_ON)
    barrier, results = Barrier(2), []

    def apply() -> None:
        try:
            barrier.wait()
            results.append(apply_return(asp.comptable, retour, on=ANSWERED_ON).etat)
        finally:
            connections.close_all()

    threads = [Thread(target=apply) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["APPLIQUE", "APPLIQUE"]
    assert Ecriture.objects.filter(evenement="REJET_VIREMENT").count() == 1
    assert LigneRetour.objects.count() == 1


def test_two_connections_import_once(committed_db):
    """The same file sent twice at once: one return, one refusal in words."""
    asp = make_asp()
    [virement] = sent(executed(asp))
    contents = csv_of([rejected(virement)])
    barrier, results = Barrier(2), []

    def send() -> None:
        try:
            barrier.wait()
            results.append(import_return(asp.comptable, "r.csv", contents).numero)
        except Refus as refus:
            results.append(str(refus)[:24])
        finally:
            connections.close_all()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == [1, "Ce fichier a déjà été im"]
    assert RetourBancaire.objects.count() == 1


def test_queries_do_not_depend_on_the_lines(asp):
    """As many to apply ten answers as two."""
    virements = sent(executed(asp, 12))
    counts = []
    for part in (virements[:2], virements[2:]):
        half = len(part) // 2
        lines = [rejected(v) for v in part[:half]] + [confirmed(v) for v in part[half:]]
        retour = import_return(asp.comptable, "r.csv", csv_of(lines), on=ANSWERED_ON)
        with CaptureQueriesContext(connection) as queries:
            apply_return(asp.comptable, retour, on=ANSWERED_ON)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_two_hundred_damaged_files_change_nothing_by_halves(asp):
    """Bytes changed at random: refused in words, or applied with every line accounted for."""
    first, second = sent(executed(asp, 2))
    chance = random.Random(5)  # the same damages every time
    sources = [
        csv_of([rejected(first), confirmed(second), "X;RJCT;AC01;;"]),
        pain002([line_of(first.reference, "RJCT", code="AC04"), line_of(second.reference, "ACSC")]),
    ]
    kept = refused = 0
    for rank in range(200):
        contents = bytearray(sources[rank % 2])
        for _ in range(chance.randint(1, 8)):
            where = chance.randrange(len(contents))
            if chance.random() < 0.3:
                del contents[where : where + chance.randint(1, 20)]
            else:
                contents[where] = chance.randrange(256)
        with transaction.atomic():
            try:
                retour = import_return(asp.comptable, f"{rank}.x", bytes(contents), on=ANSWERED_ON)
                retour = apply_return(asp.comptable, retour, on=ANSWERED_ON)
                kept += 1
                assert retour.nombre == retour.lignes.count()
            except Refus:
                refused += 1
    assert kept + refused == 200
    assert kept
    assert refused
