#!/bin/sh
# Looks at this machine as a Tailscale subnet router, for somebody who cannot reach a
# server behind it. It only reads: it changes nothing, installs nothing, sends nothing.
#
#   sudo sh router.sh > router.txt      (about half a minute; without sudo it sees less)
#
# Then send router.txt back. Keys, login names and e-mail addresses are taken out below;
# machine names and addresses are in it, so look at it first.

TARGETS="${*:-@TARGETS@}" # host:port of servers behind this router, to try a connection to

section() {
	printf '\n==== router report: %s ====\n' "$1"
}

show() { # show NAME COMMAND...: what a command prints, or why it could not be run
	section "$1"
	shift
	if command -v "$1" >/dev/null 2>&1; then
		"$@" 2>&1 || echo "(ended with $?)"
	else
		echo "($1 is not on this machine)"
	fi
}

try() { # try HOST PORT: one connection from this machine, closed at once
	if command -v nc >/dev/null 2>&1; then
		said=$(nc -v -z -w 3 "$1" "$2" 2>&1) && said=ok
	elif command -v bash >/dev/null 2>&1; then
		said=$(timeout 3 bash -c ": </dev/tcp/$1/$2" 2>&1) && said=ok
	else
		echo "connect $1:$2: not tested, neither nc nor bash is on this machine"
		return
	fi
	if [ "$said" = ok ]; then
		echo "connect $1:$2: ok"
	else
		echo "connect $1:$2: failed: $(echo "${said:-no answer in 3 s}" | tr '\n' ' ')"
	fi
}

report() {
	section about
	echo "host: $(uname -n)"
	echo "time: $(date -u +%Y-%m-%dT%H:%M:%SZ)"
	echo "system: $(uname -sr)"

	show version tailscale version
	show status tailscale status --json
	show prefs tailscale debug prefs
	show netcheck tailscale netcheck
	show metrics tailscale metrics print

	section forwarding
	for name in ipv4/ip_forward ipv6/conf/all/forwarding; do
		echo "net/$name = $(cat "/proc/sys/net/$name" 2>&1)"
	done

	show addresses ip address show
	show routes ip route show

	section connections
	for target in $TARGETS; do
		try "${target%:*}" "${target##*:}"
	done

	if command -v journalctl >/dev/null 2>&1; then
		show log journalctl -u tailscaled --since -2h --no-pager -o short-iso -n 4000
	else
		show log tail -n 4000 /var/log/tailscaled.log
	fi
	section end
}

report | sed -E \
	-e 's/(privkey|nodekey|mkey|discokey|tlpub|nlpub):[0-9a-fA-F]{12}[0-9a-fA-F]*/\1:removed/g' \
	-e 's/(ts|hs)key-[A-Za-z0-9_-]+/key-removed/g' \
	-e 's/("(LoginName|DisplayName|ProfilePicURL|AuthURL|UserProfile|PrivateNodeKey|OldPrivateNodeKey|NetworkLockKey)": *)"[^"]*"/\1"removed"/g' \
	-e 's/[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+/mail-removed/g'
