"""What the database refuses about runs: a mandate overdrawn, a set-off changed once executed."""

from django.db import migrations

# Payment only within the sums received (convention art. 3.1), judged at commit. The mandate is
# held first: of two payments at once, the second sees what the first has used. Once checked up to
# its last movement, a mandate is not summed again for each of the others of the transaction.
FUNDS = """
CREATE FUNCTION payments_check_funds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    flag text := 'payments.mandat_' || NEW.mandat_id;
    seen bigint := COALESCE(NULLIF(current_setting(flag, true), ''), '0')::bigint;
    latest bigint;
    balance numeric;
BEGIN
    IF NEW.id <= seen THEN RETURN NULL;
    END IF;
    PERFORM 1 FROM conventions_conventionmandat WHERE id = NEW.mandat_id FOR NO KEY UPDATE;
    SELECT MAX(id), SUM(debit - credit) INTO latest, balance
      FROM payments_mouvement WHERE mandat_id = NEW.mandat_id AND compte_id = '515';
    IF balance < 0 THEN
        RAISE EXCEPTION 'La convention de mandat % serait à découvert de % euros.',
            NEW.mandat_id, -balance USING ERRCODE = 'check_violation';
    END IF;
    PERFORM set_config(flag, latest::text, true);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_mandate_not_overdrawn AFTER INSERT ON payments_mouvement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.compte_id = '515' AND NEW.mandat_id IS NOT NULL)
    EXECUTE FUNCTION payments_check_funds();
"""

# What an executed line left waiting or set off never changes; its release is added. The mandate of
# a part may change hands (a département that succeeds another).
FROZEN = """
CREATE FUNCTION payments_refuse_settled_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM payments_versement WHERE id = OLD.versement_id AND statut = 'EXECUTE')
    THEN RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'payments_partenattente' THEN
        IF (to_jsonb(NEW) - '{liberation_id,liberee_le,mandat_id,financeur_id}'::text[])
            = (to_jsonb(OLD) - '{liberation_id,liberee_le,mandat_id,financeur_id}'::text[])
        THEN RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Un règlement exécuté ne se modifie pas : % sur % est refusé.',
        TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER payments_attente_executed_is_frozen BEFORE UPDATE OR DELETE ON payments_partenattente
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_settled_change();
CREATE TRIGGER payments_deduction_executed_is_frozen BEFORE UPDATE OR DELETE ON payments_deduction
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_settled_change();
"""

UNDO = """
DROP TRIGGER payments_deduction_executed_is_frozen ON payments_deduction;
DROP TRIGGER payments_attente_executed_is_frozen ON payments_partenattente;
DROP FUNCTION payments_refuse_settled_change();
DROP TRIGGER payments_mandate_not_overdrawn ON payments_mouvement;
DROP FUNCTION payments_check_funds();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0009_comptabilite"),
    ]
    operations = [migrations.RunSQL(FUNDS + FROZEN, UNDO)]
