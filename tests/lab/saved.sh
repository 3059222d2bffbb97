#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Guests that are saved and restored: not with a VF, which others may have when
# the guest comes back; the restored metadata is older than the slot; an
# on-start slot.
#
# lab: warm
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
image=/var/lib/libvirt/qemu/save/guest1.image
make_vfs "$pf" 4
vf0=$(vf_address "$pf" 0)
at_exit vfpool detach guest1 --all --ensure

metadata() {
	virsh dumpxml guest1 ${1:+"$1"} | sed -n '/<vfpool:slots/,/<\/vfpool:slots>/p'
}

is_attached() {
	[[ $(slot_says guest1 net0 state) == attached ]]
}

refuses_to_save() {
	run virsh "$@"
	((STATUS != 0)) || fail "virsh $1 saves a guest with a VF; this scenario is to be written anew"
	contains "virsh $1" "$ERR" "VFIO migration is not supported"
	check_attached guest1 net0
}

save() {
	virsh save guest1 "$image" >/dev/null
	equal "guest1 after the save" "$(virsh domstate guest1)" "shut off"
}

restore() {
	virsh restore "$image" >/dev/null
	equal "guest1 after the restore" "$(virsh domstate guest1)" running
	rm -f "$image"
}

nothing_found() {
	run vfpool reconcile
	equal "what reconcile finds $1" "$STATUS $OUT $ERR" "0  "
}

expect 0 vfpool attach guest1 --vf "$pf/0" --slot net0 --vlan 5
mac=$(slot_says guest1 net0 mac)
refuses_to_save save guest1 "$image"
refuses_to_save managedsave guest1
nothing_found "after the refusals"
ok "a guest with a VF is not saved, and keeps it"

expect 0 vfpool detach guest1 --slot net0
slots=$(metadata)
at_exit rm -f "$image"
save
nothing_found "while guest1 is saved"
lab-guest define other1 --empty --root-ports 2
at_exit lab-guest delete other1
lab-guest start other1
expect 0 vfpool attach other1 --slot net0 --vf "$pf/0"
vf_settings "$pf" 0 >"$WORK/settings"
restore
equal "metadata of the restored guest" "$(metadata)" "$slots"
contains "metadata of the restored guest" "$slots" "mac=\"$mac\""
check_detached guest1 net0 "$mac"
agree other1 net0 "$vf0"
equal "settings of VF 0" "$(vf_settings "$pf" 0)" "$(<"$WORK/settings")"
nothing_found "after the restore"
expect_error 5 other1 vfpool attach guest1 --slot net0 --vf "$pf/0"
expect 0 vfpool attach guest1 --slot net0
differ "VF of guest1" "$(slot_says guest1 net0 vf)" 0
equal "MAC of guest1" "$(slot_says guest1 net0 mac)" "$mac"
check_attached guest1 net0
agree other1 net0 "$vf0"
equal "settings of VF 0" "$(vf_settings "$pf" 0)" "$(<"$WORK/settings")"
ok "detached, saved, restored: the slot is there, another guest keeps its former VF"

expect 0 vfpool detach guest1 --slot net0 --live
virsh managedsave guest1 >/dev/null
expect_error 5 guest1 vfpool attach other1 --slot net1 --vf "$pf/$(slot_says guest1 net0 vf)"
nothing_found "while guest1 is saved with a VF in its configuration"
virsh start guest1 >/dev/null
nothing_found "after its start"
expect 0 vfpool attach guest1 --slot net0 --ensure
check_attached guest1 net0
ok "detached live only: its VF is kept for it while it is saved"

expect 0 vfpool detach guest1 --slot net0
slots=$(metadata)
virsh managedsave guest1 >/dev/null
expect 0 vfpool forget guest1 --all
virsh start guest1 >/dev/null
equal "metadata, as it was saved" "$(metadata)" "$slots"
run vfpool reconcile --json
equal "what reconcile finds" "$STATUS $(jq -c '[.findings[].id]' <<<"$OUT")" '7 ["metadata-differs"]'
expect 0 vfpool reconcile --fix
equal "slots" "$(vfpool show guest1 --json | jq -c .slots)" "[]"
equal "metadata without slots" "$(metadata)$(metadata --inactive)" ''
ok "forgotten while it was saved: the restored metadata does not bring the slot back"

expect 0 vfpool attach guest1 --slot net0 --on-start --pf "$pf"
mac=$(slot_says guest1 net0 mac)
check_nic() {
	wait_until 60 "guest1 has its VF $1" is_attached
	wait_until 60 "guest1 sees its NIC $1" guest_has_mac guest1 "$mac"
	equal "NIC $1" "$(nic_line guest1 "$mac" | cut -d' ' -f1,2)" \
		"$(slot_says guest1 net0 guest_ifname) $(slot_says guest1 net0 guest_address)"
	equal "configuration $1" "$(interface_xml guest1 net0 --inactive)" ''
}
check_nic "after attach --on-start"
expect 0 vfpool detach guest1 --slot net0
virsh managedsave guest1 >/dev/null
equal "VFs of guest1" "$(vfpool list --json | jq '[.[] | select(.guest == "guest1")] | length')" 0
virsh start guest1 >/dev/null
check_nic "after the managed save"
expect 0 vfpool detach guest1 --slot net0
save
restore
check_nic "after the restore"
agree other1 net0 "$vf0"
ok "an on-start slot: the restored guest gets a VF again, as the same NIC"
