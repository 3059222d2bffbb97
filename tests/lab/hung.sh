#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A guest that never answers an unplug: vfpool says so in time, and nobody else
# gets the VF until the guest is gone.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 2
# The second one has no operating system that could answer: sooner up.
kind=--empty
((VFPOOL_FULL == 0)) || kind=--hung
lab-guest define hung1 --hung
at_exit lab-guest delete hung1
lab-guest define hung2 "$kind"
at_exit lab-guest delete hung2
at_exit vfpool detach guest1 --all --ensure

# attach_and_fail_to_detach GUEST OPTION...: sets ADDRESS.
attach_and_fail_to_detach() {
	local guest=$1 driver
	shift
	lab-guest start "$guest"
	driver=$(driver_of "$(vf_address "$pf" 0)")
	expect 0 vfpool attach "$guest" --vf "$pf/0" "$@"
	ADDRESS=$(vf_address "$pf" 0)
	differ "driver of $ADDRESS" "$(driver_of "$ADDRESS")" "$driver"

	expect_error 6 "$guest" vfpool detach "$guest" --timeout 8
	at_most "milliseconds of detach --timeout 8" "$TOOK" 10500
	ok "attach ${*:-live + config}: detach gives up after $TOOK ms: $ERR"
	check_held "$guest"
	ok "the VF is held: $ERR"
}

# check_held GUEST: what list says of the VF is the truth, and it is not free.
check_held() {
	local guest=$1 state
	contains "dumpxml $guest" "$(interface_xml "$guest" net0)" "$(xml_source "$ADDRESS")"
	state=$(list_says "$ADDRESS" state)
	[[ $state == detaching || $state == attached ]] || fail "$ADDRESS is $state in list"
	equal "guest of $ADDRESS" "$(list_says "$ADDRESS" guest)" "$guest"
	lacks "list --free" "$(vfpool list --free)" "$ADDRESS"
	expect_error 5 "$guest" vfpool attach guest1 --vf "$ADDRESS"
}

take_it() {
	expect 0 vfpool attach guest1 --vf "$ADDRESS"
	check_attached guest1 net0
	expect 0 vfpool detach guest1
	equal "state of $ADDRESS" "$(list_says "$ADDRESS" state)" free
}

attach_and_fail_to_detach hung1 --live
equal "configuration of hung1" "$(interface_xml hung1 net0 --inactive)" ''
lab-guest stop hung1
equal "state of $ADDRESS after the guest's end" "$(list_says "$ADDRESS" state)" free
take_it
ok "attach --live: after the guest's end the VF is free"

attach_and_fail_to_detach hung2
contains "configuration of hung2" "$(interface_xml hung2 net0 --inactive)" "$(xml_source "$ADDRESS")"
lab-guest stop hung2
take_it
equal "configuration of hung2" "$(interface_xml hung2 net0 --inactive)" ''
equal "hung2 net0" "$(slot_says hung2 net0 state)" detached
ok "attach live + config: the next command finishes the detach of a guest that has ended"
