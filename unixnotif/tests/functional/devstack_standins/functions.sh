#!/bin/bash
# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

# Stand-ins for the functions of DevStack that the plugin calls.
#
# Rule: each has the effect and the traps of the real function. iniset sets
# every line of an option, iniset_multiline fails with nounset, a task in the
# background overwrites the changes of others, and run_process does not wait.

# shellcheck disable=SC2016  # awk's own "$0"

# Messages

function die {
    echo "[ERROR] ${BASH_SOURCE[1]}:$1 ${*:2}" >&2
    exit 1
}

function warn {
    # The real one prints no more than this.
    echo "[WARNING] ${BASH_SOURCE[1]}:$1 $2"
}

function echo_summary {
    echo "$@"
}

# The user of the tests runs all commands.
function sudo {
    "$@"
}

# Configuration files

# Replace a file by the lines on standard input.
function _replace {
    cat > "$1.new"
    mv "$1.new" "$1"
}

# Run awk over a file of sections; "here" is true inside of the section.
function _edit {
    local file=$1 section=$2 option=$3 program=$4
    SECTION="[$section]" OPTION=$option awk '
        function name(line) {
            sub(/[ \t]*=.*/, "", line)
            return line
        }
        /^\[/ { here = ($0 == ENVIRON["SECTION"]) }
        { found = (here && /=/ && name($0) == ENVIRON["OPTION"]) }
        '"$program" "$file"
}

function _need_section {
    if ! grep -qsxF "[$2]" "$1"; then
        printf '\n[%s]\n' "$2" >> "$1"
    fi
}

function iniget {
    _edit "$1" "$2" "$3" \
        'found { sub(/^[^=]*=[ \t]*/, ""); print; exit }'
}

function inidelete {
    _edit "$1" "$2" "$3" '!found { print }' | _replace "$1"
}

# Replace an option by lines.
# _set_lines file section option lines
function _set_lines {
    local file=$1 section=$2 option=$3 lines=$4
    _need_section "$file" "$section"
    inidelete "$file" "$section" "$option"
    LINES_HERE=$lines _edit "$file" "$section" "$option" \
        '{ print $0 (/^\[/ && here ? ENVIRON["LINES_HERE"] : "") }' |
        _replace "$file"
}

function iniset_multiline {
    if [[ $1 == -sudo ]]; then
        shift
    fi
    local lines value
    for value in "${@:4}"; do
        # The variable is not set in the first turn.
        lines=${lines}$'\n'"$3 = $value"
    done
    _set_lines "$1" "$2" "$3" "$lines"
}

function iniset {
    if [[ $1 == -sudo ]]; then
        shift
    fi
    local file=$1 section=$2 option=$3 value=$4
    if [[ -e $file && -n $(iniget "$file" "$section" "$option") ]]; then
        LINE="$option = $value" _edit "$file" "$section" "$option" \
            '{ print found ? ENVIRON["LINE"] : $0 }' | _replace "$file"
    else
        _set_lines "$file" "$section" "$option" $'\n'"$option = $value"
    fi
}

# Services

function is_service_enabled {
    local service
    for service in "$@"; do
        case ",$ENABLED_SERVICES," in
            *",$service,"*) return 0 ;;
        esac
        # The name nova stands for all services whose names begin with n-.
        if [[ $service == nova && ",$ENABLED_SERVICES" == *,n-* ]]; then
            return 0
        fi
    done
    return 1
}

function enable_service {
    if [[ ",$DISABLED_SERVICES," == *",$1,"* ]]; then
        warn $LINENO "Attempt to enable_service $1 when it has been disabled"
    elif ! is_service_enabled "$1"; then
        ENABLED_SERVICES+=,$1
    fi
}

function disable_service {
    DISABLED_SERVICES+=,$1
    local others=,$ENABLED_SERVICES,
    others=${others//,$1,/,}
    others=${others#,}
    ENABLED_SERVICES=${others%,}
}

function run_process {
    local service=$1 command=$2
    local unit=devstack@$service.service
    if ! is_service_enabled "$service"; then
        return 0
    fi
    # systemd runs no shell that would find a command or expand words.
    if [[ ! $command =~ ^/[A-Za-z0-9\ /.:+=_-]*$ ]]; then
        die $LINENO "not a command line for systemd: $command"
    fi
    mkdir -p "$SYSTEMD_DIR"
    iniset -sudo "$SYSTEMD_DIR/$unit" Service User "$STACK_USER"
    iniset -sudo "$SYSTEMD_DIR/$unit" Service ExecStart "$command"
    $SYSTEMCTL start "$unit"
}

function stop_process {
    if is_service_enabled "$1"; then
        $SYSTEMCTL stop "devstack@$1.service"
    fi
}

# Tasks in the background

# Start a task; return when it has read the files that it will change.
function async_runfunc {
    mkfifo "$TOP/$1.begun" "$TOP/$1.wanted"
    "$1" &
    echo $! > "$TOP/$1.pid"
    read -r < "$TOP/$1.begun" || true
}

# Inside of a task: wait until another function waits for the task.
function _await_waiting {
    echo > "$TOP/$1.begun"
    read -r < "$TOP/$1.wanted" || true
}

function async_wait {
    local name
    for name in "$@"; do
        if [[ ! -e $TOP/$name.pid ]]; then
            echo "Not waiting for $name: never started, or waited for"
            continue
        fi
        echo > "$TOP/$name.wanted"
        wait "$(cat "$TOP/$name.pid")"
        rm "$TOP/$name".{begun,wanted,pid}
    done
}

# Installation

function get_python_exec_prefix {
    echo "$DEVSTACK_VENV/bin"
}

function setup_develop {
    echo "setup_develop $*"
    # -P: a console script does not import from the current directory.
    mkdir -p "$DEVSTACK_VENV/bin"
    printf '#!/bin/sh\nexec %s -P -m unixnotif.cli "$@"\n' "$PYTHON" \
        > "$DEVSTACK_VENV/bin/$(basename "$1")"
    chmod +x "$DEVSTACK_VENV/bin/$(basename "$1")"
}

function pip_uninstall {
    rm -f "$DEVSTACK_VENV/bin/$1"
}

# Plugins

function define_plugin {
    :
}

# Source a file of the plugin, which must not change the shell's options.
function _source_plugin {
    local before after
    before=$(set +o; shopt -p)
    # shellcheck source=/dev/null
    source "$DEST/unixnotif/devstack/$1" "${@:2}"
    after=$(set +o; shopt -p)
    if [[ $before != "$after" ]]; then
        die $LINENO "$* changes options of the shell: $before, $after"
    fi
}

function run_phase {
    case "$1" in
        override_defaults) _source_plugin override-defaults ;;
        source) _source_plugin settings ;;
        *) _source_plugin plugin.sh "$@" ;;
    esac
}
