"""Removals that change nothing that anybody could see, each with the reason; one that is no longer found is an error."""

LEDGER = "sportello/domain/ledger/"
READING = "sportello/domain/activities/kinds/self_reading/"

# (file, function, what is taken out): why nothing changes
HARMLESS: dict[tuple[str, str, str], str] = {
    (LEDGER + "jobs.py", "defer_sending", "never if _defer([_sending(code, at, priority) for code in waiting]): break"): (
        "saves a query: what it has deferred is held the next time round"
    ),
    (LEDGER + "jobs.py", "defer_probe", "always if not _hold([PROBE], at=at): task = configure_task(name=PROBE, job_m…"): (
        "saves a savepoint: the lock of the queue takes no second one"
    ),
    (LEDGER + "jobs.py", "defer_sweep", "always if not _hold([SWEEP]): task = configure_task(name=SWEEP, job_m…"): (
        "saves a savepoint: the lock of the queue takes no second one"
    ),
    (LEDGER + "jobs.py", "_defer", "never if not jobs: return True"): "saves a savepoint around nothing",
    (
        LEDGER + "jobs.py", "",
        "SQL >= for > in scheduled_at = CASE WHEN scheduled_at > %(at)s THEN %(at)s WHEN %(at)s IS NULL THEN NULL ELSE sch…",
    ): "where they are equal both give the same time",
    (READING + "judging.py", "judge", "without if value is not None in a comprehension"): (
        "tells the type: what was left out has been told as an error"
    ),
    (
        READING + "judging.py", "_wrong_day",
        "without meter and … in meter and meter.installed_on and (read_on < meter.installed_on)",
    ): "tells the type: a sheet without meter is turned away before",
    (READING + "judging.py", "_against_band", ">= for > in used > band.high"): (
        "what is at the edge has been found to be within the band"
    ),
    (
        READING + "judging.py", "_is_off_ratio",
        "without corrector is None or … in meter is None or corrector is None",
    ): "tells the type: without what the corrector went nothing is known to have been used, and nobody asks",
    (READING + "judging.py", "_weighed", "without last and … in last and used is not None"): (
        "tells the type: without a last reading nothing is known to have been used"
    ),
    (
        "sportello/desks/portal/invoice_mail.py", "holders",
        "without .within_reach_of(…) of InvoiceSubscription.objects",
    ): "the customers that it is asked of are within his reach already",
    ("sportello/desks/portal/invoice_mail.py", "holders", "without .within_reach_of(…) of Supply.objects"): (
        "the customers that it is asked of are within his reach already"
    ),
}  # fmt: skip
