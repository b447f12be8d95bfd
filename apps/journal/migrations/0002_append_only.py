"""The journal is append-only: the database refuses UPDATE, DELETE and TRUNCATE, even to its owner."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION journal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Le journal ne se modifie pas : % sur % est refusé.', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER journal_entree_append_only BEFORE UPDATE OR DELETE ON journal_entree
    FOR EACH ROW EXECUTE FUNCTION journal_refuse_change();
CREATE TRIGGER journal_entree_no_truncate BEFORE TRUNCATE ON journal_entree
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse_change();
"""

UNDO = """
DROP TRIGGER journal_entree_append_only ON journal_entree;
DROP TRIGGER journal_entree_no_truncate ON journal_entree;
DROP FUNCTION journal_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(APPEND_ONLY, UNDO)]
