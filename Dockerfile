# Written by workflow_scripts/write_containers.py (`make configuration`); not built where this project was written.
#   docker build -t vadose . && docker run --rm -v "$PWD:/work" vadose --cores 2
FROM python:3.13-slim
LABEL org.opencontainers.image.title="Vadose" org.opencontainers.image.licenses="BSD-3-Clause" lock="sha256:93a74216d2dc8d715f955b2ada8cf51b4acb346ac552684d21f94b4d340351bf"
RUN apt-get update && apt-get install -y --no-install-recommends g++ make git fonts-dejavu-core && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/vadose
COPY requirements.lock Makefile ./
RUN make env PYTHON=/usr/local/bin/python3
COPY . .
ENV NUMBA_CACHE_DIR=/tmp/vadose_numba PYTHONNOUSERSITE=1 HOME=/tmp
WORKDIR /work
ENTRYPOINT ["/opt/vadose/.venv/bin/snakemake", "-s", "/opt/vadose/Snakefile"]
