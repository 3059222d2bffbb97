# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Up and down: hosts are booted cold once, and from a snapshot of that state,
# running libvirtd and all, ever after.

stop_hosts() {
	local host
	for host in hosta hostb; do
		ssh_close "$host"
		qemu_kill "$host"
	done
	rm -f "$RUN/shape" "$RUN/state"
}

# What the disks of shape $1 are made from.  Each image has a key of its own.
disks_stamp() {
	local suite
	suite=$(shape_suite "$1")
	echo "$(stamp_of_files qemu.sh) $(image_stamp "$suite")" \
		"$(cut -d ' ' -f 2 "$LAB/image-$suite/key.pub" 2>/dev/null)"
}

# Whether a lab of shape $1 is up that was made from what is here now.
is_up() {
	local host
	[[ -e $RUN/state && $(running_shape) == "$1" ]] || return 1
	stamp_matches "$LAB/vm-$1/stamp" "$(disks_stamp "$1")" || return 1
	for host in $(shape_hosts "$1"); do
		[[ $(qemu_pids "$host") ]] && ssh_connect "$host" || return 1
	done
}

# The clock of a host that comes from a snapshot is behind.
settle_host() {
	# shellcheck disable=SC2016
	on_host "$1" bash -c 'date -s "@$0" >/dev/null
		until state=$(systemctl is-system-running --wait) || [[ $state == degraded ]]; do
			sleep 0.2
		done
		[[ $state == running ]] || systemctl --failed --no-legend >&2' "$(date +%s)"
}

# Disks whose hardware or image has changed are made anew.
ensure_disks() {
	local dir=$LAB/vm-$1 stamp
	stamp=$(disks_stamp "$1")
	stamp_matches "$dir/stamp" "$stamp" && return
	rm -rf "$dir"
	mkdir -p "$dir"
	echo "$stamp" >"$dir/stamp"
}

# Clears the floor for hosts of shape $1.
begin_boot() {
	local hosts
	stop_hosts
	read -r -a hosts <<<"$(shape_hosts "$1")"
	ensure_memory $((${#hosts[@]} * $(host_memory "$1")))
	echo "$1" >"$RUN/shape"
}

take_snapshot() {
	local shape=$1 name=$2 host
	for host in $(shape_hosts "$shape"); do
		log "taking snapshot \"$name\" of $host"
		hmp "$host" "savevm $name"
	done
}

boot_cold() {
	local shape=$1 host
	begin_boot "$shape"
	for host in $(shape_hosts "$shape"); do
		make_disk "$host" "$shape"
		log "booting $host ($shape)"
		qemu_start "$host" "$shape" || die "$host did not start: $(tail -n 3 "$RUN/$host.log")"
	done
	for host in $(shape_hosts "$shape"); do
		ssh_wait "$host" 300 || exit 1
		settle_host "$host"
		# libvirtd's first look at its QEMU takes ten seconds here.
		on_host "$host" virsh domcapabilities >/dev/null
		log "$host is up"
	done
	take_snapshot "$shape" booted
}

# Fails when there is no such snapshot, or it is of no use.
boot_snapshot() {
	local shape=$1 name=$2 host
	for host in $(shape_hosts "$shape"); do
		has_snapshot "$host" "$shape" "$name" || return 1
	done
	begin_boot "$shape"
	for host in $(shape_hosts "$shape"); do
		log "loading snapshot \"$name\" of $host"
		if ! qemu_start "$host" "$shape" "$name"; then
			log "it does not load: $(tail -n 1 "$RUN/$host.log")"
			return 1
		fi
	done
	for host in $(shape_hosts "$shape"); do
		ssh_wait "$host" 60 && settle_host "$host" || return 1
	done
}

# guest1, a standard guest, booted on every host.
add_guests() {
	local shape=$1 host
	for host in $(shape_hosts "$shape"); do
		log "booting guest1 on $host"
		on_host "$host" lab-guest define guest1
		on_host "$host" lab-guest start guest1
	done
	take_snapshot "$shape" warm
}

# Ends host $1 in order and boots it cold on the disk that it has.
reboot_host() {
	local host=$1 shape i
	shape=$(running_shape)
	on_host "$host" systemctl poweroff >/dev/null 2>&1 || true
	ssh_close "$host"
	for ((i = 0; i < 900; i++)); do
		[[ $(qemu_pids "$host") ]] || break
		sleep 0.1
	done
	qemu_kill "$host"
	qemu_start "$host" "$shape" || die "$host did not start: $(tail -n 3 "$RUN/$host.log")"
	ssh_wait "$host" 300 || die "$host did not come back"
	settle_host "$host"
}

# Boots a lab of shape $1 to state $2, booted or warm; the snapshots that it
# takes on the way are for the next time.
boot() {
	local shape=$1 state=$2 host
	# Whatever ends us on the way, no QEMU stays behind.
	trap stop_hosts EXIT
	if ! boot_snapshot "$shape" "$state"; then
		if [[ $state == booted ]] || ! boot_snapshot "$shape" booted; then
			boot_cold "$shape"
		fi
		[[ $state == booted ]] || add_guests "$shape"
	fi
	for host in $(shape_hosts "$shape"); do
		plug_nvme "$host"
	done
	echo "$state" >"$RUN/state"
	trap - EXIT
	log "the lab is up: $shape, $state"
}
