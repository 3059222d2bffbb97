#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Names in the guest over everything that reshuffles VFs, as a table: two machine
# types, two and four NICs attached in different orders, other VFs, power cycles,
# VFs that are made again, and a reboot of the host, whose VFs a unit makes at boot.
#
# lab:
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

phase=${2:-1}
pf=enp1s0f0
kept=/var/lib/lab-names

# seen GUEST: "net0=eno101 net1=eno102", as the guest itself calls them.
seen() {
	local slot mac line=''
	for slot in $(vfpool show "$1" --json | jq -r '.slots[] | select(.state == "attached") | .slot'); do
		mac=$(slot_says "$1" "$slot" mac)
		wait_until 30 "$1 sees $mac" guest_has_mac "$1" "$mac"
		line+=" $slot=$(nic_line "$1" "$mac" | cut -d' ' -f1)"
	done
	echo "${line# }"
}

# note GUEST WHAT: a line of the table; the names are those that show says.
note() {
	local names slot
	names=$(seen "$1")
	for slot in $names; do
		equal "name of $1 ${slot%=*} after: $2" "${slot#*=}" "$(slot_says "$1" "${slot%=*}" guest_ifname)"
		[[ ${WANTED[$1/${slot%=*}]:-} ]] || WANTED[$1/${slot%=*}]=${slot#*=}
		equal "name of $1 ${slot%=*} after: $2" "${slot#*=}" "${WANTED[$1/${slot%=*}]}"
	done
	tell "$(printf '%-8s %-42s %s' "$1" "$2" "$names")"
}
declare -A WANTED=()

# reshuffle GUEST SLOT...: the guest is off, before and after.
reshuffle() {
	local guest=$1 slot i
	shift
	lab-guest start "$guest"
	for slot in "$@"; do
		expect 0 vfpool attach "$guest" --slot "$slot" --pf "$pf"
	done
	note "$guest" "attached in the order $*"
	expect 0 vfpool detach "$guest" --all
	i=6
	for slot in $(printf '%s\n' "$@" | sort -r); do
		expect 0 vfpool attach "$guest" --slot "$slot" --vf "$pf/$((i--))"
	done
	note "$guest" "in another order, other VFs"
	lab-guest stop "$guest"
	lab-guest start "$guest"
	note "$guest" "power cycle"
	expect 0 vfpool detach "$guest" --slot "$1"
	expect 0 vfpool attach "$guest" --slot "$1" --vf "$pf/0"
	note "$guest" "one of them on another VF"
	lab-guest stop "$guest"
	echo 0 >"/sys/class/net/$pf/device/sriov_numvfs"
	echo 7 >"/sys/class/net/$pf/device/sriov_numvfs"
	wait_for_vfs "$pf" 7
	lab-guest start "$guest"
	note "$guest" "VFs made again"
	expect 0 vfpool detach "$guest" --all
	lab-guest stop "$guest"
}

# for_reboot PF GUEST SLOT...: attached to the guest, which is off.
for_reboot() {
	local on=$1 guest=$2 slot
	shift 2
	for slot in "$@"; do
		expect 0 vfpool attach "$guest" --slot "$slot" --pf "$on"
	done
}

before_reboot() {
	vfs_at_boot enp1s0f0 7
	vfs_at_boot enp2s0f0 7
	lab-guest define q35two --root-ports 4
	lab-guest define q35four --root-ports 6
	lab-guest define pctwo --machine pc
	lab-guest define pcfour --machine pc
	reshuffle q35two net1 net0
	reshuffle q35four net2 net0 net3 net1
	reshuffle pctwo net0 net1
	reshuffle pcfour net3 net1 net0 net2
	for_reboot enp1s0f0 q35two net1 net0
	for_reboot enp1s0f0 q35four net3 net1 net2 net0
	for_reboot enp2s0f0 pctwo net0 net1
	for_reboot enp2s0f0 pcfour net2 net0 net1 net3
	declare -p WANTED >"$kept"
	ok "names stay, of ${#WANTED[@]} slots in all rows"
}

after_reboot() {
	local guest
	for guest in q35two q35four pctwo pcfour; do
		lab-guest start "$guest"
		note "$guest" "host reboot, VFs made at boot"
		lab-guest stop "$guest"
	done
	ok "names stay over a reboot of the host"
}

case $phase in
1)
	before_reboot
	exit 70
	;;
2)
	# shellcheck source=/dev/null
	. "$kept"
	after_reboot
	;;
esac
