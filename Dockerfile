# Four images: `web` (pages, API, websockets, sweep; no torch), `worker-cpu` (ONNX Runtime),
# `background` (torch on the CPU, for training) and `worker-cuda` (torch, for both). They hold no
# secrets: settings come from the environment.
# The oldest supported version by default: requirements/torch-cpu.txt has the CPU build for it only.
ARG PYTHON_VERSION=3.11
FROM python:${PYTHON_VERSION}-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/opt/venv/bin:$PATH \
    DJANGO_SETTINGS_MODULE=digitsite.settings DIGITSITE_HOME=/home/digitsite/home
RUN useradd --create-home --uid 10001 digitsite \
    && install -d -o digitsite -g digitsite -m 700 /home/digitsite/home
WORKDIR /srv/digitsite

FROM base AS web-packages
COPY requirements/web.txt requirements/
RUN python -m venv /opt/venv && pip install --no-cache-dir --require-hashes -r requirements/web.txt

FROM web-packages AS worker-cpu-packages
COPY requirements/worker.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/worker.txt

# The other images have no compiler.
FROM base AS compiled
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY compiled compiled
RUN python -m compiled.library && ls compiled/*.so

FROM worker-cpu-packages AS background-packages
COPY requirements/torch-cpu.txt requirements/train.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/train.txt \
    && pip install --no-cache-dir --require-hashes --no-deps -r requirements/torch-cpu.txt \
    && python -c 'import torch'

FROM worker-cpu-packages AS worker-cuda-packages
COPY requirements/torch-cuda.txt requirements/train.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/torch-cuda.txt -r requirements/train.txt

# Bundles and compresses the scripts and style sheets; neither Node nor esbuild is in an image.
FROM web-packages AS static-files
COPY requirements/build.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY compiled compiled
COPY digitsite digitsite
COPY recognizer recognizer
COPY templates templates
COPY static static
COPY tools/__init__.py tools/build_static.py tools/
RUN python -m tools.build_static

FROM base AS web
COPY --from=web-packages /opt/venv /opt/venv
COPY manage.py ./
COPY digitsite digitsite
COPY recognizer recognizer
COPY templates templates
COPY --from=compiled /srv/digitsite/compiled compiled
COPY --from=static-files /srv/digitsite/static-built static-built
USER digitsite
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-m", "digitsite.process_healthcheck", "/healthz"]
CMD ["uvicorn", "digitsite.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--loop", "uvloop", "--http", "digitsite.http_protocol:TimedHttpProtocol", "--ws", "websockets-sansio", \
     "--ws-max-size", "1048576", "--ws-per-message-deflate", "false", \
     "--ws-ping-interval", "10", "--ws-ping-timeout", "10", "--no-access-log", "--limit-concurrency", "10000", \
     "--timeout-graceful-shutdown", "3"]

FROM base AS worker-cpu
COPY --from=worker-cpu-packages /opt/venv /opt/venv
COPY manage.py ./
COPY digitsite digitsite
COPY recognizer recognizer
COPY workers workers
COPY ml ml
COPY --from=compiled /srv/digitsite/compiled compiled
USER digitsite
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s CMD ["python", "-m", "digitsite.process_healthcheck", "worker"]
CMD ["celery", "-A", "workers.app", "worker", "--pool", "solo", "-Q", "recognition", \
     "--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]

FROM worker-cpu AS background
COPY --from=background-packages /opt/venv /opt/venv
HEALTHCHECK NONE
CMD ["celery", "-A", "workers.app", "worker", "--pool", "solo", "-Q", "side_by_side,explain,shadow,training,evaluation", \
     "--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]

FROM worker-cpu AS worker-cuda
COPY --from=worker-cuda-packages /opt/venv /opt/venv
ENV DEVICE=cuda
