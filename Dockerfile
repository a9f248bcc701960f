# One image for every process: the web server, the Celery worker, beat, and commands of manage.py.
FROM python:3.12-slim AS packages
COPY requirements.txt .
RUN python -m venv /opt/mockingbird \
    && /opt/mockingbird/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.12-slim
ENV PATH=/opt/mockingbird/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/mockingbird \
    STATIC_ROOT=/srv/static \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000
RUN groupadd --system --gid 10001 mockingbird \
    && useradd --system --uid 10001 --gid mockingbird --no-create-home --shell /usr/sbin/nologin mockingbird \
    && install --directory --owner mockingbird --group mockingbird /var/lib/mockingbird /srv/static
COPY --from=packages /opt/mockingbird /opt/mockingbird
WORKDIR /srv/mockingbird
COPY . .
USER mockingbird
# The key is for this step alone: it needs one, and nothing is signed.
RUN SECRET_KEY=unused python manage.py collectstatic --no-input --verbosity 0
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 \
    CMD ["python", "-m", "interview_site.healthcheck"]
CMD ["python", "-m", "granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "4", "--no-ws", "interview_site.wsgi:application"]
