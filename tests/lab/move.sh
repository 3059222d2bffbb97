#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# move: the same NIC of a running guest on another card, and back where the
# second half fails.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

first=enp1s0f0 second=enp2s0f0
make_vfs "$first" 2
make_vfs "$second" 1
from=$(vf_address "$first" 0)
to=$(vf_address "$second" 0)
at_exit vfpool detach guest1 --all --ensure
before_from=$(vf_settings "$first" 0)
before_to=$(vf_settings "$second" 0)

identity() {
	vfpool show guest1 --json |
		jq -c '.slots[] | [.slot, .mac, .guest_address, .acpi_index, .guest_ifname, .alias]'
}

expect 0 vfpool attach guest1 --vf "$from" --vlan 42 --trust on
check_attached guest1 net0
net0=$(identity)

expect 0 vfpool move guest1 --pf "$second"
check_attached guest1 net0
equal "identity" "$(identity)" "$net0"
equal "VF" "$(slot_says guest1 net0 address)" "$to"
equal "pool" "$(slot_says guest1 net0 pool)" "$second"
equal "settings of the former VF" "$(vf_settings "$first" 0)" "$before_from"
equal "driver of the former VF" "$(driver_of "$from")" igbvf
equal "VLAN on the new one" "$(vf_settings "$second" 0 | jq '.vlan_list[0].vlan')" 42
expect 0 vfpool reconcile guest1
ok "moved from $from to $to: $net0"

expect 0 vfpool move guest1 --vf "$to" --json
equal "changed by the same again" "$(jq .changed <<<"$OUT")" false
expect_error 4 attached vfpool move guest1
ok "there already; no other in its pool: $ERR"

# libvirt refuses a VF of a PF that is down, vfpool before it has done anything.
ip link set "$first" down
at_exit ip link set "$first" up
expect_error 10 down vfpool move guest1 --vf "$from"
equal "VF" "$(slot_says guest1 net0 address)" "$to"
check_attached guest1 net0
ip link set "$first" up
ok "PF down: $ERR"

expect 0 vfpool move guest1 --vf "$first/1"
check_attached guest1 net0
equal "identity" "$(identity)" "$net0"
equal "settings of the former VF" "$(vf_settings "$second" 0)" "$before_to"
ok "back on the first card, VF 1"
expect 0 vfpool detach guest1
expect 0 vfpool forget guest1
