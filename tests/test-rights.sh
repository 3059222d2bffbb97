#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Without root: what changes the host is refused before anything is touched, in
# one line that says what to do; a fake host needs no root.
set -euo pipefail

vfpool=${top_builddir:-.}/vfpool

# As somebody else where this is root.
as_user() {
	if ((EUID != 0)); then
		"$@"
	else
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	fi
}

as_user "$vfpool" --version >/dev/null 2>&1 || {
	echo "a user cannot run $vfpool here: skipped"
	exit 77
}

for command in 'attach web1 --pf enp1s0f0' 'detach web1' 'forget web1' 'ports web1 --add 1' \
	'reconcile --fix' 'import state.json'; do
	status=0
	# shellcheck disable=SC2086
	message=$(as_user "$vfpool" $command 2>&1 >/dev/null) || status=$?
	if ((status != 10)) || [[ $message != 'vfpool: '*root* || $message == *$'\n'* ]]; then
		echo "FAILED vfpool $command: status $status, $message"
		exit 1
	fi
	echo "ok vfpool $command: $message"
done
