#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libvirtd does not run, or hangs.
#
# lab: warm
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 3
new_guest other1 --empty
at_exit vfpool detach guest1 --all --ensure
at_exit start_libvirt
expect 0 vfpool attach guest1 --vf "$pf/0"
expect 0 vfpool attach other1 --vf "$pf/2"

# check_list: what only libvirt could tell is unknown.
check_list() {
	expect 0 vfpool list --json
	contains "warning of list" "$ERR" libvirt
	equal "free VFs" "$(jq '[.[] | select(.state == "free")] | length' <<<"$OUT")" 0
	equal "state of a VF that is in no claim" \
		"$(jq -r --arg a "$(vf_address "$pf" 1)" '.[] | select(.address == $a) | .state' <<<"$OUT")" unknown
	expect 0 vfpool show guest1
	contains "show guest1" "$OUT" net0
}

sum_of_world() {
	sha256sum "$STATE"
	ip -d link show | sed -E 's/^[0-9]+: //'
}

stop_libvirt
before=$(sum_of_world)
check_list
ok "libvirtd stopped: list exits 0, ${ERR%%$'\n'*}"
for command in "attach guest1 --slot net1 --pf $pf" "detach guest1" "ports guest1 --add 1"; do
	read -r -a words <<<"$command"
	expect_error 9 libvirt vfpool "${words[@]}"
	at_most "milliseconds of ${words[0]}" "$TOOK" 10000
	ok "9 after $TOOK ms: $ERR"
done
equal "state file and links" "$(sum_of_world)" "$before"
start_libvirt
check_attached guest1 net0
ok "after its start all is as before"

pid=$(systemctl show -p MainPID --value libvirtd)
at_exit kill -CONT "$pid"
kill -STOP "$pid"
check_list
at_most "milliseconds of list" "$TOOK" 7000
run vfpool list
at_most "milliseconds of list" "$TOOK" 7000
ok "libvirtd hangs: list after $TOOK ms, ${ERR%%$'\n'*}"
expect_error 9 libvirt vfpool attach guest1 --slot net1 --pf "$pf"
at_most "milliseconds of attach" "$TOOK" 40000
ok "9 after $TOOK ms: $ERR"
equal "state file and links" "$(sum_of_world)" "$before"
kill -CONT "$pid"
expect 0 vfpool detach guest1
equal "state of VF 0" "$(list_says "$(vf_address "$pf" 0)" state)" free
ok "when it goes on, all goes on"
