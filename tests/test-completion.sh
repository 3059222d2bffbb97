#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What bash completes behind "vfpool ...", with a virsh and a vfpool of our own.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR/../scripts/completion source=vfpool.bash
. "${top_srcdir:-.}/scripts/completion/vfpool.bash"

virsh() {
	printf '%s\n' web1 web2 'my guest' ''
}

vfpool() {
	case $* in
	*--help) printf 'Columns:\n  PF           a PF\n  VLAN-QOS     a priority\n' ;;
	*) printf 'PF       VF\nenp1s0f0  3\nenp1s0f0  4\n' ;;
	esac
}

failed=0

# expect COMPLETIONS WORD...: the last word is the one to be completed.
expect() {
	local wanted=$1
	shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_vfpool
	if [[ ${COMPREPLY[*]-} == "$wanted" ]]; then
		echo "ok $*"
		return
	fi
	echo "FAILED $*: '${COMPREPLY[*]-}', not '$wanted'"
	failed=1
}

expect 'list show pools attach detach set move migrate xml forget adopt disown ports reserve unreserve reconcile history guest-config export import' vfpool ''
expect 'detach disown' vfpool d
expect 'attach' vfpool --json att
expect 'attach' vfpool --state x att
expect 'attach' vfpool --color = never att
expect 'web1 web2 my\ guest' vfpool attach ''
expect 'web1 web2' vfpool detach w
expect 'web1 web2' vfpool forget --all w
expect 'web1 web2' vfpool adopt --ensure w
expect 'web1 web2' vfpool disown w
expect 'web1 web2' vfpool move w
expect 'web1 web2' vfpool migrate w
expect 'auto failover unplug' vfpool migrate web1 --mode ''
expect '--replug' vfpool set --r
expect '--pf --pool' vfpool move --p
expect 'enp1s0f0/4' vfpool move web1 --vf enp1s0f0/4
expect '' vfpool list w
expect 'enp1s0f0/3 enp1s0f0/4' vfpool attach web1 --vf ''
expect 'enp1s0f0/4' vfpool attach web1 --vf = enp1s0f0/4
expect 'on off' vfpool attach web1 --trust ''
expect 'on off' vfpool attach web1 --trust =
expect '--spoofchk' vfpool attach web1 --sp
expect '--mac --max-tx-rate' vfpool xml web1 --ma
expect '--all' vfpool detach --a
expect '--free' vfpool list --f
expect '--failover --force' vfpool attach --f
expect '--add' vfpool ports web1 --a
expect 'enp1s0f0/3 enp1s0f0/4' vfpool reserve ''
expect 'vfio-pci host none' vfpool reserve --driver ''
expect '--owner' vfpool unreserve --o
expect '--at' vfpool history --a
expect 'systemd-networkd' vfpool guest-config web1 --format s
expect '/dev' vfpool guest-config web1 --output /de
expect '' vfpool history w
expect '--merge' vfpool import --m
expect '/dev/null' vfpool import /dev/nul
expect '--fix' vfpool reconcile --f
expect '--version --verbose' vfpool --ver
expect 'auto always never' vfpool --color ''
expect 'vlan-qos' vfpool list -o v
expect '' vfpool attach web1 --mac ''

# A machine without virsh and SR-IOV completes nothing, and says nothing.
virsh() { return 127; }
vfpool() { return 127; }
expect '' vfpool attach ''
expect '' vfpool show --guest ''
expect '' vfpool attach web1 --vf ''
((failed == 0))
