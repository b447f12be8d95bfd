"""Imports of the ASP: what the bank sends back, as pain.002 or as a table.

Each function writes what its import needs and gives it, as `imports.Import` says.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from django.urls import reverse

from apps.core.errors import Refus
from apps.payments.retours import read_return
from apps.payments.services.retours import apply_return, import_return, preview_return
from tests.fuzz.documents import broken_csv, broken_xml
from tests.fuzz.imports import Import, sent_file, signed_in, snapshot
from tests.payments import banque
from tests.payments.dossiers import make_asp

RETOURS = (
    *("payments_retourbancaire", "payments_ligneretour", "payments_virement", "core_fichier"),
    *("payments_ecriture", "payments_mouvement", "journal_entree", "core_sequence"),
)


def _bank(draw: Callable[[Random, list[Any]], bytes], suffix: str) -> Import:
    asp = make_asp()
    virements = banque.sent(banque.executed(asp, 3))

    def read(contents: bytes) -> list[str]:
        releve = read_return(contents)
        assert all(line.brut for line in releve.lignes)
        return [line.defaut for line in releve.lignes if line.defaut]

    def play(contents: bytes) -> list[str]:
        on = banque.ANSWERED_ON
        retour = import_return(asp.comptable, f"retour{suffix}", contents, on=on)
        kept = snapshot(RETOURS)
        try:
            apercu = preview_return(retour, on=on)
            applied = apply_return(asp.comptable, retour, on=on)
        except Refus as refus:  # the file is kept, none of its lines is applied
            assert snapshot(RETOURS) == kept, "half a return is applied"
            return [*refus.motifs]
        lignes = list(applied.lignes.all())
        counted = applied.appliquees + applied.deja_appliquees + applied.inconnues
        assert counted == applied.nombre == len(lignes) == len(apercu.rapprochement.lignes)
        return [ligne.raison for ligne in lignes if ligne.issue == "INCONNUE"]

    def post(contents: bytes) -> Any:
        client = signed_in(asp.comptable)
        answer = client.post(
            reverse("banque:retour_importer"), {"fichier": sent_file(contents, suffix)}
        )
        if answer.status_code == 302:
            client.get(answer["Location"])
            return client.post(f"{answer['Location']}appliquer/", follow=True)
        return answer

    def damaged_file(random: Random) -> bytes:
        return draw(random, virements)

    return Import(damaged_file, read, play, RETOURS, suffix, post, banque.ANSWERED_ON)


def pain002() -> Import:
    def draw(random: Random, virements: list[Any]) -> bytes:
        lines = [
            banque.transaction(v.reference, statut, code=code, montant=v.montant)
            for v, (statut, code) in zip(
                virements, (("RJCT", "AC04"), ("ACSC", ""), ("PDNG", "")), strict=True
            )
        ]
        group = random.choice(("", "", "ACCP", "RJCT", "ACSC"))
        contents = banque.pain002(lines, version=random.choice(("03", "10")), statut=group)
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            contents = broken_xml(random, contents)
        return contents

    return _bank(draw, ".xml")


def tableau() -> Import:
    def draw(random: Random, virements: list[Any]) -> bytes:
        headings = [*banque.HEADINGS.split(";"), "montant"]
        cut = len(headings) - random.randint(0, 1)
        answers = (("RJCT", "AC04"), ("ACSC", ""), ("Rejeté", "MS03"))
        rows = [
            [v.reference, statut, code, "Compte clôturé", "24/01/2018", str(v.montant)][:cut]
            for v, (statut, code) in zip(virements, answers, strict=True)
        ]
        return broken_csv(random, [headings[:cut], *rows])

    return _bank(draw, ".csv")
