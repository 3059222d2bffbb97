# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Completion of vfpool(8) for bash. Reads only; whatever fails completes nothing.

# One word per line on standard input becomes the completions that begin like $1;
# names may have blanks and characters that the shell must not see bare.
__vfpool_words() {
	local word
	while IFS= read -r word; do
		[[ $word == "$1"* && $word != '' ]] || continue
		printf -v word '%q' "$word"
		COMPREPLY+=("$word")
	done
}

__vfpool_guests() {
	virsh -q -c qemu:///system list --all --name 2>/dev/null || :
}

__vfpool_pfs() {
	local file
	for file in /sys/class/net/*/device/sriov_totalvfs; do
		[[ -e $file ]] || continue
		file=${file#/sys/class/net/}
		printf '%s\n' "${file%%/*}"
	done
}

__vfpool_pools() {
	vfpool -q --json pools 2>/dev/null | sed -n 's/^ *"pool" : "\(.*\)",$/\1/p'
}

# As PF/index: an address has colons, which break words in readline.
__vfpool_free_vfs() {
	vfpool -q list --free -o pf,vf 2>/dev/null |
		while read -r pf vf; do
			[[ $pf == PF ]] || printf '%s/%s\n' "$pf" "$vf"
		done
}

__vfpool_reserved_vfs() {
	vfpool -q list -o pf,vf,state 2>/dev/null |
		while read -r pf vf state; do
			[[ $state != reserved ]] || printf '%s/%s\n' "$pf" "$vf"
		done
}

__vfpool_columns() {
	vfpool list --help 2>/dev/null | sed -n '/^Columns:/,$s/^  \([A-Z-]*\) .*/\L\1/p'
}

# As the error for a wrong one lists them.
__vfpool_findings() {
	vfpool reconcile --only '?' 2>&1 | sed -n 's/.*there are: //p' | tr ' ' '\n'
}

# The values of option $1; fails where it takes none.
__vfpool_values() {
	case $1 in
	--pf) __vfpool_pfs ;;
	--pool) __vfpool_pools ;;
	--vf) __vfpool_free_vfs ;;
	--guest) __vfpool_guests ;;
	--slot) printf '%s\n' net0 net1 net2 net3 ;;
	--trust | --spoofchk) printf '%s\n' on off ;;
	--link-state) printf '%s\n' auto enable disable ;;
	--acpi-index | --virtualport) echo none ;;
	--bond-name) printf '%s\n' bond0 bond1 ;;
	--bond-mac) printf '%s\n' all active ;;
	--driver-model) printf '%s\n' mlx5_vfio_pci none ;;
	--standby) printf '%s\n' bridge= network= alias= ;;
	--color) printf '%s\n' auto always never ;;
	--connect | -c) echo qemu:///system ;;
	--output | -o) __vfpool_columns ;;
	--only | --skip) __vfpool_findings ;;
	--format) printf '%s\n' systemd-networkd netplan nmcli ifcfg interfaces ;;
	--at | --since) printf '%s\n' today yesterday -2h ;;
	--driver) printf '%s\n' vfio-pci host none ;;
	--until) printf '%s\n' +2h tomorrow ;;
	--mode) printf '%s\n' auto failover unplug ;;
	--copy-storage) printf '%s\n' all inc ;;
	--mac | --vlan | --max-tx-rate | --min-tx-rate | --guest-address | --timeout | --add | --count | --owner | --legs | --bandwidth | \
		--pool-map) ;;
	*) return 1 ;;
	esac
}

# The options of command $1.
__vfpool_options() {
	local global='--connect --state --config-file --sysroot --json --dry-run --quiet --verbose --color --help'
	local parts='--live --config --persistent --current'
	local own=''
	case $1 in
	list) own='--pf --pool --free --output' ;;
	pools) own='--check' ;;
	show) own='--guest --pf --vf' ;;
	attach | xml)
		own="--pf --pool --vf --slot --mac --vlan --trust --spoofchk --link-state
			--max-tx-rate --min-tx-rate --virtualport --guest-address --acpi-index $parts
			--on-start --bond --bond-name --bond-mac --legs --failover --standby --driver-model
			--ensure --force --explain --timeout"
		;;
	detach) own="--slot --all $parts --with-standby --ensure --timeout" ;;
	set)
		own='--slot --vlan --trust --spoofchk --link-state --max-tx-rate --min-tx-rate
			--virtualport --mac --guest-address --acpi-index --live --config --current
			--replug --ensure --timeout'
		;;
	move) own='--slot --pf --pool --vf --timeout' ;;
	migrate) own='--mode --copy-storage --bandwidth --timeout --keep-source --pool-map' ;;
	forget | disown) own='--slot --all --ensure' ;;
	adopt) own='--all --mac --vf --slot --pf --pool --ensure' ;;
	ports) own='--add' ;;
	reserve) own='--pf --pool --vf --count --owner --driver --mac --vlan --trust --until --ensure' ;;
	unreserve) own='--owner --ensure' ;;
	reconcile) own='--fix --live --only --skip --nightly --rebuild' ;;
	import) own='--merge --replace' ;;
	guest-config) own='--format --output --force' ;;
	history) own='--guest --slot --vf --mac --at --since' ;;
	'') own='--version' ;;
	esac
	# shellcheck disable=SC2086
	printf '%s\n' $own $global
}

__vfpool_commands() {
	printf '%s\n' list show pools attach detach set move migrate xml forget adopt disown ports reserve unreserve reconcile \
		history guest-config export import
}

__vfpool_arguments() {
	case $1 in
	'') __vfpool_commands ;;
	show)
		__vfpool_guests
		__vfpool_pfs
		;;
	reserve) __vfpool_free_vfs ;;
	unreserve) __vfpool_reserved_vfs ;;
	list | pools | history | export | import) ;;
	*) __vfpool_guests ;;
	esac
}

_vfpool() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' words i
	COMPREPLY=()

	# "--option=value" comes as three words.
	if [[ $current == = ]]; then
		current=
	elif [[ $previous == = ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | --connect | --state | --config-file | --sysroot | --color)
			[[ ${COMP_WORDS[i + 1]} != = ]] || ((i++))
			((i++))
			;;
		-*) ;;
		*)
			command=${COMP_WORDS[i]}
			break
			;;
		esac
	done

	case $previous in
	--state | --config-file)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--sysroot)
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		return
		;;
	esac
	if [[ $command == guest-config && $previous == --output ]]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		return
	fi
	if words=$(__vfpool_values "$previous"); then
		:
	elif [[ $command == [ei][xm]port && $current != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
	elif [[ $current == -* ]]; then
		words=$(__vfpool_options "$command")
	else
		words=$(__vfpool_arguments "$command")
	fi
	__vfpool_words "$current" <<<"$words"
}

complete -F _vfpool vfpool
