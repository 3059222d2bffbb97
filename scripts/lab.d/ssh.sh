# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The way into the hosts: one ssh connection each, kept open, since a handshake
# takes an emulated host a second and a session on an open one some 50 ms.

# Sets SSH to the command line for host $1.
ssh_args() {
	local image
	image=$LAB/image-$(shape_suite "$(running_shape)")
	SSH=(
		ssh -F /dev/null -p "$(<"$RUN/$1.port")" -i "$image/key" -l root
		-o "UserKnownHostsFile=$image/known_hosts" -o "HostKeyAlias=$1"
		-o IdentitiesOnly=yes -o BatchMode=yes -o LogLevel=ERROR
		-o ConnectTimeout=10 -o ServerAliveInterval=20 -o ServerAliveCountMax=30
		-o KexAlgorithms=curve25519-sha256 -o "ControlPath=$RUN/$1.ssh"
	)
}

# The master is started on its own and without our descriptors: as a child of
# the first session it would hold the caller's pipes open for ever.
ssh_connect() {
	ssh_args "$1"
	"${SSH[@]}" -O check 127.0.0.1 2>/dev/null && return
	rm -f "$RUN/$1.ssh"
	"${SSH[@]}" -M -N -f 127.0.0.1 9>&- </dev/null >/dev/null 2>&1
}

ssh_close() {
	[[ -S $RUN/$1.ssh ]] || return 0
	ssh -F /dev/null -o "ControlPath=$RUN/$1.ssh" -O exit 127.0.0.1 2>/dev/null || true
	rm -f "$RUN/$1.ssh"
}

# Waits until host $1 lets us in; $2 is the limit in seconds.
ssh_wait() {
	local end=$((SECONDS + $2))
	until ssh_connect "$1"; do
		if [[ ! $(qemu_pids "$1") ]]; then
			log "$1 died: $(tail -n 3 "$RUN/$1.log")"
			return 1
		fi
		if ((SECONDS >= end)); then
			log "$1 did not answer within $2 s; its console: $RUN/$1.console"
			return 1
		fi
		sleep 0.5
	done
}

# Runs a command on host $1, words quoted as they are.
on_host() {
	local host=$1
	shift
	ssh_connect "$host" || die "$host does not answer; see \"$0 status\""
	"${SSH[@]}" -S "$RUN/$host.ssh" 127.0.0.1 "${*@Q}"
}
