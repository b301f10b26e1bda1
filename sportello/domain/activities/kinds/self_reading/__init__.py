"""The customer reports what his meter shows.

A page makes a sheet and a form, shows both, and hands the form over when it is valid and nothing is left to confirm::

    sheet = sheet_of(supply, today=today)                       # what to show before anything is typed
    form = ReadingForm(sheet, request.POST, request.FILES, today=today)
    if form.is_valid() and not form.needs_confirmation:
        activity = submit(form, user=request.user, channel=Channel.PORTAL, now=now)
    # else shown again: form.errors beside the fields, form.warnings with a hidden ``confirmed`` that holds form.digest

``sheets`` what there is to read, ``judging`` the checks, ``submitting`` writes it down and sends it, ``settling`` follows
what becomes of it, ``deciding`` is the operator's part, ``thread`` tells it.
"""
