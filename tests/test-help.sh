#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every command that 'vfpool --help' lists has a help of its own, on standard
# output and with status 0; a wrong option is told in one line on standard error.
set -euo pipefail

vfpool=${top_builddir:-.}/vfpool
work=$(mktemp -d "${TMPDIR:-/tmp}/vfpool-help.XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
	echo "FAILED: $*"
	cat "$work/out" "$work/err"
	exit 1
}

run() {
	status=0
	"$vfpool" "$@" >"$work/out" 2>"$work/err" || status=$?
}

expect_help() {
	run "$@"
	[[ $status == 0 && ! -s $work/err && -s $work/out ]] || fail "vfpool $*"
	grep -q '^Usage:' "$work/out" || fail "vfpool $*: no usage"
	! grep -n '[[:space:]]$' "$work/out" || fail "vfpool $*: blanks at the end of a line"
	! grep -nE '^.{101}' "$work/out" || fail "vfpool $*: wider than 100 columns"
}

expect_usage_error() {
	run "$@"
	[[ $status == 2 && ! -s $work/out && $(wc -l <"$work/err") == 1 ]] || fail "vfpool $*"
}

expect_help --help
expect_help -h
mapfile -t commands < <(sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' "$work/out")
((${#commands[@]} >= 7)) || fail "vfpool --help names ${#commands[@]} commands"

for command in "${commands[@]}"; do
	expect_help "$command" --help
	grep -q -- '--dry-run' "$work/out" || fail "vfpool $command --help: no global options"
	expect_help "$command" -h
	expect_help --help "$command"
	expect_help "$command" --json --help
	expect_usage_error "$command" --no-such-option
	[[ $command == reconcile ]] || expect_usage_error "$command" one two three
	echo "ok $command"
done
expect_usage_error no-such-command
expect_usage_error
expect_usage_error no-such-command --help
