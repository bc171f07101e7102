# Written by workflow_scripts/write_containers.py (`make configuration`); not built where this project was written.
#   docker build -t vadose . && docker run --rm -v "$PWD:/work" vadose --cores 2
FROM python:3.13-slim
LABEL org.opencontainers.image.title="Vadose" org.opencontainers.image.licenses="BSD-3-Clause" lock="sha256:35c87dbf387eea07ffa3aad0323b7f5717b79b39a4bac9c4236a5f0737313556"
RUN apt-get update && apt-get install -y --no-install-recommends g++ make git fonts-dejavu-core && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/vadose
COPY requirements.lock Makefile ./
RUN make env PYTHON=/usr/local/bin/python3
COPY . .
ENV NUMBA_CACHE_DIR=/tmp/vadose_numba PYTHONNOUSERSITE=1 HOME=/tmp
WORKDIR /work
ENTRYPOINT ["/opt/vadose/.venv/bin/snakemake", "-s", "/opt/vadose/Snakefile"]
