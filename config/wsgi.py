"""Entry point of the web server (gunicorn config.wsgi)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
application = get_wsgi_application()

from apps.core.database.role import require_weak_role  # noqa: E402 - once Django is set up

require_weak_role()
