# One image for the web server, the worker, the clock and the migration.
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/extranet extranet

WORKDIR /srv/extranet
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=config.settings.prod

COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY manage.py ./
COPY config config
COPY apps apps
COPY templates templates
COPY static static
COPY fixtures fixtures

# The static files need no secret: placeholders satisfy the checks of production settings.
RUN SECRET_KEY=collecting-static-files-0123456789-abcdefghijklmnopqrstuvwxyz \
    ALLOWED_HOSTS=localhost DATABASE_URL=postgresql://nobody@localhost/none \
    REDIS_URL=redis://localhost \
    python manage.py collectstatic --noinput --verbosity 0 \
    && mkdir -p var/media && chown -R extranet var

USER extranet
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "2", \
     "--access-logfile", "-"]
