#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# set: settings of a VF while its guest runs, exact in the kernel, in the
# configuration and after the guest's next start; as before after detach.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 1
address=$(vf_address "$pf" 0)
at_exit vfpool detach guest1 --all --ensure

# The VF's line of 'ip -d link show'.
line() {
	ip -d link show "$pf" | sed -n 's/^ *vf 0 *//p'
}
# vlans OPTION...: VLANs in the XML of net0.
vlans() {
	interface_xml guest1 net0 "$@" | grep -o "tag id=['\"][0-9]*" | grep -o '[0-9]*$' || true
}

before=$(line)
expect 0 vfpool attach guest1 --vf "$address" --vlan 42:3 --trust on --max-tx-rate 100 --spoofchk off
check_attached guest1 net0
attached=$(line)
contains "VF after attach" "$attached" "vlan 42, qos 3"
contains "VF after attach" "$attached" "spoof checking off"
contains "VF after attach" "$attached" "trust on"
contains "VF after attach" "$attached" "100Mbps"
ok "attach: $attached"

expect 0 vfpool set guest1 --vlan 43:5 --trust off --max-tx-rate 200 --spoofchk on
now=$(line)
contains "VF after set" "$now" "vlan 43, qos 5"
contains "VF after set" "$now" "spoof checking on"
contains "VF after set" "$now" "trust off"
contains "VF after set" "$now" "200Mbps"
equal "VLAN in the configuration" "$(vlans --inactive)" 43
equal "VLAN in the live XML" "$(vlans)" 42
contains "show" "$(vfpool show guest1)" "still says VLAN 42"
expect 0 vfpool reconcile guest1
ok "set: $now"

expect 0 vfpool set guest1 --vlan 43:5 --trust off --json
equal "changed by the same again" "$(jq .changed <<<"$OUT")" false
ok "the same again changes nothing"

expect_error 10 igb vfpool set guest1 --vlan 44 --trust on --link-state disable
equal "VF after what igb lacks" "$(line)" "$now"
equal "VLAN in the configuration" "$(vlans --inactive)" 43
expect 0 vfpool reconcile guest1
ok "igb has no link state, all is undone: $ERR"

expect_error 6 replug vfpool set guest1 --mac 56:66:00:00:00:01
expect 0 vfpool set guest1 --mac 56:66:00:00:00:01 --replug
check_attached guest1 net0
guest_has_mac guest1 56:66:00:00:00:01
equal "VLAN in the live XML" "$(vlans)" 43
contains "VF after the re-plug" "$(line)" "vlan 43, qos 5"
ok "plugged in anew with another MAC: $(line)"

expect 0 vfpool detach guest1
equal "VF after detach" "$(line)" "$before"
ok "as before after detach: $before"
expect 0 vfpool set guest1 --vlan 7
equal "VLAN of the slot" "$(slot_says guest1 net0 vlan)" 7
expect 0 vfpool forget guest1
