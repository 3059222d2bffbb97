#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Failover pairs: with a NIC that was a standby already, and with one that is added; the
# guest makes one NIC of the halves, and goes on with the standby while the VF is out.
#
# lab:
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
HERE=10.98.0.2 THERE=10.98.0.1
TEMPLATES=/etc/vfpool/xml-templates

in_guest() {
	lab-guest exec "$@"
}

# The NIC that net_failover makes of the two: it is the one that has lower NICs.
# shellcheck disable=SC2016
master_of() {
	in_guest "$1" 'for nic in /sys/class/net/*/lower_*; do
		[ ! -e "$nic" ] || { nic=${nic%/*}; echo "${nic##*/}"; exit; }
	done'
}

# halves_are GUEST N: the guest has so many NICs with the pair's MAC besides the master.
halves_are() {
	local mac
	mac=$(slot_says "$1" net0 mac)
	[[ $(in_guest "$1" "cat /sys/class/net/*/address" | grep -ci "$mac") == $(($2 + 1)) ]]
}

# nic_xml GUEST ALIAS [--inactive]
nic_xml() {
	virsh dumpxml "$1" ${3:+"$3"} --xpath "/domain/devices/interface[alias/@name='$2']" \
		2>/dev/null || true
}

# check_pair GUEST ALIAS: both halves are in both XMLs, with one MAC.
check_pair() {
	local guest=$1 alias=$2 mac which
	mac=$(slot_says "$guest" net0 mac)
	equal "standby of $guest" "$(slot_says "$guest" net0 standby)" "$alias"
	for which in '' --inactive; do
		contains "VF of $guest $which" "$(interface_xml "$guest" net0 "$which")" \
			"<teaming type=\"transient\" persistent=\"$alias\"/>"
		contains "standby of $guest $which" "$(nic_xml "$guest" "$alias" "$which")" \
			'<teaming type="persistent"/>'
		contains "standby of $guest $which" "$(nic_xml "$guest" "$alias" "$which")" "$mac"
	done
	expect 0 vfpool reconcile "$guest"
	wait_until 60 "$guest has both halves" halves_are "$guest" 2
}

answers() {
	ping -c 1 -W 1 "$HERE"
}

ip link add lab-br0 type bridge
at_exit ip link delete lab-br0
ip address add "$THERE/24" dev lab-br0
ip link set lab-br0 up
make_vfs "$pf" 2

# A NIC that the guest was started with as a standby.
new_guest pair1 --standby lab-br0
expect 0 vfpool attach pair1 --pf "$pf" --failover
check_pair pair1 ua-standby0
ok "a pair with the guest's own standby"

# The VF goes, and the guest goes on.
master=$(master_of pair1)
[[ $master ]] || fail "net_failover made no NIC of the halves"
in_guest pair1 "ip link set $master up; ip address add $HERE/24 dev $master"
expect 0 vfpool detach pair1
wait_until 30 "pair1 has the standby alone" halves_are pair1 1
wait_until 30 "pair1 answers by its standby" answers
ok "the VF is out, and the guest answers by its standby as $master"
expect 0 vfpool attach pair1
check_pair pair1 ua-standby0
equal "name of the pair" "$(master_of pair1)" "$master"
ok "the VF is in again, and is half of the pair"

# After a power cycle libvirt makes the pair from the configuration.
lab-guest stop pair1
lab-guest start pair1
check_pair pair1 ua-standby0
ok "the pair after a power cycle"
expect 0 vfpool move pair1
check_pair pair1 ua-standby0
ok "the pair after a move"

# A standby that is added while the guest runs. QEMU's boot ROM for it is not in the lab.
install -d "$TEMPLATES"
printf '%s\n' "<interface type='bridge'><model type='virtio'/><rom enabled='no'/></interface>" \
	>"$TEMPLATES/standby.xml"
at_exit rm -f "$TEMPLATES/standby.xml"
new_guest pair2
expect_error 2 "has no virtio NIC that could stand by" vfpool attach pair2 --pf "$pf" --failover
expect 0 vfpool attach pair2 --pf "$pf" --failover --standby bridge=lab-br0
check_pair pair2 ua-vfpool-net0-standby
ok "a pair with a standby that was added"
expect 0 vfpool detach pair2 --with-standby
for which in '' --inactive; do
	equal "standby of pair2 $which" "$(nic_xml pair2 ua-vfpool-net0-standby "$which")" ''
done
equal "standby of pair2" "$(slot_says pair2 net0 standby)" null
ok "both halves are out"

# The machine type without PCI Express.
new_guest pair3 --machine pc
expect_error 6 "needs q35" vfpool attach pair3 --pf "$pf" --failover --standby bridge=lab-br0
ok "a guest of type pc is refused"
