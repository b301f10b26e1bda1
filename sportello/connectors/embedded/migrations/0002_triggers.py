"""The triggers behind the change feed: which transaction made a row, changed it last, or deleted it."""

from django.db import migrations

KINDS = {
    "embedded_customer": "customer",
    "embedded_account": "billing_account",
    "embedded_supply": "supply",
    "embedded_invoice": "invoice",
    "embedded_payment": "payment",
}

FUNCTIONS = """
CREATE FUNCTION embedded_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id()::text::bigint;
    IF TG_OP = 'INSERT' THEN
        NEW.created_in := NEW.changed_in;
        DELETE FROM embedded_removal WHERE kind = TG_ARGV[0] AND code = NEW.code;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION embedded_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO embedded_removal (kind, code, changed_in)
    VALUES (TG_ARGV[0], OLD.code, pg_current_xact_id()::text::bigint)
    ON CONFLICT (kind, code) DO UPDATE SET changed_in = EXCLUDED.changed_in;
    RETURN NULL;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER embedded_changed BEFORE INSERT OR UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION embedded_changed('{kind}');
CREATE TRIGGER embedded_removed AFTER DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION embedded_removed('{kind}');
"""

FORWARDS = FUNCTIONS + "".join(TRIGGERS.format(table=table, kind=kind) for table, kind in KINDS.items())
BACKWARDS = "DROP FUNCTION embedded_changed CASCADE; DROP FUNCTION embedded_removed CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("embedded", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
