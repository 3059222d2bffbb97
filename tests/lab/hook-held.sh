#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Another hook holds guest B's start for five seconds, with the domain locked,
# while guest A gets and loses VFs: B starts, and every command on A ends well.
#
# lab: warm
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 4
at_exit vfpool detach guest1 --all --ensure
hook=/etc/libvirt/hooks/qemu.d/10-slow
mkdir -p "${hook%/*}"
cat >"$hook" <<-'EOF'
	#!/bin/sh
	[ "$1 $2" != "held1 prepare" ] || { touch /run/held1.in; sleep 5; }
	exit 0
EOF
chmod +x "$hook"
at_exit rm -f "$hook" /run/held1.in
systemctl reload-or-restart libvirtd

lab-guest define held1 --empty
at_exit lab-guest delete held1
expect 0 vfpool attach held1 --vf "$pf/3" --config
rounds=10
((VFPOOL_FULL == 0)) || rounds=30

virsh start held1 >"$WORK/start" 2>&1 &
start=$!
wait_until 10 "the start of held1 is held" test -e /run/held1.in
for ((i = 0; i < rounds; i++)); do
	expect 0 vfpool attach guest1 --pf "$pf" --slot net0
	expect 0 vfpool detach guest1 --slot net0
done
wait "$start" || fail "held1 does not start: $(<"$WORK/start")"
equal "state of held1" "$(virsh domstate held1)" running
equal "state of its VF" "$(list_says "$(vf_address "$pf" 3)" state)" attached
ok "$((2 * rounds)) commands on guest1 while the start of held1 was held"
lab-guest stop held1
expect 0 vfpool detach held1 --all
