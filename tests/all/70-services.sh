#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The services that are installed, as far as one machine has the parts: the script
# for FreeBSD's rc.d under a small stand-in of rc.subr, daemon(8) and su(1), with
# the real node; logrotate's file by logrotate, with the same node; systemd's
# units by systemd-analyze.  'make check-deb' has systemd itself.
# shellcheck disable=SC2154
set -eu
. "$(dirname "$0")/installed.sh"
. tests/net/await.sh
dir=$(mktemp -d)
pidfile=$dir/run/bitmarkd_c/pid
end() {
	kill "$(cat "$pidfile" 2>/dev/null)" 2>/dev/null || true
	rm -rf "$dir"
}
trap end EXIT
trap 'exit 1' INT TERM
fail() { echo "FAILED: $*"; cat "$dir/out" "$dir/node/node.log" 2>/dev/null; exit 1; }

bitmarkd-c init "$dir/node" >/dev/null
conf=$dir/node/bitmarkd-c.conf
cat >"$conf" <<-END
	chain = local
	peering {
	    standalone = yes
	    listen = {"127.0.0.1:$port"}
	}
	logging {
	    destination = "$dir/node/node.log"
	}
END

# --- FreeBSD ------------------------------------------------------------------------

mkdir "$dir/bin" "$dir/run"
# daemon -f -p PIDFILE COMMAND...: the child's id is in the file until it ends.
cat >"$dir/bin/daemon" <<'END'
#!/bin/sh
[ "$1 $2" = '-f -p' ] || { echo "daemon: $*" >&2; exit 64; }
pidfile=$3
shift 3
(
	"$@" </dev/null >/dev/null 2>&1 &
	echo $! >"$pidfile"
	wait
	rm "$pidfile"
) &
END
# su -m USER -c COMMAND: nobody else's account is needed here.
cat >"$dir/bin/su" <<'END'
#!/bin/sh
[ "$1 $2 $3" = "-m somebody -c" ] || { echo "su: $*" >&2; exit 64; }
exec sh -c "$4"
END
# install -d -m MODE -o USER DIRECTORY
cat >"$dir/bin/install" <<'END'
#!/bin/sh
[ "$1 $2 $3 $4 $5" = '-d -m 755 -o somebody' ] || { echo "install: $*" >&2; exit 64; }
exec mkdir -p -m "$3" "$6"
END
chmod +x "$dir"/bin/*
# What rc.subr(8) says of the variables that the script sets.
cat >"$dir/rc.subr" <<'END'
load_rc_config() { . "${0%/*}/rc.conf"; }
running() {
	pid=$(cat "$pidfile" 2>/dev/null) && kill -0 "$pid" 2>/dev/null &&
	    [ "$(readlink "/proc/$pid/exe")" = "$procname" ]
}
run_rc_command() {
	eval "enabled=\$$rcvar user=\$${name}_user"
	case $enabled in
	[Yy][Ee][Ss]) ;;
	*) echo "$name is not enabled"; return 0 ;;
	esac
	case $1 in
	start)
		! running || { echo "$name already running? (pid=$pid)."; return 1; }
		for file in $required_files; do
			[ -r "$file" ] || { echo "$file is not readable."; return 1; }
		done
		$start_precmd || return 1
		su -m "$user" -c "$command $command_args"
		;;
	stop) running && kill -TERM "$pid" ;;
	reload)
		case $extra_commands in *reload*) ;; *) return 1 ;; esac
		running && kill "-$sig_reload" "$pid"
		;;
	status) running && echo "$name is running as pid $pid." ;;
	esac
}
END
sed -e "s|/etc/rc.subr|$dir/rc.subr|" -e "s|/usr/sbin/daemon|$dir/bin/daemon|" \
    -e "s|/var/run|$dir/run|" "$BITMARK_INSTALLED/share/doc/libbitmarkpeer/bitmarkd-c.rc" \
    >"$dir/bitmarkd_c"
rc() { PATH=$dir/bin:$PATH sh -eu "$dir/bitmarkd_c" "$@" >"$dir/out" 2>&1; }
rc_conf() { printf '%s\n' "$@" >"$dir/rc.conf"; }
says() { grep -q -e "$1" "$dir/out" || fail "not said: $1"; }
answers() { bitmarkd-c --config "$conf" status >"$dir/status" 2>&1; }
ended() { [ ! -e "$pidfile" ]; }

! grep -n '@[A-Z]*@' "$dir/bitmarkd_c" || fail "places that were not put in"
rc_conf '#'
rc start || fail "start when not enabled"
says 'not enabled'
rc_conf 'bitmarkd_c_enable=YES' 'bitmarkd_c_user=somebody'
if rc start; then fail "started without a configuration"; fi
says 'etc/bitmarkd-c/bitmarkd-c.conf is not readable'

rc_conf 'bitmarkd_c_enable=YES' 'bitmarkd_c_user=somebody' "bitmarkd_c_config=$conf"
cp "$conf" "$dir/right"
sed -i 's/chain = local/chain = moon/' "$conf"
if rc start; then fail "started with a wrong configuration"; fi
says moon
ended || fail "a process was left"
cp "$dir/right" "$conf"

rc start || fail start
await answers || fail "the node does not answer"
rc status || fail status
says "is running as pid $(cat "$pidfile")"
if rc start; then fail "started twice"; fi
says 'already running'
node=$(cat "$pidfile")

# --- its log in a new file, by hand and by logrotate -----------------------------------

log=$dir/node/node.log
mv "$log" "$dir/node/node.old"
rc reload || fail reload
has_new() { [ -s "$log" ]; }
await has_new || fail "the node does not write a new log"
if command -v logrotate >/dev/null 2>&1; then
	sed -e "s|/var/lib/bitmarkd-c|$dir/node|" -e '/^\tsu /d' \
	    -e "s|systemctl kill.*|kill -HUP $node|" \
	    "$BITMARK_INSTALLED/share/doc/libbitmarkpeer/bitmarkd-c.logrotate" >"$dir/rotate"
	chmod 600 "$dir/rotate"
	logrotate -d "$dir/rotate" >"$dir/out" 2>&1 || fail "logrotate -d"
	! grep -i error "$dir/out" || fail "logrotate -d"
	logrotate -f -s "$dir/rotated" "$dir/rotate" >"$dir/out" 2>&1 || fail "logrotate"
	[ -s "$log.1" ] || fail "logrotate has not moved the log"
	await has_new || fail "the node does not write a new log after logrotate"
fi
answers || fail "the node does not outlive it"

rc stop || fail stop
await ended || fail "the node does not end"
if rc status; then fail "it runs after its end"; fi

# --- systemd --------------------------------------------------------------------------

if command -v systemd-analyze >/dev/null 2>&1; then
	for unit in bitmarkd-c bitmark-explorer; do
		systemd-analyze verify --man=no \
		    "$BITMARK_INSTALLED/lib/systemd/system/$unit.service" >"$dir/out" 2>&1 ||
		    fail "$unit.service"
		[ ! -s "$dir/out" ] || fail "$unit.service"
	done
fi
