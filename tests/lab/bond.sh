#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A bond over both cards: what guest-config prints makes it in the guest, and the
# other host hears of the loss of a leg for a second at most.
#
# A cable cannot be pulled from here, and in this lab a VF would keep its carrier
# (see doc/lab.md). The loss of a leg is its detach, and its link going down in the
# guest, which is what the bond sees of a cable that is pulled from a real card.
#
# lab: hosts-2
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

RUNS=3
((!VFPOOL_FULL)) || RUNS=10
LIMIT_MS=1000
HERE=10.99.0.2 THERE=10.99.0.1

on_b() {
	ssh -o BatchMode=yes hostb "$@"
}

in_guest() {
	lab-guest exec bond1 "$1"
}

bond_says() {
	in_guest "cat /sys/class/net/bond0/bonding/$1"
}

# bond_has N: so many legs, and a link on each of them and on the bond.
bond_has() {
	[[ $(bond_says slaves | wc -w) == "$1" ]] &&
		[[ $(in_guest "grep -c 'MII Status: up' /proc/net/bonding/bond0") == $(($1 + 1)) ]]
}

# The slot of the leg that is active.
active_slot() {
	local name
	name=$(bond_says active_slave)
	vfpool show bond1 --json | jq -r --arg name "$name" '.slots[] | select(.guest_ifname == $name) | .slot'
}

# The guest's half, as printed; only its address is put where it belongs.
apply_config() {
	local name text
	vfpool guest-config bond1 --format systemd-networkd --json |
		jq -r '.files[] | .file + " " + (.text | @base64)' >"$WORK/files"
	while read -r name text <&3; do
		in_guest "echo $text | base64 -d >/etc/systemd/network/$name"
	done 3<"$WORK/files"
	in_guest "sed -i 's|^DHCP=yes|Address=$HERE/24|' /etc/systemd/network/10-bond0.network
		mkdir -p /run/systemd/netif
		SYSTEMD_LOG_TARGET=console /usr/lib/systemd/systemd-networkd >/run/networkd.log 2>&1 &"
	wait_until 60 "the bond has two legs" bond_has 2
	wait_until 30 "the guest answers" on_b ping -c 1 -W 1 "$HERE"
}

start_ping() {
	on_b "timeout 120 ping -n -D -i 0.05 $HERE" >"$WORK/ping" &
	PING=$!
	wait_until 10 "pings are answered" grep -q 'icmp_seq=20 ' "$WORK/ping"
}

# The longest time without an answer, in milliseconds, as SILENCE.
stop_ping() {
	local lines
	lines=$(wc -l <"$WORK/ping")
	wait_until 30 "pings are answered again" more_than "$((lines + 20))"
	kill "$PING"
	wait "$PING" || true
	on_b pkill -x ping || true
	SILENCE=$(sed -nE 's/^\[([0-9.]+)\].*icmp_seq.*/\1/p' "$WORK/ping" |
		awk 'NR > 1 && $1 - last > most { most = $1 - last } { last = $1 } END { printf "%d", most * 1000 }')
}

more_than() {
	(($(wc -l <"$WORK/ping") > $1))
}

median() {
	printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

lose_by_detach() {
	expect 0 vfpool detach bond1 --slot "$1" --live
}

regain_by_attach() {
	expect 0 vfpool attach bond1 --bond --ensure
}

lose_by_link() {
	in_guest "ip link set $(slot_says bond1 "$1" guest_ifname) down"
}

regain_by_link() {
	in_guest "ip link set $(slot_says bond1 "$1" guest_ifname) up"
}

# measure WHAT: RUNS times lose_by_WHAT of the active leg.
measure() {
	local i slot silences=()
	for ((i = 0; i < RUNS; i++)); do
		slot=$(active_slot)
		start_ping
		"lose_by_$1" "$slot"
		stop_ping
		silences+=("$SILENCE")
		differ "active leg" "$(active_slot)" "$slot"
		"$2" "$slot"
		wait_until 60 "the bond has two legs again" bond_has 2
	done
	at_most "median of the silence in ms (${silences[*]})" "$(median "${silences[@]}")" "$LIMIT_MS"
	ok "loss of the active leg by $1: ${silences[*]} ms of silence, median $(median "${silences[@]}")"
}

make_vfs enp1s0f0 2
make_vfs enp2s0f0 2
on_b ip address replace "$THERE/24" dev enp1s0f0
at_exit on_b ip address del "$THERE/24" dev enp1s0f0
new_guest bond1 --root-ports 4
at_exit vfpool detach bond1 --all --ensure

expect 0 vfpool attach bond1 --bond --pf enp1s0f0 --pf enp2s0f0
check_attached bond1 net0
check_attached bond1 net1
equal "PFs" "$(slot_says bond1 net0 pf) $(slot_says bond1 net1 pf)" "enp1s0f0 enp2s0f0"
equal "trust" "$(vf_settings enp1s0f0 0 | jq .trust) $(vf_settings enp2s0f0 0 | jq .trust)" "true true"
apply_config
equal "mode" "$(bond_says mode)" "active-backup 1"
equal "fail_over_mac" "$(bond_says fail_over_mac)" "none 0"
equal "miimon" "$(bond_says miimon)" 100
equal "num_grat_arp" "$(bond_says num_grat_arp)" 3
contains "primary" "$(bond_says primary)" "$(slot_says bond1 net0 guest_ifname)"
contains "show" "$(vfpool show bond1)" "bond0: 2 of 2 legs up"
expect 0 vfpool reconcile bond1
ok "guest-config, applied in the guest, makes a bond of both legs: $(bond_says slaves)"

measure detach regain_by_attach
measure link regain_by_link

# The host's side of a dead port. The PF comes up again by itself with the VFs as they were.
at_exit ip link set enp2s0f0 up
ip link set enp2s0f0 down
contains "show" "$(vfpool show bond1)" "bond0: 1 of 2 legs up (net1: enp2s0f0 is administratively down)"
expect 7 vfpool reconcile bond1 --only bond-degraded
contains "reconcile" "$OUT" "1 of 2 legs up"
ip link set enp2s0f0 up
ok "a leg whose PF is down is told by show and reconcile"

# Two legs never share a card's port.
expect 0 vfpool detach bond1 --slot net1
expect_error 5 "another leg" vfpool attach bond1 --slot net1 --pf enp1s0f0
expect 0 vfpool detach bond1 --all
ok "no second leg on one PF"
