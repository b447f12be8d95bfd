# One image for the web server, the worker, the clock and the migration.
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core \
       postgresql-client-15 \
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

# The static files need no secret: these are made here, for the checks of production, and lost.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(60))')" \
    ENCRYPTION_KEYS="$(python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())')" \
    ALLOWED_HOSTS=build.invalid DATABASE_URL='postgresql:///none?host=/nowhere' \
    REDIS_URL=unix:///nowhere/redis.sock \
    python manage.py collectstatic --noinput --verbosity 0 \
    && mkdir -p var/media && chown -R extranet var

USER extranet
EXPOSE 8000
CMD ["gunicorn", "-c", "python:config.gunicorn", "config.wsgi"]
