"""The account plan, and what the database refuses about money (spec 05 §2).

- an entry balances per funder and has at least two movements, checked at commit;
- entries and movements are only appended, even by their owner;
- an executed payment never changes: corrections are later lines.
"""

from django.db import migrations

ACCOUNTS = {
    "401": "Structures – aides à payer",
    "463": "Structures – ordres de recouvrer",
    "515": "Compte de dépôt au Trésor",
    "581": "Réimputations entre financeurs",
    "657": "Aide au poste",
}

BALANCE = """
CREATE FUNCTION payments_check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint;
    movements integer;
    gap numeric;
BEGIN
    IF TG_TABLE_NAME = 'payments_ecriture' THEN entry := NEW.id;
    ELSE entry := NEW.ecriture_id;
    END IF;
    SELECT COALESCE(SUM(n), 0), COALESCE(MAX(ABS(d)), 0) INTO movements, gap
      FROM (SELECT COUNT(*) AS n, SUM(debit - credit) AS d
              FROM payments_mouvement WHERE ecriture_id = entry GROUP BY financeur_id) AS sides;
    IF movements < 2 THEN
        RAISE EXCEPTION 'L''écriture % a moins de deux mouvements.', entry
            USING ERRCODE = 'check_violation';
    END IF;
    IF gap <> 0 THEN
        RAISE EXCEPTION 'L''écriture % n''est pas équilibrée pour un financeur (écart %).', entry, gap
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_ecriture_balanced AFTER INSERT ON payments_ecriture
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_check_entry();
CREATE CONSTRAINT TRIGGER payments_mouvement_balanced AFTER INSERT ON payments_mouvement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_check_entry();
"""

APPEND_ONLY = """
CREATE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Une écriture ou un versement payé ne se modifie pas : % sur % est refusé.',
        TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER payments_ecriture_append_only BEFORE UPDATE OR DELETE ON payments_ecriture
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_ecriture_no_truncate BEFORE TRUNCATE ON payments_ecriture
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_mouvement_append_only BEFORE UPDATE OR DELETE ON payments_mouvement
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_mouvement_no_truncate BEFORE TRUNCATE ON payments_mouvement
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_versement_paid_is_frozen BEFORE UPDATE OR DELETE ON payments_versement
    FOR EACH ROW WHEN (OLD.statut = 'EXECUTE') EXECUTE FUNCTION payments_refuse_change();
"""

UNDO = """
DROP TRIGGER payments_versement_paid_is_frozen ON payments_versement;
DROP TRIGGER payments_mouvement_no_truncate ON payments_mouvement;
DROP TRIGGER payments_mouvement_append_only ON payments_mouvement;
DROP TRIGGER payments_ecriture_no_truncate ON payments_ecriture;
DROP TRIGGER payments_ecriture_append_only ON payments_ecriture;
DROP FUNCTION payments_refuse_change();
DROP TRIGGER payments_mouvement_balanced ON payments_mouvement;
DROP TRIGGER payments_ecriture_balanced ON payments_ecriture;
DROP FUNCTION payments_check_entry();
"""


def create_accounts(apps, schema_editor):
    compte = apps.get_model("payments", "Compte")
    compte.objects.using(schema_editor.connection.alias).bulk_create(
        [compte(code=code, libelle=libelle) for code, libelle in ACCOUNTS.items()]
    )


def remove_accounts(apps, schema_editor):
    compte = apps.get_model("payments", "Compte")
    compte.objects.using(schema_editor.connection.alias).filter(code__in=ACCOUNTS).delete()


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [
        migrations.RunPython(create_accounts, remove_accounts),
        migrations.RunSQL(BALANCE + APPEND_ONLY, UNDO),
    ]
