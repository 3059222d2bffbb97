#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A host reboots, and then once more with its card moved: the autostart guests
# are up with their VFs and as they were, without a hand.  VFs are made at boot
# by a unit of the administrator's.
#
# lab:
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

phase=${2:-1}
guests=(auto1 auto2 auto3)
kept=/var/lib/lab-reboot

# identities: what the guests see.
identities() {
	local guest
	for guest in "${guests[@]}"; do
		vfpool show "$guest" --json |
			jq -c '[.guest, (.slots[] | [.mac, .guest_address, .acpi_index, .guest_ifname])]'
	done
}

all_up() {
	local guest
	for guest in "${guests[@]}"; do
		[[ $(virsh domstate "$guest") == running &&
			$(slot_says "$guest" net0 state) == attached ]] || return
	done
}

logs() {
	journalctl -b -o cat -u vfpool-host -u vfpool-guests -u 'vfpool-settle@*' >&2
}

prepare() {
	local pf=enp1s0f0 guest
	[[ -x /etc/libvirt/hooks/qemu.d/50-vfpool ]] || fail "the hook is not installed"
	systemctl reload libvirtd
	vfs_at_boot "$pf" 4 none
	for guest in "${guests[@]}"; do
		lab-guest define "$guest" --empty --root-ports 2
		virsh autostart "$guest" >/dev/null
	done
	expect 0 vfpool attach auto1 --pf "$pf"
	lab-guest start auto1
	expect 0 vfpool attach auto2 --pf "$pf" --vlan 42
	expect 0 vfpool attach auto3 --pf "$pf" --on-start
	lab-guest start auto2
	lab-guest start auto3
	wait_until 60 "all guests are up with their VF" all_up
	identities >"$kept"
}

check() {
	local end=$((SECONDS + 180))
	until all_up; do
		((SECONDS < end)) || {
			logs
			vfpool list -o +live,config >&2
			vfpool reconcile >&2 || true
			vfpool history >&2
			fail "not all guests are up with their VF"
		}
		sleep 1
	done
	equal "identities" "$(identities)" "$(<"$kept")"
	equal "result of vfpool-host" "$(systemctl show -P Result vfpool-host.service)" success
	equal "result of vfpool-guests" "$(systemctl show -P Result vfpool-guests.service)" success
}

case $phase in
1)
	prepare
	ok "three autostart guests, of which one has its VF by --on-start"
	exit 70
	;;
2)
	check
	ok "after a reboot all are up as they were"
	exit 71
	;;
3)
	check
	contains "journal" "$(journalctl -b -o cat -u vfpool-host)" "has moved from"
	for guest in "${guests[@]}"; do
		equal "PF of $guest" "$(slot_says "$guest" net0 pf)" enp3s0f0
	done
	ok "with the card moved all are up as they were, on VFs of its new address"
	;;
esac
