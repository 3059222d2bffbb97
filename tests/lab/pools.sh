#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A pool over two cards: attaches alternate between them, and a VF that the
# pool keeps back is never given.
#
# lab:
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

conf=/etc/vfpool/vfpool.conf
make_vfs enp1s0f0 7 none
make_vfs enp2s0f0 7 none
mkdir -p /etc/vfpool
at_exit rm -f "$conf"
cat >"$conf" <<-END
	[pool storage]
	pf = enp1s0f0; mac:$(ip -j link show enp2s0f0 | jq -r '.[0].permaddr // .[0].address')
	vfs = 1-6
	pick = spread
	vlan = 42
END
lab-guest define pool1 --empty --root-ports 10
at_exit lab-guest delete pool1

expect 0 vfpool pools --check
equal "VFs of the pool" "$(vfpool pools --json | jq -c '.[] | select(.pool == "storage") | [.total, .free, .pfs]')" \
	'[12,12,["enp1s0f0","enp2s0f0"]]'
last=
for ((n = 0; n < 6; n++)); do
	expect 0 vfpool attach pool1 --pool storage --slot "net$n"
	pf=$(slot_says pool1 "net$n" pf)
	differ "PF of attach $n" "$pf" "$last"
	last=$pf
done
equal "VFs given" "$(vfpool list --json | jq -c '[.[] | select(.guest == "pool1") | .pf + "/" + (.vf | tostring)]')" \
	'["enp1s0f0/1","enp1s0f0/2","enp1s0f0/3","enp2s0f0/1","enp2s0f0/2","enp2s0f0/3"]'
ok "six attaches alternate between the cards"

for ((n = 6; n < 9; n++)); do
	expect 0 vfpool attach pool1 --pf enp1s0f0 --slot "net$n"
done
expect_error 4 "6 attached" vfpool attach pool1 --pf enp1s0f0 --slot net9
equal "state of VF 0 of enp1s0f0" "$(list_says "$(vf_address enp1s0f0 0)" state)" free
ok "VF 0 of enp1s0f0 stays with the host: $ERR"

contains "XML of net0" "$(interface_xml pool1 net0 --inactive)" "<tag id=\"42\"/>"
equal "pool" "$(vfpool pools --json | jq -c '.[] | select(.pool == "storage") | [.free, .off]')" '[3,9]'
ok "settings of the pool, and its capacity"
echo "vfs = 1-9" >>"$conf"
expect_error 2 "given twice" vfpool list
ok "a configuration that is wrong: $ERR"
