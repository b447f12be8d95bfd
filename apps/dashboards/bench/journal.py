"""Bench of the journal: entries written with their fingerprint, sealed, verified.

Against the bare reading of the same columns in the same way. Target: memory that does not grow
with the journal (spec 06 §3 asks for a verification, not for a time).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction

from apps.dashboards.bench.mesures import Cible, Mesure, Rapport, mesurer
from apps.journal.seals import seal_entries
from apps.journal.verification import BARE_READING, verify_journal

MEMOIRE_MAX = 64.0  # MiB
ENTRIES = """
    INSERT INTO journal_entree (le, auteur, organisation, role, action, objet_type, objet_id,
        objet, motif, avant, apres, requete, empreinte)
    SELECT now() - interval '1 day', 'Banc de mesure', 'ASP', 'GESTIONNAIRE', 'etat.saisi',
        'presence.etatmensuel', n %% 1000, 'État mensuel n° ' || n, '',
        jsonb_build_object((n %% 40)::text, '101.25'),
        jsonb_build_object((n %% 40)::text, '104.50', 'commentaire', 'Heures corrigées'), '', ''
    FROM generate_series(1, %s) AS n
"""


def run(rows: int, say: Callable[[str], None]) -> Rapport:
    """Write, seal, verify, read; roll everything back."""
    with transaction.atomic():
        say(f"Écriture de {rows} entrées…")
        with mesurer() as written, connection.cursor() as cursor:
            cursor.execute(ENTRIES, [rows])
        say("Scellement…")
        with mesurer() as sealed:
            seals = len(seal_entries(older_than=timedelta(0)))
        say("Vérification…")
        with mesurer() as verified:
            result = verify_journal()
        say("Lecture seule…")
        with mesurer() as read:
            _read()
        transaction.set_rollback(True)
    if result.anomalies or not seals:
        raise AssertionError(f"{seals} seals, {result.phrases}")
    return _report(result.entrees, seals, written, sealed, verified, read)


def _read() -> None:
    with connection.chunked_cursor() as cursor:
        cursor.execute(*BARE_READING)
        while cursor.fetchmany(2000):
            pass


def _report(
    entries: int, seals: int, written: Mesure, sealed: Mesure, verified: Mesure, read: Mesure
) -> Rapport:
    report = Rapport(f"journal de {entries} entrées, {seals} scellés")
    for label, mesure in (
        ("Écriture, avec l’empreinte", written),
        ("Scellement", sealed),
        ("Vérification complète", verified),
        ("Lecture seule des mêmes colonnes", read),
    ):
        text = f"{mesure.secondes:.1f} s, + {mesure.memoire:.0f} Mio, {mesure.requetes} requêtes"
        report.lignes.append((label, text.replace(".", ",")))
        report.chiffres[label] = {"secondes": mesure.secondes, "memoire": mesure.memoire}
    ratio = f"{verified.secondes / read.secondes:.1f}".replace(".", ",")
    report.lignes.append(("Vérification ÷ lecture seule", ratio))
    report.cibles.append(Cible("mémoire de la vérification, Mio", verified.memoire, MEMOIRE_MAX))
    return report
