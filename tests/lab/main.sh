#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The main job: a VF into a running guest, out again, and another one in with
# the same MAC, guest address and NIC name.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 3
at_exit vfpool detach guest1 --all --ensure
first=$(vf_address "$pf" 0)

for ((i = 0; i < 3; i++)); do
	settings[i]=$(vf_settings "$pf" "$i")
done
driver=$(driver_of "$first")
equal "driver of the VFs" "$driver" igbvf

expect 0 vfpool attach guest1 --pf "$pf" --json
vf=$(jq -r .vf <<<"$OUT") mac=$(jq -r .mac <<<"$OUT") guest_address=$(jq -r .guest_address <<<"$OUT")
name=$(jq -r .guest_ifname <<<"$OUT")
equal "attach changed something" "$(jq -r .changed <<<"$OUT")" true
check_attached guest1 net0
equal "show and attach agree on the MAC" "$(slot_says guest1 net0 mac)" "$mac"
ok "attached: VF $vf is $name at $guest_address with $mac"
check_ping guest1 "$name" "$pf"
ok "ping through the VF"

expect 0 vfpool detach guest1
check_detached guest1 net0 "$mac"
address=$(vf_address "$pf" "$vf")
equal "state of $address" "$(list_says "$address" state)" free
equal "driver of $address" "$(driver_of "$address")" "$driver"
wait_until 10 "$address has a netdev" has_netdev "$address"
for ((i = 0; i < 3; i++)); do
	equal "settings of VF $i" "$(vf_settings "$pf" "$i")" "${settings[i]}"
done
ok "detached: the VF is as it was"

other=$(((vf + 1) % 3))
expect 0 vfpool attach guest1 --vf "$(vf_address "$pf" "$other")"
check_attached guest1 net0
equal "VF" "$(slot_says guest1 net0 vf)" "$other"
equal "MAC" "$(slot_says guest1 net0 mac)" "$mac"
equal "guest address" "$(slot_says guest1 net0 guest_address)" "$guest_address"
equal "name" "$(slot_says guest1 net0 guest_ifname)" "$name"
ok "attached again with VF $other: same MAC, guest address and name"

lab-guest stop guest1
equal "state while off" "$(slot_says guest1 net0 state)" attached
equal "live while off" "$(slot_says guest1 net0 live)" false
lab-guest start guest1
check_attached guest1 net0
equal "name after a power cycle" "$(nic_line guest1 "$mac" | cut -d' ' -f1,2)" "$name $guest_address"
ok "the same after a power cycle"

expect 0 vfpool detach guest1
check_detached guest1 net0 "$mac"
ok "detached for good"
