#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The hook script: a guest is stopped by the program's own word for "refused" and
# by nothing else, whatever is wrong with the program.
set -euo pipefail

source=${top_srcdir:-.}
work=$(mktemp -d "${TMPDIR:-/tmp}/vfpool-qemu-hook.XXXXXX")
trap 'rm -rf "$work"' EXIT
count=0 failed=0
operations='prepare start started stopped release migrate restore reconnect attach unheard-of'

mkdir "$work/sbin" "$work/qemu.d" "$work/bin"
sed "s|@sbindir@|$work/sbin|" "$source/scripts/qemu-hook" >"$work/qemu.d/50-vfpool"
chmod +x "$work/qemu.d/50-vfpool"
# The log of this host is none of ours.
printf '#!/bin/sh\necho "$@" >>%s\n' "$work/log" >"$work/bin/logger"
chmod +x "$work/bin/logger"
PATH=$work/bin:$PATH

# make_program KIND
make_program() {
	local program=$work/sbin/vfpool-hook
	rm -rf "$program"
	case $1 in
	works) printf '#!/bin/sh\ncat >/dev/null\nexit 0\n' >"$program" ;;
	no-reader) printf '#!/bin/sh\nexit 0\n' >"$program" ;;
	refuses) printf '#!/bin/sh\necho why >&2\nexit 100\n' >"$program" ;;
	exit-8) printf '#!/bin/sh\nexit 8\n' >"$program" ;;
	exit-127) printf '#!/bin/sh\nexit 127\n' >"$program" ;;
	segv) printf '#!/bin/sh\nkill -SEGV $$\n' >"$program" ;;
	killed) printf '#!/bin/sh\nkill -KILL $$\n' >"$program" ;;
	no-interpreter) printf '#!/nonexistent/sh\n' >"$program" ;;
	no-program) printf '\177ELF garbage' >"$program" ;;
	not-executable)
		printf '#!/bin/sh\nexit 100\n' >"$program"
		return
		;;
	folder)
		mkdir "$program"
		return
		;;
	absent) return ;;
	esac
	chmod +x "$program"
}

# An XML before them, whose guest has slots of ours; or none.
xml=

# expect NAME STATUS SCRIPT OPERATION
expect() {
	local status=0
	# More than a pipe holds: a program that does not read it must not matter.
	# libvirt takes no notice of a reader that has gone.
	{ printf '%s\n' "$xml" && head -c 200000 /dev/zero || true; } 2>/dev/null |
		"$work/qemu.d/$3" 'web 1;touch x' "$4" begin - >/dev/null 2>&1 || status=$?
	count=$((count + 1))
	if ((status != $2)); then
		echo "FAILED: $1 at $4: status $status instead of $2"
		failed=1
	fi
}

# What the script is to answer.
wanted() {
	case $1/$2 in
	refuses/prepare | refuses/start | refuses/migrate | refuses/restore) echo 100 ;;
	works/* | no-reader/* | absent/* | not-executable/* | refuses/*) echo 0 ;;
	*/migrate) echo 1 ;;
	*) echo 0 ;;
	esac
}

set +o pipefail
for program in works no-reader refuses exit-8 exit-127 segv killed no-interpreter no-program \
	not-executable folder absent; do
	make_program "$program"
	for operation in $operations; do
		expect "$program" "$(wanted "$program" "$operation")" 50-vfpool "$operation"
	done
done

# Left-overs do nothing, though the program refuses.
make_program refuses
for name in 50-vfpool.dpkg-dist 50-vfpool.dpkg-new 50-vfpool.dpkg-old 50-vfpool.rpmsave \
	50-vfpool.rpmnew 50-vfpool~; do
	cp "$work/qemu.d/50-vfpool" "$work/qemu.d/$name"
	for operation in $operations; do
		expect "$name" 0 "$name" "$operation"
	done
done

# Nobody gives the guest its VFs: it stays where it runs.
xml="<vfpool:slots xmlns:vfpool='urn:vfpool:slots:1'/>"
for program in absent not-executable; do
	make_program "$program"
	for operation in $operations; do
		case $operation in
		migrate) expect "$program, slots" 1 50-vfpool "$operation" ;;
		*) expect "$program, slots" 0 50-vfpool "$operation" ;;
		esac
	done
done
xml=

# What is let through is logged; what is refused or done is not.
has_log() {
	rm -f "$work/log"
	make_program "$1"
	expect "$1" "$(wanted "$1" prepare)" 50-vfpool prepare
	[[ -s $work/log ]]
}
for program in exit-8 segv no-interpreter absent not-executable; do
	has_log "$program" || { echo "FAILED: $program is not logged" && failed=1; }
done
for program in works refuses; do
	! has_log "$program" || { echo "FAILED: $program is logged" && failed=1; }
done

((failed == 0)) && echo "$count calls"
