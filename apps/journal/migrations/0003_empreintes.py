"""Each entry has a fingerprint of all its columns, computed by the database at insert.

A trigger, so that no path escapes it. `apps.journal.empreintes` writes the same text: a column
added to the table calls for a new version of both. The entries written before this migration get
theirs here, the append-only trigger being off for the time of one UPDATE, within the transaction.
"""

from django.db import migrations, models

HASH = """
CREATE FUNCTION journal_empreinte(e journal_entree) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to('1,' || string_agg(
        coalesce(octet_length(convert_to(value, 'UTF8')) || ':' || value, '-'), ',' ORDER BY place
    ), 'UTF8')), 'hex')
    FROM unnest(ARRAY[
        e.id::text,
        to_char(e.le AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        e.utilisateur_id::text, e.auteur, e.organisation, e.role, e.action,
        e.objet_type, e.objet_id::text, e.objet, e.motif, e.avant::text, e.apres::text, e.requete
    ]) WITH ORDINALITY AS written(value, place)
$$;
CREATE FUNCTION journal_put_empreinte() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.empreinte := journal_empreinte(NEW);
    RETURN NEW;
END $$;
ALTER TABLE journal_entree DISABLE TRIGGER journal_entree_append_only;
UPDATE journal_entree e SET empreinte = journal_empreinte(e);
ALTER TABLE journal_entree ENABLE TRIGGER journal_entree_append_only;
CREATE TRIGGER journal_entree_empreinte BEFORE INSERT ON journal_entree
    FOR EACH ROW EXECUTE FUNCTION journal_put_empreinte();
"""

UNDO = """
DROP TRIGGER journal_entree_empreinte ON journal_entree;
DROP FUNCTION journal_put_empreinte();
DROP FUNCTION journal_empreinte(journal_entree);
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_append_only")]
    operations = [
        migrations.AddField(
            "entree", "requete", models.CharField("requête", max_length=40, blank=True)
        ),
        migrations.AddField(
            "entree",
            "empreinte",
            models.CharField(max_length=64, blank=True, editable=False),
        ),
        migrations.RunSQL(HASH, UNDO),
    ]
