#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The manual page names every error code with its status, every command, every
# option and every JSON key; the completion names the commands and options.
set -euo pipefail

build=${top_builddir:-.} source=${top_srcdir:-.}
manual=$source/doc/vfpool.8.scd
completion=$source/scripts/completion/vfpool.bash
failed=0

complain() {
	echo "FAILED: $*"
	failed=1
}

manual_has() {
	grep -qE -- "$1" "$manual"
}

while read -r status code; do
	manual_has "^$code +$status  " ||
		complain "error code $code is not in the manual's table, or not with status $status"
	grep -qF "\"$code\"" "$source/doc/json/error.schema.json" ||
		complain "error code $code is not in error.schema.json"
done < <(sed -nE 's/.*\] = \{ ([0-9]+), "([a-z-]+)" \},/\1 \2/p' "$source/src/base/error.c")

mapfile -t commands < <("$build/vfpool" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
for command in "${commands[@]}"; do
	manual_has "^## $command( |\$)" || complain "command $command has no section in the manual"
	grep -qwF -- "$command" <(sed -n '/^__vfpool_commands/,/^}/p' "$completion") ||
		complain "command $command is not completed"
	# shellcheck source=/dev/null
	own=$(
		. "$completion"
		__vfpool_options "$command"
	)
	while read -r option; do
		manual_has "\*$option\*" || complain "option $option of $command is not in the manual"
		grep -qxF -- "$option" <<<"$own" || complain "option $option of $command is not completed"
	done < <("$build/vfpool" "$command" --help | grep -oE '^  (-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+')
	for option in $own; do
		"$build/vfpool" "$command" --help | grep -qE -- "$option([= ]|\$)" ||
			complain "option $option of $command is completed, but there is none"
	done
done

keys=$(grep -hoE '"[a-z_]+": \{' "$source"/doc/json/*.schema.json | grep -oE '[a-z_]+' | sort -u)
for key in $keys; do
	case $key in
	properties | items | oneOf | result) continue ;;
	esac
	manual_has "(^|[^a-z_])$key([^a-z_]|\$)" || complain "JSON key $key is not in the manual"
done

findings=$("$build/vfpool" reconcile --only '?' 2>&1 | sed -n 's/.*there are: //p') || :
[[ $findings ]] || complain "reconcile does not list its findings"
for id in $findings; do
	manual_has "^$id +(note|warn|fail) " || complain "finding $id is not in the manual's table"
	grep -qx "## $id" "$source/doc/findings.md" || complain "finding $id is not in findings.md"
	grep -qF "\"$id\"" "$source/doc/json/reconcile.schema.json" ||
		complain "finding $id is not in reconcile.schema.json"
done

for state in free claiming attached detaching reserved foreign missing unknown detached; do
	manual_has "\*$state\*" || complain "state $state is not in the manual"
done
((failed == 0)) && echo "${#commands[@]} commands: all is in the manual and the completion"
