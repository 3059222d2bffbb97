#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The client is killed while its request waits in libvirtd: the request runs
# all the same, and nobody else gets the VF.
#
# lab: warm
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 4
new_guest busy1 --empty
at_exit vfpool detach guest1 --all --ensure

has_device() {
	[[ $(interface_xml busy1 "$1") ]]
}

# killed_attach SLOT VF: the client dies while its request waits in libvirtd.
killed_attach() {
	attach_behind_job busy1 net0 "$1" "$pf/$2"
	kill -9 "$CLIENT"
	wait "$CLIENT" 2>/dev/null || true
	equal "claims of a client that was killed" \
		"$(sqlite3 -readonly "$STATE" "select count(*) from claim where vf = $2")" 1
}

expect 0 vfpool attach busy1 --slot net0 --vf "$pf/0" --live

killed_attach net1 1
address=$(vf_address "$pf" 1)
# At once, when the device may be in no XML yet: nobody else gets the VF.
expect_error 5 busy1 vfpool attach guest1 --vf "$address"
wait_until 20 "the dead client's request has run" has_device net1
agree busy1 net1 "$address"
expect_error 5 busy1 vfpool attach guest1 --vf "$address"
agree busy1 net1 "$address"
equal "state after the next command" "$(list_says "$address" state)" attached
equal "the VF's admin MAC" "$(admin_mac "$pf" 1)" "$(slot_says busy1 net1 mac)"
ok "client killed, its request runs all the same: $AGREED"

killed_attach net2 2
address=$(vf_address "$pf" 2)
expect 0 vfpool attach guest1 --slot net5 --vf "$pf/3"
wait_until 20 "the dead client's request has run" has_device net2
wait "$HOLDER" || true
agree busy1 net2 "$address"
equal "the VF's admin MAC" "$(admin_mac "$pf" 2)" "$(slot_says busy1 net2 mac)"
ok "client killed, then another command at once: $AGREED"
expect 0 vfpool detach guest1 --slot net5

lab-guest stop busy1
expect 0 vfpool detach busy1 --all --ensure
for vf in 0 1 2 3; do
	equal "state of VF $vf" "$(list_says "$(vf_address "$pf" "$vf")" state)" free
done
ok "free again after the guest's end"
