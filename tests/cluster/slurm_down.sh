#!/usr/bin/env bash
# Stops the SLURM that slurm_up.sh STATE started: its jobs, then exactly its daemons, by their process ids.
set -u
state=$(realpath -m "${1:?usage: slurm_down.sh STATE}")
export SLURM_CONF=$state/slurm.conf
timeout 10 scancel --user="$(id -un)" 2>/dev/null
for _ in $(seq 20); do
  [ -z "$(timeout 5 squeue --noheader 2>/dev/null)" ] && break
  sleep 0.5
done
for name in n1 n2 slurmctld munged; do
  file=$state/run/$name.pid
  [ -s "$file" ] && pid=$(cat "$file") && kill "$pid" 2>/dev/null || continue
  for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$pid" 2>/dev/null
done
exit 0
