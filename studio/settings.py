"""Settings, read from the environment (and from `.env` beside manage.py, where there is one).

Without any setting Loupe runs embedded: SQLite in WAL mode, an embedded Valkey that `manage.py demo` or `run` starts,
local files under var/. With DATABASE_URL, REDIS_URL and STORAGE_URL the same code uses PostgreSQL, Redis or Valkey, and
S3. Secrets have no default outside the demo. docs/settings.md is made from SETTINGS below and tested against it.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

# name -> (type, default, what it is for). The one list that docs/settings.md and this module share.
SETTINGS: dict[str, tuple[type, object, str]] = {
    "LOUPE_DEMO": (
        bool,
        False,
        "The demo's mode: a generated secret, console mail, loopback hosts. Never set it on a public server.",
    ),
    "SECRET_KEY": (str, "", "Signs sessions and links. Required outside the demo; at least 40 random characters."),
    "DEBUG": (bool, False, "Django's debug pages. Never on a public server."),
    "ALLOWED_HOSTS": (
        list,
        ["127.0.0.1", "localhost", "[::1]"],
        "Host names that the site answers to, separated by commas.",
    ),
    "CSRF_TRUSTED_ORIGINS": (list, [], "Origins (with https://) that forms may be sent from, separated by commas."),
    "HTTPS": (
        bool,
        False,
        "The site is reached over https: secure cookies, HSTS, and the proxy's X-Forwarded-Proto is believed.",
    ),
    "SITE_URL": (str, "http://127.0.0.1:8000", "The address that mails link to."),
    "LOUPE_VAR": (
        str,
        "",
        "Folder for the database, uploads and caches of the embedded mode; var/ beside manage.py by default.",
    ),
    "LOUPE_CACHE_DIR": (
        str,
        "",
        "Folder for the body model's and the renders' caches; cache/ under LOUPE_VAR by default.",
    ),
    "DATABASE_URL": (str, "", "postgres://user:password@host:5432/name. SQLite in WAL mode by default."),
    "REDIS_URL": (
        str,
        "",
        "redis://host:6379/0 (Redis or Valkey) for the queue and the live channel. The embedded Valkey's address by default.",
    ),
    "STORAGE_URL": (
        str,
        "",
        "s3://key:secret@bucket?region=...&endpoint=... for uploads and pictures. Local files by default.",
    ),
    "EMAIL_URL": (str, "", "smtp://user:password@host:587. The console by default."),
    "DEFAULT_FROM_EMAIL": (str, "Loupe <studio@loupe.invalid>", "The sender of Loupe's mails."),
    "GENERATION_LEASE_S": (
        int,
        60,
        "Seconds without a heartbeat after which a worker's generation is taken to be lost.",
    ),
    "GENERATION_ATTEMPTS": (
        int,
        3,
        "How often a generation whose worker was lost is run again before it is called failed.",
    ),
    "UPLOAD_MAX_MB": (int, 50, "The largest photo that can be uploaded, in MB."),
}

env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(str(BASE_DIR / ".env"))


def setting(name: str):
    """The environment's value for a name in SETTINGS, in its type, or its default."""
    kind, default, _ = SETTINGS[name]
    return env.get_value(name, cast=kind, default=default)


VAR_DIR = Path(setting("LOUPE_VAR") or BASE_DIR / "var")
VAR_DIR.mkdir(parents=True, exist_ok=True)
CACHE_DIR = Path(setting("LOUPE_CACHE_DIR") or VAR_DIR / "cache")
# The picture half knows no settings; it reads its cache's place from the environment.
os.environ.setdefault("LOUPE_CACHE_DIR", str(CACHE_DIR))

DEMO = setting("LOUPE_DEMO")
DEBUG = setting("DEBUG")
SECRET_KEY = setting("SECRET_KEY")
if not SECRET_KEY:
    if not DEMO:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Give it at least 40 random characters by environment or in .env, or run the demo with `make demo`."
        )
    from studio.demo_secret import demo_secret

    SECRET_KEY = demo_secret(VAR_DIR)
ALLOWED_HOSTS = setting("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = setting("CSRF_TRUSTED_ORIGINS")
SITE_URL = setting("SITE_URL").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "channels",
    "django_htmx",
    "template_partials",
    "studio",
    "briefs",
    "pipeline",
    "review",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "studio.static_files.StaticFiles",
    "studio.middleware.ContentSecurityPolicy",
    "studio.middleware.NotModified",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "studio.middleware.LoginRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "studio.middleware.ErrorPages",
]

ROOT_URLCONF = "studio.urls"
ASGI_APPLICATION = "studio.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "studio.Person"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "studio.context.frame",
            ],
            "builtins": ["studio.templatetags.loupe"],
        },
    }
]


def _database() -> dict:
    url = setting("DATABASE_URL")
    if url and not url.startswith("sqlite"):
        return {**env.db_url_config(url), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    name = env.db_url_config(url)["NAME"] if url else str(VAR_DIR / "loupe.sqlite3")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "OPTIONS": {
            # IMMEDIATE takes the write lock at BEGIN, so two writers queue up instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
        "TEST": {"NAME": str(VAR_DIR / "test.sqlite3")},
    }


DATABASES = {"default": _database()}

REDIS_URL = setting("REDIS_URL") or "redis://127.0.0.1:6390/0"
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "photo"
CELERY_TASK_ROUTES = {
    "pipeline.tasks.run_generation": {"queue": "cpu"},
    "studio.tasks.*": {"queue": "mail"},
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that is away must not hang a request: the row is written, and the reaper sends its message again.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "retry_policy": {"timeout": 2.0},
    # One more try, at once: kombu would otherwise wait six seconds inside the request.
    "max_retries": 1,
    "interval_start": 0.1,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "find lost generations": {"task": "pipeline.tasks.reap_generations", "schedule": 15.0},
    "find unsent mails": {"task": "studio.tasks.find_unsent_mails", "schedule": 60.0},
    "find unmade mattes": {"task": "briefs.tasks.reap_mattes", "schedule": 60.0},
    "find unread plates": {"task": "pipeline.tasks.reap_plates", "schedule": 60.0},
    "find unread fingerprints": {"task": "briefs.tasks.reap_fingerprints", "schedule": 60.0},
    "find unread photos": {"task": "briefs.tasks.reap_photos", "schedule": 60.0},
    "find lost deliveries": {"task": "review.tasks.reap_deliveries", "schedule": 30.0},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS_URL], "prefix": "loupe"}}
}
# The cache holds throttles alone; the embedded site is one process, so its own memory serves.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if setting("REDIS_URL")
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

GENERATION_LEASE_S = setting("GENERATION_LEASE_S")
GENERATION_ATTEMPTS = setting("GENERATION_ATTEMPTS")
UPLOAD_MAX_BYTES = setting("UPLOAD_MAX_MB") * 1_000_000
# Bodies over this size are refused before they are read; photos stream to disk and have their own limit.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000


def _file_storage() -> dict:
    url = setting("STORAGE_URL")
    if not url:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(VAR_DIR / "files"), "base_url": None},
        }
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname:
        raise ImproperlyConfigured("STORAGE_URL must look like s3://key:secret@bucket?region=...&endpoint=...")
    query = dict(parse_qsl(parts.query))
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.hostname,
            "access_key": unquote(parts.username or "") or None,
            "secret_key": unquote(parts.password or "") or None,
            "region_name": query.get("region"),
            "endpoint_url": query.get("endpoint"),
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }


STATIC_URL = "/static/"
# Static files belong to the code, not to the data: two sets of data can share them.
STATIC_ROOT = BASE_DIR / "staticfiles"
# The browser's packages are served from where npm put them; nothing of theirs is copied into the project.
STATICFILES_DIRS = [
    ("vendor/htmx", BASE_DIR / "node_modules/htmx.org/dist"),
    ("vendor/openseadragon", BASE_DIR / "node_modules/openseadragon/build/openseadragon"),
    ("vendor/inter", BASE_DIR / "node_modules/@fontsource-variable/inter"),
]
STATICFILES_DIRS = [(prefix, folder) for prefix, folder in STATICFILES_DIRS if folder.exists()]
STORAGES = {
    "default": _file_storage(),
    "staticfiles": {"BACKEND": "studio.storage.StaticStorage"},
}

_email = setting("EMAIL_URL")
if _email:
    vars().update(env.email_url_config(_email))
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = setting("DEFAULT_FROM_EMAIL")

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "studio.views.errors.stale_form"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if setting("HTTPS"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "studio.api.NewestFirst",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "studio.api.problem",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.ScopedRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"login": "20/min"},
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Loupe",
    "DESCRIPTION": "Briefs, pieces, generations, drafts, decisions and deliveries of a Loupe studio.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # Several rows have a `state`: each enum is named after its own.
    "ENUM_NAME_OVERRIDES": {
        "DraftState": "review.models.Draft.State",
        "AnnotationState": "review.models.Annotation.State",
        "DeliveryState": "review.models.Delivery.State",
        "GenerationState": "pipeline.models.Generation.State",
        "BriefState": "briefs.models.Brief.State",
        "ShotState": "briefs.models.Shot.State",
        "PlateState": "pipeline.models.Plate.State",
        "FingerprintState": "briefs.models.PhotoFingerprint.State",
        "MatteState": "briefs.models.PhotoMatte.State",
        "PhotoState": "briefs.models.PiecePhoto.State",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO" if DEBUG else "WARNING"},
    "loggers": {"loupe": {"level": "INFO"}, "django.request": {"level": "ERROR"}},
}
