#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An offline snapshot is reverted after the guest's VF has changed: repaired by
# reconcile, started as it is, with the VF at another guest, and while it runs.
#
# lab:
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
disk=/var/lib/libvirt/images/snap1.qcow2
make_vfs "$pf" 4

finds() {
	run vfpool reconcile snap1 --json
	equal "status of a reconcile that finds $1" "$STATUS" 7
	equal "findings" "$(jq -r '[.findings[].id] | sort | join(" ")' <<<"$OUT")" "$1"
}

repair() {
	expect 0 vfpool reconcile snap1 --fix
	expect 0 vfpool reconcile
	equal "what reconcile finds after the repair" "$OUT" ''
}

# configured VF: the configuration of net0 names it.
configured() {
	contains "configuration of net0" "$(interface_xml snap1 net0 --inactive)" \
		"$(xml_source "$(vf_address "$pf" "$1")")"
}

revert() {
	virsh snapshot-revert snap1 before >/dev/null
	equal "snap1 after the revert" "$(virsh domstate snap1)" "shut off"
	configured 0
}

# starts_with VF: no need for its user space to be up.
starts_with() {
	virsh start snap1 >/dev/null
	configured "$1"
	agree snap1 net0 "$(vf_address "$pf" "$1")"
	contains "what snap1 has" "$AGREED" "live true"
	equal "admin MAC of VF $1" "$(admin_mac "$pf" "$1")" "$mac"
}

# Without a disk libvirt has nothing to make a snapshot of.
qemu-img create -q -f qcow2 "$disk" 16M
at_exit rm -f "$disk"
lab-guest define snap1
at_exit lab-guest delete snap1
virsh attach-disk snap1 "$disk" sda --targetbus sata --subdriver qcow2 --config >/dev/null
expect 0 vfpool attach snap1 --slot net0 --vf "$pf/0"
mac=$(slot_says snap1 net0 mac)
virsh snapshot-create-as snap1 before >/dev/null
at_exit virsh snapshot-delete snap1 before
contains "snapshots in the disk" "$(qemu-img snapshot -l "$disk")" before

expect 0 vfpool detach snap1 --slot net0
expect 0 vfpool attach snap1 --slot net0 --vf "$pf/2"
expect 0 vfpool attach snap1 --slot net1 --vf "$pf/1"
mac1=$(slot_says snap1 net1 mac)
revert
equal "net1 after the revert" "$(interface_xml snap1 net1 --inactive)" ''
finds "config-wrong-vf slot-dropped"
repair
configured 2
equal "MAC of net1" "$(slot_says snap1 net1 mac)" "$mac1"
lab-guest start snap1
check_attached snap1 net0
check_attached snap1 net1
ok "reverted: reconcile puts back the VF of the slot, and the slot that was added since"

revert
wait_until 30 "the running guest's VFs are back" has_netdev "$(vf_address "$pf" 2)"
differ "admin MAC of VF 2" "$(admin_mac "$pf" 2)" "$mac"
finds "config-wrong-vf slot-dropped"
repair
configured 2
ok "reverted while it runs: the guest ends, its VF is as before, the rest is the same"

expect 0 vfpool detach snap1 --slot net1
expect 0 vfpool forget snap1 --slot net1
revert
starts_with 0
equal "VF of net0" "$(slot_says snap1 net0 vf)" 0
equal "state of VF 2" "$(list_says "$(vf_address "$pf" 2)" state)" free
lab-guest stop snap1
repair
ok "started as reverted: nobody has that VF, and the claim follows"

expect 0 vfpool detach snap1 --slot net0
expect 0 vfpool forget snap1 --slot net0
revert
finds device-without-claim
repair
equal "VF and MAC of net0" "$(slot_says snap1 net0 vf) $(slot_says snap1 net0 mac)" "0 $mac"
ok "reverted after a forget: slot and claim are made again from what the XML says"

expect 0 vfpool detach snap1 --slot net0
lab-guest define other1 --empty --root-ports 2
at_exit lab-guest delete other1
lab-guest start other1
expect 0 vfpool attach other1 --vf "$pf/0"
vf_settings "$pf" 0 >"$WORK/settings"
revert
finds config-wrong-vf
contains "the finding" "$OUT" "'vfpool adopt snap1 --pf PF' gives it another"
run virsh start snap1
((STATUS != 0)) || fail "snap1 starts with the VF of other1"
contains "virsh start" "$ERR" "is net0 of other1"
expect 7 vfpool reconcile --fix
configured 0
agree other1 net0 "$(vf_address "$pf" 0)"
equal "settings of VF 0" "$(vf_settings "$pf" 0)" "$(<"$WORK/settings")"
expect 0 vfpool adopt snap1 --pf "$pf"
repair
equal "MAC of net0" "$(slot_says snap1 net0 mac)" "$mac"
starts_with "$(slot_says snap1 net0 vf)"
agree other1 net0 "$(vf_address "$pf" 0)"
equal "settings of VF 0" "$(vf_settings "$pf" 0)" "$(<"$WORK/settings")"
ok "reverted to a VF that is another's by now: no start, and adopt gives it one"
