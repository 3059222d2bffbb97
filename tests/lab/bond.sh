#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A bond over both cards: what guest-config prints makes it in the guest, and the
# other host hears of the loss of a leg for a second at most.
#
# A leg is lost by its detach, by its link that is set down in the guest, and by the
# cable of its port. How much the guest hears of a PF that goes down is told, and not
# judged.
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

# put_config FORMAT EDIT: the guest's half, as printed, is put where it belongs in the
# guest; the edit (of sed) puts its address in.
put_config() {
	local path text
	vfpool guest-config bond1 --format "$1" --json |
		jq -r '.files[] | .folder + "/" + .file + " " + (.text | @base64)' >"$WORK/files"
	while read -r path text <&3; do
		text=$(base64 -d <<<"$text" | sed "$2" | base64 -w 0)
		in_guest "mkdir -p ${path%/*}; echo $text | base64 -d >$path"
	done 3<"$WORK/files"
}

# check_bond FORMAT: it is what the format's text asks for. That a guest with trust gives
# its VFs the MAC of the bond is no drift.
check_bond() {
	wait_until 60 "$1: the bond has two legs" bond_has 2
	wait_until 30 "$1: the guest answers" on_b ping -c 1 -W 1 "$HERE"
	equal "$1: mode" "$(bond_says mode)" "active-backup 1"
	equal "$1: fail_over_mac" "$(bond_says fail_over_mac)" "none 0"
	equal "$1: miimon" "$(bond_says miimon)" 100
	equal "$1: num_grat_arp" "$(bond_says num_grat_arp)" 3
	equal "$1: primary" "$(bond_says primary)" "$(slot_says bond1 net0 guest_ifname)"
	expect 0 vfpool reconcile bond1
	ok "guest-config --format $1, applied in the guest, makes a bond of both legs: $(bond_says slaves)"
}

start_networkd() {
	put_config systemd-networkd "s|^DHCP=yes|Address=$HERE/24|"
	in_guest "mkdir -p /run/systemd/netif && chown systemd-network: /run/systemd/netif
		echo 00000000000000000000000000000b0d >/etc/machine-id
		SYSTEMD_LOG_TARGET=console /usr/lib/systemd/systemd-networkd >/run/networkd.log 2>&1 &
		echo \$! >/run/networkd.pid"
}

# No trace of it is left for the next format.
stop_networkd() {
	in_guest "kill \$(cat /run/networkd.pid); rm -f /etc/systemd/network/10-bond0*; ip link del dev bond0"
}

start_ifupdown() {
	put_config interfaces "s|^iface bond0 inet dhcp|iface bond0 inet static\n\taddress $HERE/24|"
	in_guest "ln -sf dash /bin/sh; mkdir -p /run/network
		echo 'source /etc/network/interfaces.d/*' >/etc/network/interfaces
		/sbin/ifup bond0 2>&1"
}

start_ping() {
	on_b "timeout 120 ping -n -D -i 0.05 $HERE" >"$WORK/ping" &
	PING=$!
	wait_until 10 "pings are answered" grep -q 'icmp_seq=20 ' "$WORK/ping"
}

more_than() {
	(($(wc -l <"$WORK/ping") > $1))
}

# answered_again SECONDS: more than what was under way is answered.
answered_again() {
	local lines end=$((SECONDS + $1))
	lines=$(wc -l <"$WORK/ping")
	until more_than "$((lines + 20))"; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

# The longest time without an answer, in milliseconds, as SILENCE.
stop_ping() {
	kill "$PING"
	wait "$PING" || true
	on_b pkill -x ping || true
	SILENCE=$(sed -nE 's/^\[([0-9.]+)\].*icmp_seq.*/\1/p' "$WORK/ping" |
		awk 'NR > 1 && $1 - last > most { most = $1 - last } { last = $1 } END { printf "%d", most * 1000 }')
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

# raise_mailbox PF: the interrupt by which the VFs' drivers hear that the PF's link has changed.
# QEMU's igb (seen in 10.0) raises it for nobody: mailbox_interrupt_to_vf() takes the number
# of the vector, 2, for a mask of vectors, and so igbvf's vector 1 gets it, which is for packets. All
# else of the change is true: QEMU takes the link out of the VF's STATUS, and the PF has written its
# message. The PF's EICS register (0x1520) raises the right vector, bit 24 - 3n for VF n; it is
# written through the card's I/O ports, an address and then the value, as memory is the driver's.
raise_mailbox() {
	local device ports i mask=0
	device=$(readlink -f "/sys/class/net/$1/device")
	ports=$device/resource2
	for ((i = 0; i < $(<"$device/sriov_numvfs"); i++)); do
		mask=$((mask | 1 << (24 - 3 * i)))
	done
	setpci -s "${device##*/}" COMMAND=1:1
	put_word "$ports" 0 0x1520
	put_word "$ports" 1 "$mask"
}

# put_word FILE N VALUE: as word N, the lowest byte first.
put_word() {
	local bytes
	printf -v bytes '\\x%02x\\x%02x\\x%02x\\x%02x' \
		$(($3 & 255)) $(($3 >> 8 & 255)) $(($3 >> 16 & 255)) $(($3 >> 24 & 255))
	printf '%b' "$bytes" | dd of="$1" bs=4 seek="$2" conv=notrunc status=none
}

# set_cable SLOT up|down: of the port whose VF is in the slot, by lab-test.
set_cable() {
	local pf carrier=0
	pf=$(slot_says bond1 "$1" pf)
	[[ $2 == down ]] || carrier=1
	printf 'link: hosta %s %s\n' "$pf" "$2"
	wait_until 30 "the cable of $pf is $2" grep -qx "$carrier" "/sys/class/net/$pf/carrier"
	raise_mailbox "$pf"
}

lose_by_cable() {
	set_cable "$1" down
}

regain_by_cable() {
	set_cable "$1" up
}

# measure WHAT REGAIN: RUNS times lose_by_WHAT of the active leg.
measure() {
	local i slot silences=()
	for ((i = 0; i < RUNS; i++)); do
		slot=$(active_slot)
		start_ping
		"lose_by_$1" "$slot"
		answered_again 30 || fail "loss by $1: no answer for 30 s"
		stop_ping
		silences+=("$SILENCE")
		differ "active leg" "$(active_slot)" "$slot"
		"$2" "$slot"
		wait_until 60 "the bond has two legs again" bond_has 2
	done
	tell "loss of the active leg by $1: ${silences[*]} ms of silence, median $(median "${silences[@]}")"
	at_most "median of the silence in ms (${silences[*]})" "$(median "${silences[@]}")" "$LIMIT_MS"
	ok "loss of the active leg by $1: $LIMIT_MS ms of silence at most"
}

# The host's side of a dead port, and whatever the guest hears of it here.
lose_pf() {
	local slot pf
	slot=$(active_slot)
	pf=$(slot_says bond1 "$slot" pf)
	start_ping
	at_exit ip link set "$pf" up
	ip link set "$pf" down
	if answered_again 20; then
		stop_ping
		tell "$pf goes down: $SILENCE ms of silence until the other leg is active"
	else
		stop_ping
		tell "not shown: the guest's change to the other leg when $pf goes down; its VF keeps its carrier here"
	fi
	contains "show" "$(vfpool show bond1)" "bond0: 1 of 2 legs up ($slot: $pf is administratively down)"
	expect 7 vfpool reconcile bond1 --only bond-degraded
	contains "reconcile" "$OUT" "1 of 2 legs up"
	ok "a leg whose PF is down is told by show and reconcile"

	ip link set "$pf" up
	expect 0 vfpool detach bond1 --slot "$slot"
	expect 0 vfpool attach bond1 --bond --ensure
}

# Two legs never share a PF.
refuse_one_pf() {
	expect 0 vfpool detach bond1 --slot net1
	expect_error 5 "another leg" vfpool attach bond1 --slot net1 --pf enp1s0f0
	equal "the leg" "$(slot_says bond1 net1 state)" detached
	expect_error 2 "second --pf" vfpool attach bond1 --bond --bond-name bond1 --pf enp1s0f0
	ok "no second leg on one PF"
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
contains "show" "$(vfpool show bond1)" "bond0: 2 of 2 legs up"
expect 0 vfpool reconcile bond1
ok "a VF of each card is in the guest"

# As systemd's modprobe.d has it: no bond0 that nobody has asked for.
in_guest "modprobe bonding max_bonds=0"
start_networkd
check_bond systemd-networkd
measure detach regain_by_attach
measure link regain_by_link
measure cable regain_by_cable
lose_pf
check_bond systemd-networkd

stop_networkd
start_ifupdown
check_bond interfaces
expect 0 vfpool detach bond1 --slot net0 --live
wait_until 30 "the bond has one leg" bond_has 1
expect 0 vfpool attach bond1 --bond --ensure
# As the guest's udev does, with the rule of a whole ifupdown.
in_guest "/sbin/ifup $(slot_says bond1 net0 guest_ifname) 2>&1"
check_bond interfaces

refuse_one_pf
expect 0 vfpool detach bond1 --all
