"""Settings, all of them, read from the environment; docs/settings.md says what each is for (a test holds the two together)."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from sportello import postgres
from sportello.ui import assets


def env_str(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def env_int(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    try:
        return int(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from error


def env_bool(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").lower()
    if value not in ("", "0", "1", "no", "yes", "false", "true"):
        raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}")
    return value in ("1", "yes", "true") if value else default


BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_str("VAR_DIR", str(BASE_DIR / "var")))

# --- the company -----------------------------------------------------------------------------------------------------
COMPANY_NAME = env_str("COMPANY_NAME", "Concordia Energia")
COMPANY_COLOUR = env_str("COMPANY_COLOUR", "#0b6e4f")
COMPANY_IBAN = env_str("COMPANY_IBAN")
COMPANY_PAYMENT_PAGE = env_str("COMPANY_PAYMENT_PAGE")
COMPANY_EMERGENCY_NUMBERS = env_str("COMPANY_EMERGENCY_NUMBERS")  # "gas=800 900 999;electricity=800 900 998"
COMPANY_CUSTOMER_SERVICE = env_str("COMPANY_CUSTOMER_SERVICE")
COMPANY_POSTAL_ACCOUNT = env_str("COMPANY_POSTAL_ACCOUNT")
COMPANY_ADDRESS = env_str("COMPANY_ADDRESS")
COMPANY_CREDITOR_ID = env_str("COMPANY_CREDITOR_ID")

# --- where it runs ---------------------------------------------------------------------------------------------------
DEMO = env_bool("DEMO", default=False)
DEBUG = False
SITE_URL = env_str("SITE_URL", "http://localhost:8000")
_site = urlsplit(SITE_URL)
HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = [host for host in env_str("ALLOWED_HOSTS").split(",") if host] or [_site.hostname or "localhost"]
if not HTTPS:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
SECRET_KEY = env_str("SECRET_KEY")
if not SECRET_KEY:
    if HTTPS:
        raise ImproperlyConfigured("SECRET_KEY is not set: give it at least 50 random characters and keep it secret")
    SECRET_KEY = postgres.local_secret(VAR_DIR)
SECRET_KEY_FALLBACKS = [key for key in env_str("SECRET_KEY_FALLBACKS").split(",") if key]
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 0)  # how many proxies stand before us and set X-Forwarded-For and -Proto

# --- mail ------------------------------------------------------------------------------------------------------------
MAIL_URL = env_str("MAIL_URL")  # smtp://user:password@host:587?tls=starttls, or smtps://…
MAIL_FROM = env_str("MAIL_FROM") or f"noreply@{_site.hostname or 'localhost'}"
MAILBOX_URL = env_str("MAILBOX_URL")  # of MAIL_FROM: imaps://user:password@host/FOLDER, or imap://…?tls=none
REQUEST_MAILBOX_URLS = env_str("REQUEST_MAILBOX_URLS").split()  # of REQUEST_ADDRESSES, written in the same way
REQUEST_ADDRESSES = env_str("REQUEST_ADDRESSES").split()  # the company's own: a mail to one of them becomes a request

# --- databases -------------------------------------------------------------------------------------------------------
DATABASE_URL = env_str("DATABASE_URL") or postgres.local_url(VAR_DIR)
DATABASE_POOL = env_int("DATABASE_POOL", 0)  # connections kept by one process; 0 for one each thread


def database(url: str, **options: Any) -> dict[str, Any]:
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "sportello"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Only cursors that send values apart from the query prepare anything: those of prepared.py.
        "OPTIONS": {"connect_timeout": 3, "prepare_threshold": 5, **parts, **options},
    }


DATABASES = {"default": database(DATABASE_URL)}
if DATABASE_POOL:
    DATABASES["default"]["ENGINE"] = "sportello.database"
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
    DATABASES["default"]["OPTIONS"]["pool"] = {"size": DATABASE_POOL, "patience": 2}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- billing ---------------------------------------------------------------------------------------------------------
EMBEDDED_BILLING = "sportello.connectors.embedded.connector.EmbeddedBilling"
BILLING_CONNECTOR = env_str("BILLING_CONNECTOR", EMBEDDED_BILLING)
DATABASE_ROUTERS = []
if BILLING_CONNECTOR == EMBEDDED_BILLING:
    BILLING_DATABASE_URL = env_str("BILLING_DATABASE_URL")
    if BILLING_DATABASE_URL:
        DATABASES["billing"] = database(BILLING_DATABASE_URL)
    else:
        DATABASES["billing"] = database(DATABASE_URL)
        DATABASES["billing"]["NAME"] += "_billing"
    DATABASES["billing"]["TEST"] = {"DEPENDENCIES": []}
    DATABASE_ROUTERS = ["sportello.connectors.embedded.routing.BillingRouter"]

# SAP for Utilities (connectors/sap); read there, named here so that one page lists every setting.
SAP_URL = env_str("SAP_URL")  # up to and with the service's own path
SAP_USER = env_str("SAP_USER")
SAP_PASSWORD = env_str("SAP_PASSWORD")
SAP_CLIENT = env_str("SAP_CLIENT")
SAP_MAPPING = env_str("SAP_MAPPING")  # a JSON file that changes the mapping where a site differs

# --- watching over it ------------------------------------------------------------------------------------------------
METRICS_TOKEN = env_str("METRICS_TOKEN")  # without one there is no /metrics but in the demo, at the machine itself
if 0 < len(METRICS_TOKEN) < 20:
    raise ImproperlyConfigured("METRICS_TOKEN is too short: give it at least 20 random characters")

# --- applications ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "sportello.domain.people",
    "sportello.domain.journal",
    "sportello.domain.files",
    "sportello.domain.messages",
    "sportello.domain.customers",
    "sportello.domain.ledger",
    "sportello.domain.accounts",
    "sportello.domain.calendars",
    "sportello.domain.activities",
    "sportello.domain.invoice_mail",
    "sportello.ui",
    "sportello.desks.website",
    "sportello.desks.portal",
    "sportello.desks.backoffice",
    "sportello.desks.documents",
    "sportello.desks.api",
]
if BILLING_CONNECTOR == EMBEDDED_BILLING:
    INSTALLED_APPS.append("sportello.connectors.embedded")

MIDDLEWARE = [
    "sportello.desks.watching.CountersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "sportello.desks.headers.HeadersMiddleware",
    "sportello.desks.headers.ContentSecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "sportello.desks.headers.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "sportello.desks.limits.GateMiddleware",
    "sportello.desks.session_store.PeopleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "sportello.desks.limits.LimitsMiddleware",
    "sportello.desks.policies.PolicyMiddleware",
    "sportello.desks.sessions.LastSeenMiddleware",
]
ROOT_URLCONF = "sportello.urls"
WSGI_APPLICATION = "sportello.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "sportello.ui.jinja.environment",
            "context_processors": ["sportello.ui.context.page"],
        },
    },
    # Only for what libraries bring along (mail texts of the sign-in library, tests of templates); no page of ours uses it.
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}},
]

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [("titillium", assets.fonts_folder())]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# --- people and sessions ---------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["sportello.desks.sign_in.Backend"]
PASSWORD_HASHERS = ["sportello.domain.people.hashing.PortalArgon2Hasher"]
SESSION_ENGINE = "sportello.desks.session_store"
SESSION_COOKIE_AGE = 60 * 60 * 8
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
_prefix = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = _prefix + "sportello"
CSRF_COOKIE_NAME = _prefix + "csrf"
LANGUAGE_COOKIE_NAME = _prefix + "language"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_ADAPTER = "sportello.desks.sign_in.Adapter"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_CHANGE_EMAIL = False
ACCOUNT_RATE_LIMITS = False  # the library counts in each process by itself; sportello.desks.limits in the database
MFA_ADAPTER = "sportello.desks.factors.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = COMPANY_NAME
MFA_TOTP_TOLERANCE = 1  # a code may be typed half a minute late
MFA_RATE_LIMITS = False
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are ours to verify, not the library's
MFA_FORMS = {
    "authenticate": "sportello.desks.website.second_factor_forms.CodeForm",
    "reauthenticate": "sportello.desks.website.second_factor_forms.CodeAgainForm",
    "activate_totp": "sportello.desks.website.second_factor_forms.NewAppForm",
    "add_webauthn": "sportello.desks.website.second_factor_forms.NewPasskeyForm",
    "edit_webauthn": "sportello.desks.website.second_factor_forms.PasskeyNameForm",
    "authenticate_webauthn": "sportello.desks.website.second_factor_forms.PasskeyForm",
    "reauthenticate_webauthn": "sportello.desks.website.second_factor_forms.PasskeyAgainForm",
    "login_webauthn": "sportello.desks.website.second_factor_forms.PasskeyAloneForm",
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "sportello.domain.people.passwords.PredictableValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("username", "first_name", "last_name", "email")}},
]  # fmt: skip
RECOVERY_POLICY = env_str("RECOVERY_POLICY", "link+question")  # or "link+saved code", "link"
if RECOVERY_POLICY not in ("link+question", "link+saved code", "link"):
    raise ImproperlyConfigured(
        f"RECOVERY_POLICY is {RECOVERY_POLICY!r}; it may be link+question, link+saved code or link"
    )

# --- visitors --------------------------------------------------------------------------------------------------------
# How many requests without signing in are taken within an hour: from one address, from its block (IPv4 /24, IPv6 /48),
# and from all of them together.
VISITOR_REQUESTS_OF_ADDRESS = env_int("VISITOR_REQUESTS_OF_ADDRESS", 20)
VISITOR_REQUESTS_OF_BLOCK = env_int("VISITOR_REQUESTS_OF_BLOCK", 60)
VISITOR_REQUESTS_ALTOGETHER = env_int("VISITOR_REQUESTS_ALTOGETHER", 500)

# --- languages -------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "it"
LANGUAGES = [("it", "Italiano"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "sportello" / "locale"]
USE_I18N = True
TIME_ZONE = "Europe/Rome"
USE_TZ = True

# --- security --------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS and TRUSTED_PROXIES > 0
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(health|metrics)$"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
MESSAGE_STORAGE = "sportello.desks.notices.Notices"
CSRF_FAILURE_VIEW = "sportello.desks.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
FILE_UPLOAD_HANDLERS = ["sportello.domain.files.uploads.LimitedUploads"]

# --- background work and logs ----------------------------------------------------------------------------------------
PROCRASTINATE_IMPORT_PATHS = ["sportello.wiring"]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
LOG_LEVEL = env_str("LOG_LEVEL", "INFO")
LOGGING_CONFIG = "sportello.logs.configure"
LOGGING = {"level": LOG_LEVEL}

if not re.fullmatch(r"#[0-9a-fA-F]{6}", COMPANY_COLOUR):
    raise ImproperlyConfigured("COMPANY_COLOUR must be written as #rrggbb")
