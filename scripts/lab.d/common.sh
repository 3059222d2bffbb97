# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Where the lab keeps its things, what it says, and which lab is up.
#
# $LAB/root-SUITE     Debian root, made by mmdebstrap; QEMU is run from trixie's
# $LAB/image-SUITE    host.ext4, vmlinuz, initrd, ssh keys: made from the root
# $LAB/vm-SHAPE       qcow2 overlays of the hosts, with their snapshots inside
# $LAB/run            what is up now: pid files, sockets, consoles

LAB=${VFPOOL_LAB_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/vfpool-lab}
[[ $LAB == /* ]] || LAB=$PWD/$LAB
RUN=$LAB/run

log() {
	printf '[%4d s] %s\n' "$SECONDS" "$*" >&2
}

die() {
	printf 'lab: %s\n' "$*" >&2
	exit 1
}

usage_error() {
	printf 'lab: %s\nTry "%s help".\n' "$*" "$0" >&2
	exit 2
}

# One command at a time may change the lab.  The lock lives on descriptor 9,
# which everything that outlives us (QEMU, the ssh masters) is started without.
lock_lab() {
	# A socket's name ends after 107 bytes, and ssh appends to ours; to QEMU a
	# comma ends an option.
	if ((${#RUN} > 75)) || [[ $LAB == *[,[:space:]]* ]]; then
		die "VFPOOL_LAB_DIR must be a short path without commas or blanks, not $LAB"
	fi
	mkdir -p "$RUN"
	chmod 0700 "$LAB"
	exec 9>"$LAB/lock"
	flock -n 9 && return
	log "waiting for another lab command to finish"
	flock 9
}

# A stamp says what something was made from; when it differs, make it anew.
stamp_matches() {
	[[ -e $1 && $(<"$1") == "$2" ]]
}

stamp_of_files() {
	(cd "$LABD" && find "$@" -type f -print0 | sort -z | xargs -0 sha256sum) |
		sha256sum | cut -c1-16
}

# The machine must have these; everything else comes out of the Debian roots.
ensure_tools() {
	local tool missing=()
	for tool in mmdebstrap:mmdebstrap mke2fs:e2fsprogs ssh:openssh-client \
		ssh-keygen:openssh-client flock:util-linux; do
		PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" >/dev/null ||
			missing+=("${tool#*:}")
	done
	mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u | sed '/^$/d')
	((${#missing[@]})) || return 0
	if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
		die "missing packages, install them first: ${missing[*]}"
	fi
	log "installing ${missing[*]} (apt-get)"
	apt-get -qq update || die "apt-get update failed"
	DEBIAN_FRONTEND=noninteractive \
		apt-get -qq install --no-install-recommends "${missing[@]}" >/dev/null ||
		die "apt-get could not install: ${missing[*]}"
}

# $1: mebibytes that the hosts together are given.
ensure_memory() {
	local free
	free=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
	((free >= $1)) || die "not enough memory: the hosts need $1 MiB, $free are free"
}

# Shape of the lab: SUITE-HOSTS-acs|noacs.  $RUN/shape is the one that is up.
shape_suite() { echo "${1%%-*}"; }
shape_hosts() {
	case $1 in
	*-2-*) echo hosta hostb ;;
	*) echo hosta ;;
	esac
}

running_shape() {
	[[ -e $RUN/shape ]] && cat "$RUN/shape"
}

require_up() {
	running_shape >/dev/null || die "no lab is up; run \"$0 up\""
}

require_host() {
	require_up
	[[ " $(shape_hosts "$(running_shape)") " == *" $1 "* ]] ||
		die "no host \"$1\" in this lab; it has: $(shape_hosts "$(running_shape)")"
}
