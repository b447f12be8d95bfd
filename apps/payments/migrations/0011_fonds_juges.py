"""The funds of a mandate are judged at commit without holding it.

Whoever has posted holds the numbering of the entries until then: nobody else posts, and a run that
holds the mandate before the ledger is not waited for in a circle.
"""

from django.db import migrations

FUNDS = """
CREATE OR REPLACE FUNCTION payments_check_funds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    flag text := 'payments.mandat_' || NEW.mandat_id;
    seen bigint := COALESCE(NULLIF(current_setting(flag, true), ''), '0')::bigint;
    latest bigint;
    balance numeric;
BEGIN
    IF NEW.id <= seen THEN RETURN NULL;
    END IF;
%s    SELECT MAX(id), SUM(debit - credit) INTO latest, balance
      FROM payments_mouvement WHERE mandat_id = NEW.mandat_id AND compte_id = '515';
    IF balance < 0 THEN
        RAISE EXCEPTION 'La convention de mandat %% serait à découvert de %% euros.',
            NEW.mandat_id, -balance USING ERRCODE = 'check_violation';
    END IF;
    PERFORM set_config(flag, latest::text, true);
    RETURN NULL;
END $$;
"""
# Of two transactions at once, the second waits here for the first, and sees what it has used.
HELD = "    PERFORM 1 FROM core_sequence WHERE name = 'ecriture' FOR UPDATE;\n"
BEFORE = (
    "    PERFORM 1 FROM conventions_conventionmandat WHERE id = NEW.mandat_id FOR NO KEY UPDATE;\n"
)


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_campagnes")]

    operations = [migrations.RunSQL(FUNDS % HELD, FUNDS % BEFORE)]
