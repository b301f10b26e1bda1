"""Takes away the indexes for LIKE that Django makes beside each index of a text: nothing asks for the beginning of a code,
and every row written pays for them."""

from django.db import migrations

DROP = r"""
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT indexname FROM pg_indexes
                WHERE schemaname = current_schema() AND tablename LIKE 'customers\_%' AND indexname LIKE '%\_like'
    LOOP
        EXECUTE format('DROP INDEX %I', name);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_watched")]

    operations = [migrations.RunSQL(DROP, migrations.RunSQL.noop)]
