#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Migrations that fail: the guest is on one host with its VFs, whatever happens.
#
# lab: hosts-2
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

GUEST=web1
PF=enp1s0f0
BRIDGE=br0
URI=qemu+ssh://hostb/system
HOOK=/etc/libvirt/hooks/qemu.d/50-vfpool

on_b() {
	ssh -n -o LogLevel=ERROR root@hostb "${*@Q}"
}

# shellcheck disable=SC2016
PREPARE='
	ip link add $BRIDGE type bridge
	ip link set $BRIDGE up
	echo 3 >/sys/class/net/$PF/device/sriov_numvfs
	install -d /etc/vfpool
	printf "[pool lan]\npf = $PF\n" >/etc/vfpool/vfpool.conf
	systemctl try-reload-or-restart libvirtd
'

runs_on() {
	if [[ $1 == hosta ]]; then virsh domstate "$GUEST"; else on_b virsh domstate "$GUEST"; fi \
		2>/dev/null | grep -qx running
}

has_vf_here() {
	vfpool show "$GUEST" --json | jq -e '.slots[0] | .state == "attached" and .live and .config'
}

has_nics() {
	[[ $(lab-guest nics "$GUEST" | cut -d' ' -f1-3 | sort) == "$NICS" ]]
}

has_vf_there() {
	on_b vfpool show "$GUEST" --json | jq -e '.slots[0] | .state == "attached" and .live and .config'
}

# has_both_halves NAME
has_both_halves() {
	(($(lab-guest nics "$1" | cut -d' ' -f2 | sort -u | wc -l) == 2))
}

# is_whole NAME: it runs here with its VF, and sees the NICs that it had.
is_whole() {
	wait_until 90 "$1: $GUEST runs here" runs_on hosta
	wait_until 60 "$1: $GUEST has its VF" has_vf_here
	wait_until 60 "$1: $GUEST sees its NICs" has_nics
	expect 0 vfpool reconcile
}

# stays NAME: it is whole, and the other host has nothing of it.
stays() {
	expect 0 on_b true
	! runs_on hostb || fail "$1: $GUEST runs on hostb, too"
	is_whole "$1"
	lacks "$1: list of hostb" "$(on_b vfpool list)" "$GUEST"
	expect 0 on_b vfpool reconcile
	ok "$1"
}

# mended NAME: stays, after a reconcile on both hosts: somebody was killed who could have done it.
mended() {
	wait_until 90 "$1: $GUEST runs here" runs_on hosta
	run vfpool reconcile --fix --live
	run on_b vfpool reconcile --fix --live
	stays "$1"
}

# fails NAME STATUS TEXT OPTION...
fails() {
	local name=$1 status=$2 text=$3
	shift 3
	expect "$status" vfpool migrate "$GUEST" "$URI" -q "$@"
	contains "$name" "$ERR" "$text"
}

# untouched NAME STATUS TEXT: it fails so, and the guest's XML is the same afterwards.
untouched() {
	local before
	before=$(virsh dumpxml "$GUEST"; virsh dumpxml --inactive "$GUEST")
	fails "$@"
	equal "XML of $GUEST" "$(virsh dumpxml "$GUEST"; virsh dumpxml --inactive "$GUEST")" "$before"
}

# start_slowly OPTION...: vfpool migrate goes on in the background, slowly; PID is its number.
start_slowly() {
	vfpool migrate "$GUEST" "$URI" -q --bandwidth 1 "$@" >"$WORK/out" 2>"$WORK/err" &
	PID=$!
	wait_until 60 "the migration goes on" transfers
}

transfers() {
	virsh domjobinfo "$GUEST" 2>/dev/null | grep -q 'Data processed:.*[1-9]'
}

ends_with() {
	local status=0
	wait "$PID" || status=$?
	equal "status of vfpool migrate: $(<"$WORK/err")" "$status" "$1"
}

# What hostb loses between the preflight and the migration, but not before it is told to.
# shellcheck disable=SC2016
LOSE_POOL='#!/bin/sh
[ "$2" = migrate ] || exit 0
touch /run/lab-asked
while [ ! -e /run/lab-go ]; do sleep 0.1; done
sed -i "s/pool lan/pool other/" /etc/vfpool/vfpool.conf
exec cat
'
LOSE_POOL_FILE=/etc/libvirt/hooks/qemu.d/10-lab

restore_pool() {
	on_b rm -f /run/lab-asked /run/lab-go
	on_b sed -i 's/pool other/pool lan/' /etc/vfpool/vfpool.conf
}

has_no_job() {
	virsh domjobinfo "$GUEST" | grep -q 'Job type: *None'
}

# Whatever libvirt does with the guest.
ends_job() {
	virsh domjobabort "$GUEST"
	has_no_job
}

# hangs NAME
hangs() {
	! timeout 10 lab-guest exec "$1" true
}

lets_go() {
	vfpool show "$GUEST" --json | jq -e '.slots[0].state != "attached"'
}

for host in hosta hostb; do
	if [[ $host == hosta ]]; then run_there=(env); else run_there=(on_b env); fi
	"${run_there[@]}" BRIDGE="$BRIDGE" PF="$PF" bash -c "$PREPARE"
done
new_guest "$GUEST" --standby "$BRIDGE"
expect 0 vfpool attach "$GUEST" --pool lan --failover
wait_until 60 "$GUEST sees both halves" has_both_halves "$GUEST"
NICS=$(lab-guest nics "$GUEST" | cut -d' ' -f1-3 | sort)

# Before anything is touched.
on_b mv "$HOOK" /root/hook.away
on_b systemctl try-reload-or-restart libvirtd
untouched "no hook there" 9 "has not run vfpool's hook"
on_b mv /root/hook.away "$HOOK"
on_b systemctl try-reload-or-restart libvirtd
stays "no hook there"

on_b vfpool reserve --pf "$PF" --count 3 --owner lab >/dev/null
untouched "no VF there" 4 "none of 3 VFs fits"
on_b vfpool unreserve --owner lab >/dev/null
stays "no VF there"

on_b ip link set "$BRIDGE" down
on_b ip link delete "$BRIDGE"
untouched "no bridge there" 9 "no bridge '$BRIDGE'"
on_b ip link add "$BRIDGE" type bridge
on_b ip link set "$BRIDGE" up
stays "no bridge there"

ip route add unreachable 192.168.77.2/32
URI=qemu+ssh://192.168.77.2/system untouched "unreachable" 9 "cannot connect"
ip route delete unreachable 192.168.77.2/32
stays "unreachable"

# In the middle, in both modes.
for mode in failover unplug; do
	start_slowly --mode "$mode"
	kill -INT "$PID"
	ends_with 130
	stays "Ctrl-C, $mode"

	expect 6 vfpool migrate "$GUEST" "$URI" -q --bandwidth 1 --timeout 5 --mode "$mode"
	stays "time limit, $mode"

	start_slowly --mode "$mode"
	kill -KILL "$PID"
	wait "$PID" || true
	virsh domjobabort "$GUEST"
	mended "vfpool killed and libvirt's job aborted, $mode"

	start_slowly --mode "$mode"
	systemctl restart libvirtd
	! wait "$PID" || fail "a migration outlives libvirtd"
	mended "libvirtd restarted here, $mode"

	start_slowly --mode "$mode"
	on_b systemctl restart libvirtd
	! wait "$PID" || fail "a migration outlives libvirtd"
	stays "libvirtd restarted there, $mode"

	start_slowly --mode "$mode"
	iptables -I INPUT -s 192.168.77.2 -j DROP
	iptables -I OUTPUT -d 192.168.77.2 -j DROP
	at_exit iptables -D INPUT -s 192.168.77.2 -j DROP
	at_exit iptables -D OUTPUT -d 192.168.77.2 -j DROP
	! wait "$PID" || fail "a migration outlives the line"
	iptables -D INPUT -s 192.168.77.2 -j DROP
	iptables -D OUTPUT -d 192.168.77.2 -j DROP
	stays "line cut, $mode"
done

# The other host's hook refuses after a preflight that all has passed.
# shellcheck disable=SC2016
on_b sh -c 'printf %s "$1" >"$0" && chmod 755 "$0"' "$LOSE_POOL_FILE" "$LOSE_POOL"
on_b touch /run/lab-go
fails "refused there" 9 "stays here" --mode unplug
contains "refused there" "$ERR" "there is no pool 'lan'"
restore_pool
stays "refused there, after the preflight"

# vfpool is killed when all VFs are out, and nothing is sent yet.
vfpool migrate "$GUEST" "$URI" -q --mode unplug >/dev/null 2>&1 &
PID=$!
wait_until 90 "hostb is to take $GUEST" on_b test -e /run/lab-asked
kill -KILL "$PID"
wait "$PID" || true
on_b touch /run/lab-go
wait_until 60 "hostb has lost the pool" on_b grep -q 'pool other' /etc/vfpool/vfpool.conf
wait_until 60 "libvirt has ended the migration" has_no_job
on_b rm -f "$LOSE_POOL_FILE"
restore_pool
mended "vfpool killed when the VFs are out"

# vfpool is killed when the slots are marked, and the guest is asked for its VF.
vfpool migrate "$GUEST" "$URI" -q --bandwidth 1 --mode unplug >/dev/null 2>&1 &
PID=$!
wait_until 60 "$GUEST is asked for its VF" lets_go
kill -KILL "$PID"
wait "$PID" || true
wait_until 60 "no migration goes on" ends_job
mended "vfpool killed when the guest is asked for its VF"

# The guest does not let go: it uses the pair, and then panics. The VF of one that halts is taken
# out all the same.
new_guest hung2 --standby "$BRIDGE"
expect 0 vfpool attach hung2 --pool lan --failover
wait_until 60 "hung2 sees both halves" has_both_halves hung2
lab-guest exec hung2 '(sleep 1; echo c >/proc/sysrq-trigger) >/dev/null 2>&1 &'
wait_until 60 "hung2 hangs" hangs hung2
printf '[vfpool]\ntimeout = 15\n[pool lan]\npf = %s\n' "$PF" >"$WORK/short.conf"
expect_error 6 "has not let go of the VFs of its pairs" \
	vfpool migrate hung2 "$URI" -q --config-file "$WORK/short.conf"
equal "state of hung2" "$(virsh domstate hung2)" running
contains "XML of hung2" "$(virsh dumpxml hung2)" hostdev
lab-guest delete hung2
run vfpool reconcile --fix --live
expect 0 vfpool reconcile
lacks "list of hostb" "$(on_b vfpool list)" hung2
ok "a pair that does not let go stays"

new_guest hung1 --hung
expect 0 vfpool attach hung1 --pool lan
expect_error 6 "did not leave" vfpool migrate hung1 "$URI" -q --mode unplug
equal "state of hung1" "$(virsh domstate hung1)" running
contains "XML of hung1" "$(virsh dumpxml hung1)" hostdev
lab-guest delete hung1
run vfpool reconcile --fix --live
expect 0 vfpool reconcile
ok "a guest that does not let go stays"

# vfpool killed, and libvirt goes on to the end.
vfpool migrate "$GUEST" "$URI" -q --bandwidth 20 --mode unplug >/dev/null 2>&1 &
PID=$!
wait_until 60 "the migration goes on" transfers
kill -KILL "$PID"
wait "$PID" || true
wait_until 300 "$GUEST is on hostb" runs_on hostb
wait_until 90 "$GUEST has its VF on hostb" has_vf_there
run vfpool reconcile --fix --live
expect 0 vfpool reconcile
expect 0 on_b vfpool reconcile
lacks "list" "$(vfpool list)" "$GUEST"
equal "NICs of $GUEST on hostb" "$(on_b lab-guest nics "$GUEST" | cut -d' ' -f1-3 | sort)" "$NICS"
ok "vfpool killed, and the guest arrives"

# Back again, and to a host that dies meanwhile.
expect 0 on_b vfpool migrate "$GUEST" qemu+ssh://hosta/system -q
is_whole "back from hostb"
start_slowly
on_b sh -c 'echo o >/proc/sysrq-trigger' || true
! wait "$PID" || fail "a migration outlives the destination"
is_whole "the destination dies"
ok "the destination dies"
