#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fourteen VFs for four guests, one after another and all at once; there is no
# fifteenth.
#
# lab:
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

guests=(many1 many2 many3 many4)
make_vfs enp1s0f0 7 none
make_vfs enp1s0f1 7 none
for guest in "${guests[@]}"; do
	lab-guest define "$guest" --empty --root-ports 8
	at_exit lab-guest delete "$guest"
done

# The Nth attach (0 to 15): guest, slot and PF; eight for each PF.
words_of() {
	echo "${guests[$1 % 4]}" --slot "net$(($1 / 4))" --pf "enp1s0f$(($1 % 2))"
}

# All fourteen VFs are attached, each in one guest's XML once.
check_all() {
	local guest used
	equal "attached VFs" \
		"$(vfpool list --json | jq '[.[] | select(.state == "attached") | .address] | unique | length')" 14
	used=$(for guest in "${guests[@]}"; do
		virsh dumpxml "$guest" --xpath '/domain/devices/interface/source/address'
	done | grep '<address')
	equal "VFs in the guests" "$(wc -l <<<"$used")" 14
	equal "VFs twice in guests" "$(sort <<<"$used" | uniq -d)" ''
	[[ $(virsh domstate many1) == running ]] || return 0
	equal "MACs" "$(ip -j link show | jq '[.[].vfinfo_list[]?.address | select(startswith("56:66"))] | unique | length')" 14
}

start_all() {
	local guest
	for guest in "${guests[@]}"; do
		lab-guest start "$guest"
	done
}

# The guests do not answer, so they are stopped first.
free_all() {
	local guest
	for guest in "${guests[@]}"; do
		lab-guest stop "$guest"
		expect 0 vfpool detach "$guest" --all
	done
	equal "VFs that are not free" "$(vfpool list --json | jq '[.[] | select(.state != "free")] | length')" 0
}

# A VF in the configuration of a guest that is off is as good as one in a guest
# that runs, and sooner there.
((VFPOOL_FULL == 0)) || start_all
for ((n = 0; n < 14; n++)); do
	read -r -a words <<<"$(words_of "$n")"
	expect 0 vfpool attach "${words[@]}"
done
check_all
ok "14 attaches, 14 VFs"
for pf in enp1s0f0 enp1s0f1; do
	expect_error 4 "$pf" vfpool attach many4 --slot net9 --pf "$pf"
done
ok "no fifteenth: $ERR"
free_all
ok "all free again after the guests' end"

start_all
pids=()
for ((n = 0; n < 16; n++)); do
	read -r -a words <<<"$(words_of "$n")"
	vfpool attach "${words[@]}" --timeout 120 >"$WORK/out$n" 2>&1 &
	pids+=($!)
done
good=0
for ((n = 0; n < 16; n++)); do
	status=0
	wait "${pids[n]}" || status=$?
	case $status in
	0) good=$((good + 1)) ;;
	4) ;;
	*) fail "attach $n of 16 at once exits $status: $(<"$WORK/out$n")" ;;
	esac
done
equal "attaches that got a VF, of 16 at once" "$good" 14
check_all
ok "16 attaches at once: 14 VFs, two exit 4"
free_all
