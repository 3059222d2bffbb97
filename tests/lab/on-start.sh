#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Slots that get a VF at each start: one guest through starts and ends, ten
# guests for seven VFs, and a guest that is given its VF while it boots.
#
# lab:
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
guests=(start0 start1 start2 start3 start4 start5 start6 start7 start8 start9)
make_vfs "$pf" 7 none

[[ -x /etc/libvirt/hooks/qemu.d/50-vfpool ]] || fail "the hook is not installed"
lab-guest define nohook1 --empty --root-ports 2
at_exit lab-guest delete nohook1
mv /etc/libvirt/hooks/qemu.d/50-vfpool "$WORK"
expect_error 10 hook vfpool attach nohook1 --on-start --pf "$pf"
mv "$WORK/50-vfpool" /etc/libvirt/hooks/qemu.d
equal "guests that the question has left" "$(virsh list --all --name | grep -c preflight || true)" 0
ok "without the hook: $ERR"

# unit_of GUEST
unit_of() {
	echo "vfpool-settle@$(virsh domuuid "$1").service"
}

# Neither running nor about to run.
unit_is_over() {
	[[ $(systemctl show -P ActiveState "$(unit_of "$1")") == @(inactive|failed) ]] &&
		[[ ! $(systemctl list-jobs --no-legend "$(unit_of "$1")") ]]
}

has_vf() {
	[[ $(slot_says "$1" net0 state) == attached ]]
}

no_claims() {
	[[ $(vfpool list --json | jq '[.[] | select(.state != "free")] | length') == 0 ]]
}

# A whole guest: the device is plugged while its firmware or its kernel starts.
lab-guest define boot1 --root-ports 2
at_exit lab-guest delete boot1
expect 0 vfpool attach boot1 --on-start --pf "$pf"
contains "attach --on-start of a guest that is off" "$OUT" "on-start"
no_claims || fail "a guest that is off holds a VF"
mac=$(slot_says boot1 net0 mac)
for round in 1 2; do
	lab-guest start boot1
	wait_until 30 "boot1 has its VF" has_vf boot1
	wait_until 60 "boot1 sees its NIC" guest_has_mac boot1 "$mac"
	equal "name and address in start $round" "$(nic_line boot1 "$mac" | cut -d' ' -f1,2)" \
		"$(slot_says boot1 net0 guest_ifname) $(slot_says boot1 net0 guest_address)"
	equal "configuration" "$(interface_xml boot1 net0 --inactive)" ''
	lab-guest stop boot1
	wait_until 30 "its VF is free after its end" no_claims
done
ok "plugged while it boots, the same NIC in both starts, free after each end"

lab-guest start boot1
wait_until 60 "boot1 sees its NIC" guest_has_mac boot1 "$mac"
expect 0 vfpool detach boot1
contains "detach" "$OUT" "next start"
expect 0 vfpool settle boot1
equal "state after detach and settle" "$(slot_says boot1 net0 state)" detached
lab-guest stop boot1
lab-guest start boot1
wait_until 60 "boot1 has its NIC again" guest_has_mac boot1 "$mac"
lab-guest stop boot1
wait_until 30 "its VF is free" no_claims
ok "detached by hand, and there again after the next start"

# Stop and start while the unit of the first start may still run.
for ((i = 0; i < 5; i++)); do
	virsh start boot1 >/dev/null
	virsh destroy boot1 >/dev/null
done
virsh start boot1 >/dev/null
wait_until 60 "boot1 has its VF after five quick restarts" has_vf boot1
lab-guest stop boot1
wait_until 30 "its VF is free" no_claims
ok "no trigger lost in five quick restarts"

for guest in "${guests[@]}"; do
	lab-guest define "$guest" --empty --root-ports 2
	at_exit lab-guest delete "$guest"
	expect 0 vfpool attach "$guest" --on-start --pf "$pf"
done
for guest in "${guests[@]}"; do
	lab-guest start "$guest"
done
for guest in "${guests[@]}"; do
	wait_until 60 "the unit of $guest is over" unit_is_over "$guest"
done
served=() waiting=()
for guest in "${guests[@]}"; do
	if has_vf "$guest"; then served+=("$guest"); else waiting+=("$guest"); fi
done
equal "guests with a VF" "${#served[@]}" 7
for guest in "${waiting[@]}"; do
	equal "unit of $guest" "$(systemctl show -P ExecMainStatus "$(unit_of "$guest")")" 4
	contains "journal" "$(journalctl -u "$(unit_of "$guest")" -o cat)" "$guest: net0 waits for a VF"
	equal "$guest" "$(virsh domstate "$guest")" running
done
ok "ten guests started, seven have a VF, three run without and say so"

lab-guest stop "${served[0]}"
expect 0 vfpool settle "${waiting[0]}"
has_vf "${waiting[0]}" || fail "${waiting[0]} has not got the VF that came free"
ok "the VF of a guest that has ended goes to one that waits"
for guest in "${guests[@]}"; do
	lab-guest stop "$guest"
done
wait_until 60 "all VFs are free" no_claims
