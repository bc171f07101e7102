#!/usr/bin/env bash
# A SLURM for tests: munged, slurmctld and two slurmd nodes on this machine, loopback only, everything below STATE.
#   slurm_up.sh STATE PORT     writes STATE/env.sh; source it, then sbatch, squeue and Snakemake find this cluster
# Uses ports PORT (slurmctld) and PORT+1, PORT+2 (nodes n1, n2). Needs no systemd and touches nothing below /etc.
set -euo pipefail
state=$(realpath -m "${1:?usage: slurm_up.sh STATE PORT}")
port=${2:?usage: slurm_up.sh STATE PORT}
host=$(hostname -s)
user=$(id -un)
export PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$state"/{run,log,control,n1,n2,bin}

# A key and a socket of our own: nobody else's munge takes part.
(umask 077 && dd if=/dev/urandom of="$state/munge.key" bs=128 count=1 status=none)
socket=$state/run/munge.socket
munged --force --socket="$socket" --key-file="$state/munge.key" --pid-file="$state/run/munged.pid" \
  --log-file="$state/log/munged.log" --seed-file="$state/munge.seed"
munge --socket="$socket" --no-input | unmunge --socket="$socket" >"$state/log/munge_check.log"

cat >"$state/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket=$socket
CredType=cred/munge
SlurmUser=$user
SlurmdUser=$user
SlurmctldPidFile=$state/run/slurmctld.pid
SlurmdPidFile=$state/run/%n.pid
SlurmctldLogFile=$state/log/slurmctld.log
SlurmdLogFile=$state/log/%n.log
StateSaveLocation=$state/control
SlurmdSpoolDir=$state/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,bf_interval=2,batch_sched_delay=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MinJobAge=3600
SlurmctldTimeout=30
# A node whose daemon does not answer for this long (s) is down, and its jobs have failed.
SlurmdTimeout=10
ReturnToService=2
KillWait=2
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=2 RealMemory=6000 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=2 RealMemory=6000 State=UNKNOWN
EnforcePartLimits=ALL
PartitionName=brief Nodes=n[1-2] MaxTime=00:05:00 State=UP
PartitionName=main Nodes=n[1-2] Default=YES MaxTime=12:00:00 DefaultTime=00:10:00 State=UP
CONF

# The executor's job step strips every SLURM_ variable from the environment of its inner srun: give it one that knows this cluster.
srun=$(command -v srun)
printf '#!/bin/sh\nSLURM_CONF=%s exec %s "$@"\n' "$state/slurm.conf" "$srun" >"$state/bin/srun"
chmod +x "$state/bin/srun"
printf 'export SLURM_CONF=%s\nexport PATH=%s:$PATH\n' "$state/slurm.conf" "$state/bin" >"$state/env.sh"

export SLURM_CONF=$state/slurm.conf
slurmctld -f "$SLURM_CONF"
for node in n1 n2; do slurmd -f "$SLURM_CONF" -N "$node"; done
for _ in $(seq 300); do
  [ "$(sinfo --noheader --Node --states=idle --format=%N 2>/dev/null | sort -u | wc -l)" = 2 ] && exit 0
  sleep 0.2
done
echo "slurm_up.sh: expected two idle nodes within a minute, found:" >&2
sinfo >&2
tail -n 20 "$state"/log/*.log >&2
exit 1
