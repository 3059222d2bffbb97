#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# xml and --dry-run leave everything as it is and end as the run would.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 2
lab-guest define off1 --empty
at_exit lab-guest delete off1
at_exit vfpool detach guest1 --all --ensure

# pretend STATUS COMMAND...: dry-run of the command says what the run would.
pretend() {
	expect "$@" --dry-run
	ok "$1: ${*:2} --dry-run"
}

before_the_first() {
	expect 0 vfpool xml guest1 --pf "$pf"
	contains "xml" "$OUT" "<alias name=\"ua-vfpool-net0\"/>"
	XML=$OUT
	expect 4 vfpool xml guest1 --pf enp2s0f0
	expect 3 vfpool xml nosuch --pf "$pf"
	pretend 0 vfpool attach guest1 --pf "$pf"
	pretend 0 vfpool attach off1 --pf "$pf" --vlan 5
	pretend 4 vfpool attach guest1 --pf enp2s0f0
	pretend 3 vfpool attach nosuch --pf "$pf"
	pretend 6 vfpool attach off1 --pf "$pf" --live
	pretend 3 vfpool detach guest1
	pretend 0 vfpool ports guest1 --add 2
	pretend 3 vfpool forget guest1
}
unchanged "a dry run on a fresh host" before_the_first
[[ ! -e $STATE ]] || fail "there is a state file now: $STATE"
ok "no state file has been made"

# The plan of the dry run is what the run does.
tr -d '\n' <<<"$XML" | grep -q "$(xml_source "$(vf_address "$pf" 0)")" || {
	# Quotes are a matter of the writer.
	tr "'" '"' <<<"$XML" | tr -d '\n' | grep -qF "$(xml_source "$(vf_address "$pf" 0)")" ||
		fail "xml does not name VF 0: $XML"
}
expect 0 vfpool attach guest1 --pf "$pf"
check_attached guest1 net0
mac=$(slot_says guest1 net0 mac)
contains "xml of the dry run" "$XML" "$mac"
ok "the run does what xml said"

while_attached() {
	pretend 5 vfpool attach guest1 --pf "$pf" --slot net0
	pretend 5 vfpool attach off1 --vf "$pf/$(slot_says guest1 net0 vf)"
	pretend 0 vfpool attach guest1 --pf "$pf" --slot net1
	pretend 0 vfpool detach guest1
	pretend 0 vfpool detach guest1 --config
	pretend 5 vfpool forget guest1
}
unchanged "a dry run on an attached guest" while_attached

expect 0 vfpool detach guest1
while_detached() {
	pretend 0 vfpool forget guest1
	pretend 0 vfpool attach guest1 --pf "$pf"
}
unchanged "a dry run on a detached guest" while_detached
