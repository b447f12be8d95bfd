"""Settings, URLs and the two processes' entry points. The Celery application starts with Django."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
