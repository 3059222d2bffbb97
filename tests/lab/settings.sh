#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Settings of a VF by its PF: there while attached, gone after detach; one that
# the driver lacks undoes all.
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
before=$(vf_settings "$pf" 0)

# has KEY WANTED: a setting of VF 0 as ip says it.
has() {
	equal "$1 of VF 0" "$(vf_settings "$pf" 0 | jq -c "$1")" "$2"
}

expect 0 vfpool attach guest1 --vf "$address" --vlan 42:3 --trust on --spoofchk off --max-tx-rate 100
has '.vlan_list[0].vlan' 42
has '.vlan_list[0].qos' 3
has .trust true
has .spoofchk false
has '.rate.max_tx' 100
check_attached guest1 net0
for key in vlan:42 vlan_qos:3 trust:true spoofchk:false max_tx_rate:100; do
	equal "${key%:*} in list" "$(list_says "$address" "${key%:*}")" "${key#*:}"
done
ok "VLAN 42 with priority 3, trust, no spoof check, 100 Mbit/s: $(vf_settings "$pf" 0)"
expect 0 vfpool detach guest1
equal "settings after detach" "$(vf_settings "$pf" 0)" "$before"
ok "all of them as before after detach"

# What the host itself has set comes back too.
ip link set "$pf" vf 0 vlan 7 qos 1
ip link set "$pf" vf 0 spoofchk off
before=$(vf_settings "$pf" 0)
expect 0 vfpool attach guest1 --vf "$address"
expect 0 vfpool detach guest1
equal "settings after detach" "$(vf_settings "$pf" 0)" "$before"
ok "what was set by hand is back: $before"
expect 0 vfpool forget guest1

refuse() {
	expect_error 10 link-state vfpool attach guest1 --vf "$address" --link-state disable --trust on --vlan 9
}
unchanged_vf() {
	equal "XML" "$(interface_xml guest1 net0)$(interface_xml guest1 net0 --inactive)" ''
	equal "settings" "$(vf_settings "$pf" 0)" "$before"
	equal "driver" "$(driver_of "$address")" igbvf
	equal "state" "$(list_says "$address" state)" free
	equal "slots" "$(vfpool show guest1 --json | jq '.slots | length')" 0
}
refuse
unchanged_vf
ok "igb has no link state, all is undone: $ERR"
