#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is asked for is wrong or cannot be: one line, its status, nothing done.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 2
make_vfs enp2s0f0 1
template=/etc/vfpool/xml-templates/interface.xml
at_exit rm -f "$template"
at_exit ip link set enp2s0f0 up

# refused STATUS TEXT COMMAND...
refused() {
	expect_error "$@"
	ok "$1: $ERR"
}

as_user() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

as_member() {
	setpriv --reuid=65534 --regid=65534 --groups="$(getent group libvirt | cut -d: -f3)" "$@"
}


arguments() {
	local attach=(vfpool attach guest1)
	refused 3 nosuch vfpool attach nosuch --pf "$pf"
	refused 3 enp0s2 "${attach[@]}" --pf enp0s2
	refused 3 nosuch0 "${attach[@]}" --pf nosuch0
	refused 4 enp1s0f1 "${attach[@]}" --pf enp1s0f1
	contains "hint for a PF without VFs" "$ERR" sriov_numvfs
	refused 2 "$pf" "${attach[@]}"
	contains "PFs to choose from" "$ERR" enp2s0f0
	refused 2 '56:66:xx' "${attach[@]}" --pf "$pf" --mac 56:66:xx:00:00:01
	refused 2 '01:00:5e' "${attach[@]}" --pf "$pf" --mac 01:00:5e:00:00:01
	refused 5 "$(cat /sys/class/net/enp0s2/address)" \
		"${attach[@]}" --pf "$pf" --mac "$(cat /sys/class/net/enp0s2/address)"
	refused 2 4095 "${attach[@]}" --pf "$pf" --vlan 4095
	refused 2 x "${attach[@]}" --pf "$pf" --vlan 5:x
	refused 2 maybe "${attach[@]}" --pf "$pf" --trust maybe
	refused 3 0000:00:1e.0 "${attach[@]}" --vf 0000:00:1e.0
	refused 3 0000:01:1f.7 "${attach[@]}" --vf 0000:01:1f.7
	refused 3 "$(pf_address "$pf")" "${attach[@]}" --vf "$(pf_address "$pf")"
	refused 2 eth0 "${attach[@]}" --pf "$pf" --slot eth0
	refused 2 12345 "${attach[@]}" --pf "$pf" --acpi-index 99999999912345
	refused 2 frobnicate vfpool frobnicate
	refused 2 frobnicate "${attach[@]}" --frobnicate
	refused 2 '' vfpool attach
	refused 2 host vfpool -c qemu+ssh://elsewhere/system attach guest1 --pf "$pf"
	refused 2 host vfpool -c qemu+ssh://elsewhere/system list
	refused 2 session vfpool -c qemu:///session attach guest1 --pf "$pf"
	refused 3 net7 vfpool detach guest1 --slot net7
	refused 3 nosuch vfpool show nosuch
}

guest_address_in_use() {
	local address
	address=$(virsh dumpxml guest1 --xpath "/domain/devices/controller[@model='pcie-root-port'][1]/address" |
		sed -E 's/.*domain="0x(....)" bus="0x(..)" slot="0x(..)" function="0x(.)".*/\1:\2:\3.\4/')
	refused 5 "$address" vfpool attach guest1 --pf "$pf" --guest-address "$address"
}

pf_down() {
	refused 10 enp2s0f0 vfpool attach guest1 --pf enp2s0f0
}

rights() {
	refused 10 root as_user vfpool attach guest1 --pf "$pf"
	expect 0 as_member vfpool list --json
	equal "states for a member of the group libvirt" "$(jq -r '.[].state' <<<"$OUT" | sort -u)" free
	equal "warnings" "$ERR" ''
	expect 0 as_member vfpool show guest1
	ok "a member of the group libvirt can list and show"
	run as_user vfpool list
	lacks "list for a user without rights" "$OUT" free
	ok "another user is told nothing wrong: exit $STATUS, ${ERR%%$'\n'*}"
}

bad_template() {
	refused 2 "$template" vfpool attach guest1 --pf "$pf"
}

closed_stdout() {
	run bash -c 'exec vfpool list >&-'
	equal "status with stdout closed" "$STATUS" 1
	equal "lines on stderr" "$(wc -l <<<"$ERR")" 1
	ok "1: $ERR"
	run bash -c 'exec vfpool list --json >/dev/full'
	equal "status with stdout on /dev/full" "$STATUS" 1
	ok "1: $ERR"
	run bash -c 'exec vfpool attach guest1 --pf "$1" >&-' - "$pf"
	equal "status of attach with stdout closed" "$STATUS" 1
	ok "1: $ERR"
}

unchanged "a wrong argument" arguments
unchanged "a guest address that is taken" guest_address_in_use
ip link set enp2s0f0 down
unchanged "attach on a PF that is down" pf_down
ip link set enp2s0f0 up

# With a state file, as root makes it: others can read it or not.
expect 0 vfpool attach guest1 --pf "$pf"
expect 0 vfpool detach guest1
unchanged "a command without rights" rights
unchanged "a command without stdout" closed_stdout

mkdir -p "${template%/*}"
echo '<interface type="hostdev"><driver name="vfio"></interface>' >"$template"
unchanged "a template that is not well-formed" bad_template
rm "$template"

export LIBVIRT_DEFAULT_URI=qemu+ssh://elsewhere/system
expect 0 vfpool attach guest1 --pf "$pf"
expect 0 vfpool list
contains list "$OUT" guest1
expect 0 vfpool detach guest1
equal "warnings" "$ERR" ''
unset LIBVIRT_DEFAULT_URI
ok "LIBVIRT_DEFAULT_URI of another host is ignored"
