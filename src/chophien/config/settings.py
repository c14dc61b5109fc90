"""Django's settings. Everything secret or local comes from the environment; see docs/reference."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

PACKAGE = Path(__file__).resolve().parents[1]


def _need(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set {name}; `chophien manage` does so for the local fair.")
    return value


def _database(url: str) -> dict[str, object]:
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "chophien"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        # Only where people may rehearse does SQL look whether the fair's clock is moved.
        "OPTIONS": {"options": "-c chophien.rehearsal=on"} if REHEARSAL else {},
        # Web threads live as long as their process, so a connection each is the cheapest pool.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


IS_DEMO = os.environ.get("CHOPHIEN_DEMO", "") == "1"
# Lets an organiser move the fair's clock, to play a festival through before it opens.
REHEARSAL = os.environ.get("CHOPHIEN_REHEARSAL", "") == "1"
DEBUG = os.environ.get("CHOPHIEN_DEBUG", "") == "1"
SECRET_KEY = _need("CHOPHIEN_SECRET_KEY")
DATABASES = {"default": _database(_need("CHOPHIEN_DATABASE_URL"))}
ALLOWED_HOSTS = os.environ.get("CHOPHIEN_HOSTS", "localhost,127.0.0.1").split(",")
PUBLIC_URL = os.environ.get("CHOPHIEN_PUBLIC_URL", "http://localhost:8000")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
HLS_ROOT = Path(os.environ.get("CHOPHIEN_HLS_ROOT", "var/hls"))
_RECORDINGS = os.environ.get("CHOPHIEN_RECORDINGS_ROOT", "")
RECORDINGS_ROOT = Path(_RECORDINGS) if _RECORDINGS else None
# How long recordings are kept; the law asks for three years.
RECORDINGS_DAYS = int(os.environ.get("CHOPHIEN_RECORDINGS_DAYS", "1096"))
# Where pages find the hub and the media server: a whole address (wss://…, https://…), or ":8001"
# for another port of the page's own host, or nothing for the page's own server.
HUB_URL = os.environ.get("CHOPHIEN_HUB_URL", "")
MEDIA_SERVER_URL = os.environ.get("CHOPHIEN_MEDIA_URL", "")
# Where encoders publish to, as their people type it; empty where no port is open for them.
_RTMP_PORT = os.environ.get("CHOPHIEN_RTMP_PORT", "")
_RTMP_URL = f"rtmp://{urlsplit(PUBLIC_URL).hostname}:{_RTMP_PORT}/live" if _RTMP_PORT else ""
RTMP_URL = os.environ.get("CHOPHIEN_RTMP_URL", "") or _RTMP_URL
# Networks inside that shows may be sent to all the same: 10.1.0.0/16,127.0.0.1
OUTWARD_ALLOW = os.environ.get("CHOPHIEN_OUTWARD_ALLOW", "")
# Where viewers fetch video from, when that is not the media server itself: a CDN in front of it.
HLS_URL = os.environ.get("CHOPHIEN_HLS_URL", "") or MEDIA_SERVER_URL
# What the hub's tokens are signed with when Centrifugo is in its place; empty: a key of our own.
HUB_SECRET = os.environ.get("CHOPHIEN_HUB_SECRET", "")
# The keys by which comments of other platforms are fetched, where a show brings none of its own.
YOUTUBE_KEY = os.environ.get("CHOPHIEN_YOUTUBE_KEY", "")
FACEBOOK_TOKEN = os.environ.get("CHOPHIEN_FACEBOOK_TOKEN", "")
# How long chat messages are kept: the law asks for shows to be kept, three years by default.
CHAT_KEPT_DAYS = int(os.environ.get("CHOPHIEN_CHAT_KEPT_DAYS", "1095"))
# What a real bank's notices are signed with; empty refuses every notice.
BANK_WEBHOOK_SECRET = os.environ.get("CHOPHIEN_BANK_WEBHOOK_SECRET", "")

INSTALLED_APPS = [
    "chophien.apps.accounts",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "procrastinate.contrib.django",
    "chophien.apps.festivals",
    "chophien.apps.sellers",
    "chophien.apps.catalog",
    "chophien.apps.inventory",
    "chophien.apps.promotions",
    "chophien.apps.admission",
    "chophien.apps.programme",
    "chophien.apps.orders",
    "chophien.apps.payments",
    "chophien.apps.ledger",
    "chophien.apps.vetting",
    "chophien.apps.broadcast",
    "chophien.apps.live",
    "chophien.apps.chat",
    "chophien.apps.draws",
    "chophien.apps.comment_orders",
    "chophien.apps.insight",
    "chophien.apps.exchange",
    "chophien.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # phones on mobile data; Django pads against BREACH
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "chophien.web.shared.device.DeviceMiddleware",
    "chophien.web.shared.guards.GuardMiddleware",
    "chophien.web.shared.closed.ClosedFairMiddleware",
]

ROOT_URLCONF = "chophien.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "chophien.web.shared.context.shared",
            ],
            "builtins": ["django.templatetags.i18n", "chophien.web.templatetags.fair"],
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
# By address allauth counts too strictly for an office or a mobile operator, which have one for
# many; web.shared.guards does that instead. By name, a password may be wrong five times.
ACCOUNT_RATE_LIMITS = {"login": None, "signup": None, "login_failed": "5/5m/key"}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/me/"
LOGOUT_REDIRECT_URL = "/"

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

# The version in the path lets every file be cached for ever, and imports stay relative.
STATIC_URL = f"/static/{os.environ.get('CHOPHIEN_STATIC_VERSION', 'dev')}/"
STATIC_ROOT = Path(os.environ.get("CHOPHIEN_STATIC_ROOT", "var/static"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# A proxy that ends HTTPS in front of the fair says so in a header, and who asks in another;
# trusted only when told to.
IS_BEHIND_PROXY = os.environ.get("CHOPHIEN_BEHIND_PROXY", "") == "1"
if IS_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
IS_HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_SELF = "'self'"
_WEBSOCKET = "wss" if IS_HTTPS else "ws"
if HUB_URL.startswith(":"):
    _HUB_ORIGIN = [f"{_WEBSOCKET}://*{HUB_URL}"]
else:
    _HUB_ORIGIN = ["/".join(HUB_URL.split("/")[:3])] if HUB_URL else []
if MEDIA_SERVER_URL.startswith(":"):
    _MEDIA_ORIGINS = [
        f"{_WEBSOCKET}://*{MEDIA_SERVER_URL}",
        f"{'https' if IS_HTTPS else 'http'}://*{MEDIA_SERVER_URL}",
    ]
else:
    # An address is given with https://; a browser goes on air by wss:// at the same.
    _MEDIA_ORIGIN = "/".join(MEDIA_SERVER_URL.split("/")[:3])
    _MEDIA_ORIGINS = (
        [_MEDIA_ORIGIN, _MEDIA_ORIGIN.replace("http", "ws", 1)] if MEDIA_SERVER_URL else []
    )
_HLS_ORIGIN = ["/".join(HLS_URL.split("/")[:3])] if HLS_URL.startswith("https://") else []
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],  # the back office of unfold needs inline scripts
    "DIRECTIVES": {
        "default-src": [_SELF],
        "img-src": [_SELF, "data:"],
        "media-src": [_SELF, "blob:", *_HLS_ORIGIN, *_MEDIA_ORIGINS],
        "worker-src": [_SELF, "blob:"],
        "connect-src": [_SELF, *_HLS_ORIGIN, *_HUB_ORIGIN, *_MEDIA_ORIGINS],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": [_SELF],
        "frame-ancestors": ["'none'"],
    },
}

UNFOLD = {"SITE_TITLE": "Chợ Phiên", "SITE_HEADER": "Chợ Phiên", "SITE_URL": "/office/"}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"procrastinate": {"level": "WARNING"}},
}
