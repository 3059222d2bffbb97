#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two VFs are reserved on vfio-pci: no guest gets them, and they come back with
# driver and settings as they were. The same by the configuration, which stands
# when the state file is lost.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 3
modprobe vfio-pci
at_exit vfpool detach guest1 --all --ensure
at_exit vfpool unreserve --owner dpdk --ensure
ip link set "$pf" vf 1 vlan 7 qos 1
ip link set "$pf" vf 1 spoofchk off
at_exit ip link set "$pf" vf 1 vlan 0
at_exit ip link set "$pf" vf 1 spoofchk on
addresses=() before=() overrides=()
for i in 0 1; do
	addresses[i]=$(vf_address "$pf" "$i")
	before[i]=$(vf_settings "$pf" "$i")
	overrides[i]=$(cat "/sys/bus/pci/devices/${addresses[i]}/driver_override")
done

expect 0 vfpool reserve --pf "$pf" --count 2 --owner dpdk --driver vfio-pci --mac auto \
	--vlan 42:3 --trust on
for i in 0 1; do
	equal "driver of VF $i" "$(driver_of "${addresses[i]}")" vfio-pci
	equal "state of VF $i" "$(list_says "${addresses[i]}" state)" reserved
	equal "owner of VF $i" "$(list_says "${addresses[i]}" used_by)" dpdk
	equal "VLAN of VF $i" "$(vf_settings "$pf" "$i" | jq -c '.vlan_list[0].vlan')" 42
	equal "trust of VF $i" "$(vf_settings "$pf" "$i" | jq -c .trust)" true
done
ok "reserved: ${addresses[*]}"
expect 0 vfpool reserve --pf "$pf" --count 2 --owner dpdk --driver vfio-pci --mac auto \
	--vlan 42:3 --trust on --ensure
expect 0 vfpool reconcile
ok "the same once more changes nothing, and nothing is found"

expect_error 5 dpdk vfpool attach guest1 --vf "${addresses[0]}"
expect 0 vfpool attach guest1 --pf "$pf"
check_attached guest1 net0
equal "state of the third VF" "$(list_says "$(vf_address "$pf" 2)" state)" attached
expect_error 4 dpdk vfpool reserve --pf "$pf" --count 1 --owner other
expect 0 vfpool detach guest1
expect 0 vfpool forget guest1
ok "the guest gets the third VF"

# Somebody takes one away from vfio-pci.
echo "${addresses[0]}" >/sys/bus/pci/drivers/vfio-pci/unbind
expect 7 vfpool reconcile
expect 0 vfpool reconcile --fix
equal "driver of VF 0" "$(driver_of "${addresses[0]}")" vfio-pci
ok "reconcile --fix binds it again"

expect 0 vfpool unreserve --owner dpdk
for i in 0 1; do
	equal "driver of VF $i" "$(driver_of "${addresses[i]}")" igbvf
	equal "settings of VF $i" "$(vf_settings "$pf" "$i")" "${before[i]}"
	equal "override of VF $i" \
		"$(cat "/sys/bus/pci/devices/${addresses[i]}/driver_override")" "${overrides[i]}"
	equal "state of VF $i" "$(list_says "${addresses[i]}" state)" free
done
ok "driver, override and settings as before: ${before[*]}"
expect_error 3 'nothing is reserved' vfpool unreserve --owner dpdk

conf=/etc/vfpool/vfpool.conf
mkdir -p "${conf%/*}"
at_exit rm -f "$conf"
cat >"$conf" <<-END
	[reserve dpdk]
	pf = $pf
	vfs = 1-2
	count = 1
	driver = vfio-pci
	mac = auto
	trust = on
END
address=$(vf_address "$pf" 1)
expect 0 vfpool pools --check
equal "state before it is made" "$(list_says "$address" state)" reserved
expect_error 5 dpdk vfpool attach guest1 --vf "$address"
expect 7 vfpool reconcile
expect 0 vfpool boot host
equal "driver after boot" "$(driver_of "$address")" vfio-pci
equal "trust after boot" "$(vf_settings "$pf" 1 | jq -c .trust)" true
expect 0 vfpool reconcile
ok "boot host makes what the configuration reserves"

expect 0 vfpool attach guest1 --pf "$pf"
lost=$(mktemp)
mv "$STATE" "$lost"
at_exit rm -f "$lost"
echo "$address" >/sys/bus/pci/drivers/vfio-pci/unbind
expect 0 vfpool boot host
equal "driver without state file" "$(driver_of "$address")" vfio-pci
[[ ! -e $STATE ]] || fail "boot host has made a state file that knows no guest"
expect 0 vfpool reconcile --rebuild
expect 0 vfpool reconcile --fix
equal "owner after the rebuild" "$(list_says "$address" used_by)" dpdk
check_attached guest1 net0
expect 0 vfpool detach guest1
expect 0 vfpool forget guest1
rm "$conf"
expect 0 vfpool unreserve --owner dpdk
ok "it stands when the state file is lost"
