"""What the copies' owners have asked before: each self-reading of theirs came in as a request, and went to billing."""

from datetime import datetime

import psycopg

KEPT_EVERY = 500  # requests, one that waits for an operator
TABLES = ("activities_activity", "activities_selfreading", "ledger_ledgerrow", "journal_event", "outbox_message")

# The numbers go on where the demo's own requests end.
REQUESTS = """
    CREATE TEMPORARY TABLE asked AS
    SELECT access.user_id, reading.customer_code, reading.supply_code, reading.code AS reading_code, reading.meter_code,
           reading.read_on, reading.consumption, reading.invoice_number, reading.validation, reading.values,
           reading.read_on + time '18:20' AT TIME ZONE 'Europe/Rome' AS at, nextval('activities_number') AS count
    FROM people_user AS person
    JOIN customers_customeraccess AS access ON access.user_id = person.id
    JOIN customers_meterreading AS reading ON reading.customer_code = access.customer_id
    WHERE person.username LIKE 'cliente%' AND reading.origin = 'self'
    ORDER BY reading.read_on, reading.code
"""
NUMBERED = """
    ALTER TABLE asked ADD COLUMN number varchar, ADD COLUMN key varchar, ADD COLUMN kept boolean;
    UPDATE asked SET number = format('A-%s%s', to_char(at, 'YY'), lpad(count::text, greatest(6, length(count::text)), '0')),
           kept = count % {every} = 0;
    UPDATE asked SET key = 'reading-' || number;
    ANALYZE asked;
"""
ACTIVITIES = """
    INSERT INTO activities_activity (number, kind, status, channel, customer_id, supply_id, attention, answer, opened_by_id,
           opened_at, exported_at, executed_at, account_code, invoice_number, asked, automatic, version, round)
    SELECT number, 'self_reading', CASE WHEN kept THEN 'new' ELSE 'executed' END, 'portal', customer_code, supply_code,
           CASE WHEN kept THEN 'kept' ELSE '' END, '', user_id, at,
           CASE WHEN NOT kept THEN at + interval '1 minute' END, CASE WHEN NOT kept THEN at + interval '1 minute' END,
           '', '', '{}', true, 0, 0
    FROM asked
"""
SELF_READINGS = """
    INSERT INTO activities_selfreading (activity_id, supply_id, meter_code, serial, read_on, values, previous, consumption,
           verdict, reasons, note, key, reading_code, validation, validation_reason, validated_at, invoice_number, used_at)
    SELECT activity.id, asked.supply_code, asked.meter_code, coalesce(meter.serial, ''), read_on,
           (SELECT jsonb_object_agg(part ->> 'register', part ->> 'value') FROM jsonb_array_elements(asked.values) AS part),
           '{}', consumption, CASE WHEN kept THEN 'kept' ELSE 'accepted' END,
           CASE WHEN kept THEN '{smaller}'::varchar[] ELSE '{}' END, '', CASE WHEN kept THEN '' ELSE key END,
           CASE WHEN kept THEN '' ELSE reading_code END, CASE WHEN kept THEN '' ELSE validation END, '',
           CASE WHEN validation <> '' AND NOT kept THEN at + interval '3 days' END,
           CASE WHEN kept THEN '' ELSE coalesce(asked.invoice_number, '') END,
           CASE WHEN asked.invoice_number IS NOT NULL AND NOT kept THEN at + interval '9 days' END
    FROM asked JOIN activities_activity AS activity USING (number)
    LEFT JOIN customers_meter AS meter ON meter.code = asked.meter_code
"""
LEDGER = """
    INSERT INTO ledger_ledgerrow (key, name, command, customer_code, about_kind, about_key, follows, state, attempts, errors,
           queued_at, next_attempt_at, sent_at, settled_at, reference, duplicate, reason, field)
    SELECT key, 'SubmitReading',
           jsonb_build_object('values', asked.values, 'read_on', read_on, 'approved', false, 'replaces', NULL,
                              'meter_code', meter_code, 'supply_code', supply_code, 'customer_code', customer_code),
           customer_code, 'activity', number, 'activities.settle', 'acknowledged', 1, 0, at, at, at, at, reading_code, false,
           '', ''
    FROM asked WHERE NOT kept
"""
EVENTS = """
    INSERT INTO journal_event (name, at, actor_id, about_kind, about_key, customer_code, detail)
    SELECT 'activities.self_reading_' || step, at, CASE step WHEN 'opened' THEN user_id END, 'activity', number, customer_code,
           jsonb_build_object('number', number)
    FROM asked CROSS JOIN unnest(ARRAY['opened', 'exported', 'executed']) AS step
    WHERE step = 'opened' OR NOT kept
"""
# By which he had been reminded of it.
MESSAGES = """
    INSERT INTO outbox_message (kind, language, channel, address, name, reply_to, customer_code, about_kind, about_key,
           subject, values, link_name, message_id, follows, state, possible_duplicate, attempts, created_at,
           next_attempt_at, claimed_by, sent_at, failure, lane)
    SELECT 'reading_reminder', person.language, 'mail', person.email, person.first_name, '', asked.customer_code,
           'activity', number, 'Autolettura',
           jsonb_build_object('supplies', supply_code, 'until', to_char(read_on, 'DD/MM/YYYY')), '',
           format('<%s@sportello.example>', number), '', 'sent', false, 1, at, at, '', at + interval '2 minutes', '', ''
    FROM asked JOIN people_user AS person ON person.id = asked.user_id
"""


def write(connection: psycopg.Connection, *, now: datetime) -> int:
    """Writes them; returns how many requests there are. ``now`` is later than all of them."""
    with connection.transaction():
        connection.execute(REQUESTS)
        connection.execute("DELETE FROM asked WHERE at >= %s", [now])
        connection.execute(NUMBERED.format(every=KEPT_EVERY))
        written = connection.execute(ACTIVITIES).rowcount
        for statement in (SELF_READINGS, LEDGER, EVENTS, MESSAGES):
            connection.execute(statement)
        connection.execute("DROP TABLE asked")
    return written
