#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# attach --ensure twice: the second one has nothing to do.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 2
at_exit vfpool detach guest1 --all --ensure

expect 0 vfpool attach guest1 --pf "$pf" --ensure --slot net0 --json
equal "changed, first" "$(jq .changed <<<"$OUT")" true
first=$OUT
again() {
	expect 0 vfpool attach guest1 --pf "$pf" --ensure --slot net0 --json
}
unchanged "the second attach --ensure" again
equal "changed, second" "$(jq .changed <<<"$OUT")" false
for key in address mac guest_address guest_ifname slot pf vf; do
	equal "$key" "$(jq ".$key" <<<"$OUT")" "$(jq ".$key" <<<"$first")"
done
ok "attach --ensure twice: changed true, then false"
expect_error 5 net0 vfpool attach guest1 --pf "$pf" --slot net0
ok "without --ensure: $ERR"

expect 0 vfpool detach guest1 --slot net0 --ensure --json
equal "changed, first" "$(jq 'if type == "array" then .[0] else . end | .changed' <<<"$OUT")" true
expect 0 vfpool detach guest1 --slot net0 --ensure --json
equal "changed, second" "$(jq 'if type == "array" then .[0] else . end | .changed' <<<"$OUT")" false
expect_error 3 net0 vfpool detach guest1 --slot net0
ok "detach --ensure twice: changed true, then false; without: $ERR"
