#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# VFs that come late, on a host that stays up and does in its order what a boot
# does: no VFs and PFs down, vfpool-host, VFs, libvirt with its autostart,
# vfpool-guests.
#
# lab:
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
guests=(auto1 auto2 auto3)
make_vfs "$pf" 4 none

[[ -x /etc/libvirt/hooks/qemu.d/50-vfpool ]] || fail "the hook is not installed"
systemctl reload libvirtd
for guest in "${guests[@]}"; do
	lab-guest define "$guest" --empty --root-ports 2
	at_exit lab-guest delete "$guest"
	virsh autostart "$guest" >/dev/null
	lab-guest start "$guest"
done
expect 0 vfpool attach auto1 --pf "$pf"
expect 0 vfpool attach auto2 --pf "$pf"
expect 0 vfpool attach auto3 --pf "$pf" --on-start

# identities: what the guests see, and which VFs they have.
identities() {
	for guest in "${guests[@]}"; do
		vfpool show "$guest" --json | jq -c '[.guest, (.slots[] | [.mac, .guest_address, .acpi_index])]'
	done
}
before=$(identities)

all_up() {
	local guest
	for guest in "${guests[@]}"; do
		[[ $(virsh domstate "$guest") == running ]] &&
			[[ $(slot_says "$guest" net0 state) == attached ]] || return
	done
}

# libvirt starts its guests once in a boot, and keeps that in its folder.
down() {
	local guest
	for guest in "${guests[@]}"; do
		lab-guest stop "$guest"
	done
	systemctl stop vfpool-guests.service vfpool-host.service
	stop_libvirt
	rm -f /run/libvirt/qemu/autostarted
	sqlite3 "$STATE" "DELETE FROM meta WHERE key = 'boot-guests'"
	remove_vfs "$pf"
	ip link set "$pf" down
}

# boot SECONDS: the VFs are made so long after the boot has begun.
boot() {
	systemctl start --no-block vfpool-host.service
	sleep "$1"
	echo 0 >"/sys/class/net/$pf/device/sriov_drivers_autoprobe"
	echo 4 >"/sys/class/net/$pf/device/sriov_numvfs"
	start_libvirt
	systemctl start vfpool-guests.service
}

at_exit start_libvirt
at_exit ip link set "$pf" up

down
boot 3
wait_until 60 "all guests are up with their VF" all_up
equal "identities" "$(identities)" "$before"
contains "journal" "$(journalctl -u vfpool-host.service -o cat)" "$pf brought up"
equal "result of vfpool-host" "$(systemctl show -P Result vfpool-host.service)" success
ok "VFs that come 3 s late: libvirt has waited for them"

# Longer than anybody waits: the hook refuses, and they are started afterwards.
down
systemctl start vfpool-host.service
start_libvirt
wait_until 60 "libvirt answers" virsh list
differ "auto1" "$(virsh domstate auto1)" running
echo 0 >"/sys/class/net/$pf/device/sriov_drivers_autoprobe"
echo 4 >"/sys/class/net/$pf/device/sriov_numvfs"
expect 0 systemctl start vfpool-guests.service
wait_until 60 "all guests are up with their VF" all_up
equal "identities" "$(identities)" "$before"
contains "journal" "$(journalctl -u vfpool-guests.service -o cat)" "auto1: started"
ok "VFs that come after libvirt: the guests are started all the same"

# A network manager that has the PF keeps it.
down
mkdir -p /etc/network/interfaces.d
printf 'iface %s inet manual\n' "$pf" >/etc/network/interfaces.d/lab-vfpool
at_exit rm -f /etc/network/interfaces.d/lab-vfpool
systemctl start --no-block vfpool-host.service
echo 0 >"/sys/class/net/$pf/device/sriov_drivers_autoprobe"
echo 4 >"/sys/class/net/$pf/device/sriov_numvfs"
systemctl start vfpool-host.service
lacks "flags of $pf" "$(ip link show "$pf")" ",UP"
contains "journal" "$(journalctl -u vfpool-host.service -o cat)" "ifupdown has it"
rm -f /etc/network/interfaces.d/lab-vfpool
ok "a PF that ifupdown has is left down, and told"
