#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What colleagues do behind vfpool's back: unplug by virsh, define a template
# over a guest, clone it.
#
# lab: warm
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 3
at_exit vfpool detach guest1 --all --ensure

finds() {
	run vfpool reconcile --json
	equal "status of a reconcile that finds $1" "$STATUS" 7
	contains "findings" "$(jq -r '.findings[].id' <<<"$OUT")" "$1"
}

clean() {
	run vfpool reconcile
	equal "what reconcile finds" "$STATUS $OUT $ERR" "0  "
}

expect 0 vfpool attach guest1 --vf "$pf/0" --slot net0
mac=$(slot_says guest1 net0 mac)
guest_address=$(slot_says guest1 net0 guest_address)
clean
ok "nothing to find after an attach"

interface_xml guest1 net0 >"$WORK/device.xml"
virsh detach-device guest1 "$WORK/device.xml" --live >/dev/null
nic_is_gone() { [[ ! $(interface_xml guest1 net0) ]]; }
wait_until 30 "the device is out of guest1" nic_is_gone
finds unplugged
nic_is_gone || fail "a plain reconcile has plugged the VF back"
run vfpool reconcile --fix
nic_is_gone || fail "reconcile --fix has plugged the VF back without --live"
ok "detached by virsh: reported, and not plugged back ($OUT)"
expect 0 vfpool attach guest1 --slot net0 --ensure
check_attached guest1 net0
equal "MAC" "$(slot_says guest1 net0 mac)" "$mac"
virsh detach-device guest1 "$WORK/device.xml" --live >/dev/null
wait_until 30 "the device is out of guest1" nic_is_gone
run vfpool reconcile --fix --live
check_attached guest1 net0
ok "with --live it is plugged back"
clean

lab-guest stop guest1
virsh dumpxml --inactive guest1 >"$WORK/with.xml"
uuid=$(virsh domuuid guest1)
# The template has neither metadata nor VF.
perl -0pe "s|<vfpool:slots.*?</vfpool:slots>||sg; s|<interface type='hostdev'.*?</interface>||sg" \
	"$WORK/with.xml" >"$WORK/template.xml"
virsh undefine guest1 >/dev/null
virsh define "$WORK/template.xml" >/dev/null
equal "UUID" "$(virsh domuuid guest1)" "$uuid"
lacks "the template" "$(virsh dumpxml --inactive guest1)" hostdev
finds slot-dropped
expect 0 vfpool attach guest1 --slot net0 --ensure
equal "MAC after the template" "$(slot_says guest1 net0 mac)" "$mac"
equal "guest address after the template" "$(slot_says guest1 net0 guest_address)" "$guest_address"
clean
lab-guest start guest1
check_attached guest1 net0
ok "undefined and defined by a template: --ensure puts the slot back, same identity"

if command -v virt-clone >/dev/null; then
	lab-guest stop guest1
	virt-clone --original guest1 --name copy1 --auto-clone >/dev/null
	at_exit virsh undefine copy1
	finds copied-identity
	run vfpool reconcile --fix
	equal "guest of VF 0" "$(list_says "$(vf_address "$pf" 0)" guest)" guest1
	run virsh start copy1
	((STATUS != 0)) || fail "the clone starts with the VF of guest1"
	lab-guest start guest1
	check_attached guest1 net0
	expect 0 vfpool adopt copy1 --pf "$pf"
	differ "MAC of the clone" "$(slot_says copy1 net0 mac)" "$mac"
	differ "VF of the clone" "$(slot_says copy1 net0 address)" "$(vf_address "$pf" 0)"
	expect 0 vfpool detach copy1 --all
	expect 0 vfpool forget copy1 --all
	virsh undefine copy1 >/dev/null
	clean
	ok "cloned: the clone gets no VF of its original, adopt gives it its own"
fi
