#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# vfpool is killed (SIGKILL) at one system call after another of attach and of
# detach. After each, reconcile --fix and a look at the XMLs and the kernel:
# nothing leaked, nothing double, no guest harmed.
#
# lab: warm
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 2
at_exit vfpool detach guest1 --all --ensure
declare -A before
for vf in 0 1; do
	before[$vf]=$(vf_settings "$pf" "$vf")
done
domid=$(virsh domid guest1)

# Where it dies: system call, and which one of them. Of both commands the writes
# of both commits, their ends, the settings through the PF, and what is said to
# libvirt are among them.
points=(fdatasync:1 fdatasync:3 fdatasync:4 unlink:1 fdatasync:5 sendmsg:2 sendmsg:4
	fdatasync:6 fdatasync:8 fdatasync:9 unlink:2 fdatasync:10)
((VFPOOL_FULL == 0)) || points+=(flock:1 flock:2 openat:60 sendmsg:1 sendmsg:3 sendmsg:5
	fdatasync:2 fdatasync:7 write:40 write:80 write:120 ftruncate:1)

# die_at POINT COMMAND...: sets DIED
die_at() {
	local call=${1%:*} when=${1#*:} status=0
	shift
	{ timeout 60 strace -f -qq -o /dev/null -e trace="$call" \
		-e inject="$call:signal=SIGKILL:when=$when" "$@"; } >/dev/null 2>&1 || status=$?
	DIED=no
	((status != 137)) || DIED=yes
}

# whole: after reconcile --fix everything agrees.
whole() {
	local vf address now
	# A request of the dead may still be carried out; reconcile waits for that.
	run vfpool reconcile --fix
	# A detach that died before the guest let go is asked for again by its owner.
	if [[ $STATUS == 7 && $1 == detach* ]]; then
		run vfpool reconcile --fix --live
	fi
	((STATUS == 0)) || fail "$1: reconcile --fix exits $STATUS: $OUT $ERR"
	run vfpool reconcile
	equal "$1: what reconcile finds afterwards" "$STATUS $OUT $ERR" "0  "
	equal "$1: integrity of the state file" "$(sqlite3 "$STATE" 'pragma integrity_check')" ok
	# The last is the one that the policy picks, and AGREED tells of it.
	for vf in 1 0; do
		address=$(vf_address "$pf" "$vf")
		agree guest1 net0 "$address"
		[[ $AGREED != "state free"* ]] ||
			equal "$1: settings of VF $vf" "$(vf_settings "$pf" "$vf")" "${before[$vf]}"
	done
	equal "$1: VFs that guest1 has" "$(virsh dumpxml guest1 | grep -c "<interface type='hostdev'" || true)" \
		"$(vfpool list --json | jq '[.[] | select(.live and .guest == "guest1")] | length')"
	now=$(virsh domid guest1)
	[[ $now == "$domid" ]] || {
		virsh domstate --reason guest1
		tail -n 5 /var/log/libvirt/qemu/guest1.log
		dmesg | tail -n 5
	} >&2
	equal "$1: guest1 runs on" "$now" "$domid"
}

expect 0 vfpool attach guest1 --pf "$pf"
expect 0 vfpool detach guest1
deaths=0
for point in "${points[@]}"; do
	die_at "$point" vfpool attach guest1 --pf "$pf" --slot net0
	whole "attach killed at $point ($DIED)"
	[[ $DIED == no ]] || deaths=$((deaths + 1))
	after_attach=$AGREED
	expect 0 vfpool attach guest1 --pf "$pf" --slot net0 --ensure
	die_at "$point" vfpool detach guest1 --slot net0
	whole "detach killed at $point ($DIED)"
	[[ $DIED == no ]] || deaths=$((deaths + 1))
	expect 0 vfpool detach guest1 --slot net0 --ensure
	ok "$point: attach, detach killed; whole again ($after_attach; $AGREED)"
done
((deaths >= 12)) || fail "only $deaths of the commands were really killed"
ok "$deaths times killed"
