#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Names in the guest: two slots, a forgotten one, and ports that are added.
#
# lab:
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 4
lab-guest define names1 --root-ports 2
at_exit lab-guest delete names1
lab-guest start names1

# identity SLOT: what a slot is to the guest.
identity() {
	vfpool show names1 --json | jq -c --arg slot "$1" \
		'.slots[] | select(.slot == $slot) | [.mac, .guest_address, .acpi_index, .guest_ifname]'
}

for slot in net0 net1; do
	expect 0 vfpool attach names1 --slot "$slot" --pf "$pf"
	check_attached names1 "$slot"
done
net0=$(identity net0) net1=$(identity net1)
differ "name of the second slot" "$(slot_says names1 net1 guest_ifname)" \
	"$(slot_says names1 net0 guest_ifname)"
expect_error 2 net0 vfpool detach names1
contains "slots to choose from" "$ERR" net1
ok "two slots: $net0 $net1"

expect_error 6 ports vfpool attach names1 --slot net2 --pf "$pf"
ok "no port left: $ERR"
expect 0 vfpool ports names1 --add 2
contains "ports --add" "$OUT$ERR" "'virsh shutdown' and 'virsh start'"
lab-guest stop names1
lab-guest start names1
for slot in net0 net1; do
	check_attached names1 "$slot"
done
equal "net0 after ports --add and a power cycle" "$(identity net0)" "$net0"
equal "net1 after ports --add and a power cycle" "$(identity net1)" "$net1"
expect 0 vfpool attach names1 --slot net2 --pf "$pf"
check_attached names1 net2
ok "ports --add and a power cycle: same names, and room for a third: $(identity net2)"

# The other way round than they came, with other VFs.
expect_error 5 net0 vfpool forget names1 --slot net0
expect 0 vfpool detach names1 --all
expect 0 vfpool attach names1 --slot net1 --vf "$pf/3"
expect 0 vfpool attach names1 --slot net0 --vf "$pf/2"
check_attached names1 net0
check_attached names1 net1
equal "net0" "$(identity net0)" "$net0"
equal "net1" "$(identity net1)" "$net1"
ok "detached and attached in another order with other VFs: same names"

expect 0 vfpool detach names1 --all
expect 0 vfpool forget names1 --slot net0
equal "slots" "$(vfpool show names1 --json | jq -c '[.slots[].slot]')" '["net1","net2"]'
expect 0 vfpool attach names1 --slot net0 --pf "$pf" --mac 56:66:00:00:00:01
equal "MAC of the new slot" "$(slot_says names1 net0 mac)" 56:66:00:00:00:01
check_attached names1 net0
equal "net1" "$(identity net1)" "$net1"
ok "forgotten and made anew with another MAC: $(identity net0)"
expect 0 vfpool detach names1 --slot net0
expect 0 vfpool forget names1 --all
equal "slots" "$(vfpool show names1 --json | jq -c .slots)" '[]'
lacks "metadata of names1" "$(virsh dumpxml names1 --inactive)" vfpool
ok "all forgotten, also in the guest's metadata"
