"""The web server in production: `gunicorn -c python:config.gunicorn config.wsgi`.

Its own access log is off: the application writes one line per request without the address
(`apps.core.access_log`). Its other lines are JSON too.
"""

import os

bind = "0.0.0.0:8000"
workers = int(os.environ.get("WEB_WORKERS", "3"))
threads = 2
accesslog = None
errorlog = "-"
# A request that takes longer than this is a fault: long work is a task.
timeout = 60
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "apps.core.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True}},
}
