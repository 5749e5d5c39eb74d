#!/bin/bash
# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

# A service manager for the units of the stand-ins.
#
# Rule: the manager does what systemd does. start does not wait until the
# program is ready. stop sends SIGTERM, and SIGKILL after a minute.
# Restart=on-failure restarts a failed program.

# Run a unit's command, restart it as configured, and write its exit status
# to a file.
function _supervise {
    local unit=$1 state=$2
    local -a command
    local code restart tries=0
    set +o errexit
    read -ra command <<< "$(iniget "$SYSTEMD_DIR/$unit" Service ExecStart)"
    while true; do
        "${command[@]}" &
        echo $! > "$state/pid.new"
        mv "$state/pid.new" "$state/pid"
        wait $!
        code=$?
        rm -f "$state/pid"
        tries=$((tries + 1))
        restart=$(iniget "$SYSTEMD_DIR/$unit" Service Restart)
        if [[ $restart != on-failure || $code == 0 || $tries -ge 3 ]]; then
            break
        elif [[ -e $state/stopping ]]; then
            break
        fi
    done
    echo "$code" > "$state/code.new"
    mv "$state/code.new" "$state/code"
}

function _start {
    local unit=$1 state=$2
    if [[ -e $state && ! -e $state/code ]]; then
        return 0
    fi
    rm -rf "$state"
    mkdir -p "$state"
    echo start >> "$TOP/manager/$unit.log"
    # Files of its own: no caller waits for the end of this output.
    _supervise "$unit" "$state" < /dev/null >> "$state/output" 2>&1 &
}

function _stop {
    local state=$1 end
    if [[ -e $state/code || ! -e $state ]]; then
        return 0
    fi
    touch "$state/stopping"
    kill -TERM "$(cat "$state/pid")"
    end=$(($(date +%s%3N) + 60000))
    while [[ ! -e $state/code ]]; do
        if [[ $(date +%s%3N) -ge $end ]]; then
            kill -KILL "$(cat "$state/pid")"
            touch "$state/killed"
            break
        fi
        sleep 0.02
    done
}

# systemctl start|stop|show|is-failed [options] unit
function systemctl {
    local unit=${*: -1}
    local state=$TOP/manager/$unit
    case "$1" in
        start) _start "$unit" "$state" ;;
        stop) _stop "$state" ;;
        show) cat "$state/pid" 2> /dev/null || echo 0 ;;
        is-failed) [[ -e $state/code && $(cat "$state/code") != 0 ]] ;;
        *) die $LINENO "systemctl $*" ;;
    esac
}
