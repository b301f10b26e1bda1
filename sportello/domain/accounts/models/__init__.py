"""How people get in: web codes, the question, single-use links, and how often somebody has tried."""

from sportello.domain.accounts.models.links import FormerEmail, Link
from sportello.domain.accounts.models.questions import SavedCode, SecretQuestion
from sportello.domain.accounts.models.throttle import Throttle
from sportello.domain.accounts.models.web_codes import WebCode

__all__ = ["FormerEmail", "Link", "SavedCode", "SecretQuestion", "Throttle", "WebCode"]
