"""What the checks of a self-reading say, in words; the codes are those of ``judging`` and ``sheets``."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

WHY_NOT = {
    "no_readings": _("There is no meter to read: telephone traffic is counted by the network."),
    "remote": _("There is no need to read this meter: the distributor reads it from afar, and the bills use that."),
    "tank": _("There is no meter to read: what fills the tank is counted at each delivery."),
    "no_meter": _("We know of no meter at this supply. Please call us if there is one."),
    "closed": _("This supply is closed."),
    "activating": _("This supply is still being activated. Readings can be given once it is active."),
    "window": _("Readings of this supply can be given only in the days shown here."),
}

READ_TODAY = "read"  # what a page says before anything is typed; a day that is typed is told to be too early
NOTHING_TO_READ = WHY_NOT | {
    READ_TODAY: _("Read today, and the reading counts. You can send a new one from tomorrow on."),
}

PROBLEMS = {
    **WHY_NOT,
    "future": _("This day is still to come. Enter the day on which you read the meter."),
    "before_supply": _("On this day the supply was not yours yet."),
    "after_supply": _("On this day the supply had already ended."),
    "before_meter": _("On this day the meter %(serial)s was not there yet: it was installed on %(day)s."),
    "not_after_last": _("The day must be later than that of the last reading, %(day)s."),
    "missing": _("Enter what the meter shows."),
    "missing_corrector": _("Enter what the corrector shows too: here both are needed."),
    "no_such_dial": _("This meter has no such dial. Please load the page anew."),
    "another_meter": _(
        "The meter has been changed. Compare its number with the one shown here, and enter what it shows."
    ),
    "not_a_number": _("Only digits, as the meter shows them."),
    "negative": _("A reading cannot be less than zero."),
    "decimals": _("Only whole numbers: the digits before the comma, without dots."),
    "too_many_digits": ngettext_lazy(
        "This dial has only %(digits)d digit before the comma.",
        "This dial has only %(digits)d digits before the comma.",
        "digits",
    ),
    "day": _("This is not a day, like 24/11/2026."),
}

PHOTO_PROBLEMS = {
    "too_large": _("The photo is too large: 12 MB at most. Take it again at a lower resolution."),
    "too_many_pixels": _("The photo has too many pixels. Take it again at a lower resolution."),
    "not_an_image": _("This is not a photo that can be read here. Send a JPEG, PNG or HEIC file."),
    "busy": _("We are busy with other photos. Please send it again in a moment."),
    "broken": _("The photo is damaged or incomplete. Take it again, or send another file."),
}

# To the customer, before he confirms.
WARNINGS = {
    "roll_over": _("The meter seems to have begun anew from zero."),
    "smaller": _(
        "This is less than the last reading. If the meter is a new one, or you are sure of what it shows, send it all the same."
    ),
    "equal": _("This is the same as the last reading. If nothing has been used since, send it all the same."),
    "over_flow": _("This is more than can pass through the meter in that time."),
    "far_high": _("This is far more than expected."),
    "far_low": _("This is far less than expected."),
    "high": _("This is more than expected."),
    "low": _("This is less than expected."),
    "ratio": _("Meter and corrector do not go together as they did before. Please check both."),
    "replaces": _("You have already given a reading for this period. This one will take its place."),
}

# To an operator, in a list.
REASONS = {
    "roll_over": _("Meter began anew"),
    "smaller": _("Less than the last reading"),
    "equal": _("Same as the last reading"),
    "over_flow": _("More than the meter can pass"),
    "far_high": _("Far more than expected"),
    "far_low": _("Far less than expected"),
    "high": _("More than expected"),
    "low": _("Less than expected"),
    "ratio": _("Meter and corrector disagree"),
    "replaces": _("Replaces an earlier one"),
    "by_hand": _("To be entered into billing by hand"),
}
