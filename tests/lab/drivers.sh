#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# VFs that no host driver has, and VFs that are bound to vfio-pci beforehand.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0

bind_to_vfio() {
	modprobe vfio-pci
	echo vfio-pci >"/sys/bus/pci/devices/$1/driver_override"
	echo "$1" >/sys/bus/pci/drivers_probe
	equal "driver of $1" "$(driver_of "$1")" vfio-pci
}

# try DRIVER: attach, ping, detach with VFs that have this driver now.
try() {
	local driver=$1 address settings vf mac
	for vf in 0 1; do
		settings[vf]=$(vf_settings "$pf" "$vf")
		equal "state of VF $vf" "$(list_says "$(vf_address "$pf" "$vf")" state)" free
	done
	expect 0 vfpool attach guest1 --pf "$pf"
	check_attached guest1 net0
	check_ping guest1 "$(slot_says guest1 net0 guest_ifname)" "$pf"
	vf=$(slot_says guest1 net0 vf) mac=$(slot_says guest1 net0 mac)
	address=$(vf_address "$pf" "$vf")
	expect 0 vfpool detach guest1
	at_most "milliseconds of detach" "$TOOK" 8000
	check_detached guest1 net0 "$mac"
	equal "driver of $address" "$(driver_of "$address")" "$driver"
	equal "settings of VF $vf" "$(vf_settings "$pf" "$vf")" "${settings[vf]}"
	equal "state of $address" "$(list_says "$address" state)" free
	ok "VFs on driver \"$driver\": attached, ping, detached after $TOOK ms"
}

at_exit vfpool detach guest1 --all --ensure
make_vfs "$pf" 2 none
equal "driver of the VFs" "$(driver_of "$(vf_address "$pf" 0)")" ''
try ''
for vf in 0 1; do
	bind_to_vfio "$(vf_address "$pf" "$vf")"
done
try vfio-pci
