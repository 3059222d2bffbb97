#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# VFs that the host itself uses are foreign; one that is merely up is free, and
# picked last.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 5
at_exit vfpool detach guest1 --all --ensure
netdevs=()
for ((i = 0; i < 5; i++)); do
	netdevs[i]=$(netdev_of "$(vf_address "$pf" "$i")")
	ip link set "${netdevs[i]}" down
done

# check_host_has INDEX WHAT
check_host_has() {
	local address
	address=$(vf_address "$pf" "$1")
	equal "state of VF $1, which $2" "$(list_says "$address" state)" foreign
	expect_error 5 host vfpool attach guest1 --vf "$address"
	ok "foreign: VF $1, which $2: $ERR"
}

ip address add 192.0.2.1/24 dev "${netdevs[0]}"
ip link add lab-br0 type bridge
at_exit ip link del lab-br0
# A VF that came while its PF was in a reset has no MAC until it is up, and a
# bridge takes none without.
ip link set "${netdevs[1]}" up
ip link set "${netdevs[1]}" master lab-br0
ip netns add labns
at_exit ip netns del labns
ip link set "${netdevs[2]}" netns labns
ip link set "${netdevs[3]}" up
wait_until 10 "VF 3 is up" ip link show up dev "${netdevs[3]}"

check_host_has 0 "has a global address"
check_host_has 1 "is in a bridge"
check_host_has 2 "is in another network namespace"
equal "state of VF 3, which is merely up" "$(list_says "$(vf_address "$pf" 3)" state)" free

expect 0 vfpool attach guest1 --pf "$pf" --slot net0
equal "first pick" "$(slot_says guest1 net0 vf)" 4
expect 0 vfpool attach guest1 --pf "$pf" --slot net1
equal "last pick" "$(slot_says guest1 net1 vf)" 3
expect_error 4 "$pf" vfpool attach guest1 --pf "$pf" --slot net2
ok "picked: first VF 4, which is down, then VF 3, which is up; then: $ERR"
expect 0 vfpool detach guest1 --all
