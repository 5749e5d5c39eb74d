#!/bin/bash
# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

# Stand-ins for stack.sh, unstack.sh and clean.sh.
#
# Usage: PYTHON=... bash cloud.sh TOP stack|again|unstack|clean
#
# Rule: the phases of the plugin run in the order, and with the shell options,
# of DevStack. TOP/host is the host, TOP/local.conf has its settings, and
# TOP/manager the state of the service manager.

TOP=$1
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# shellcheck source=unixnotif/tests/functional/devstack_standins/functions.sh
source "$HERE/functions.sh"
# shellcheck source=unixnotif/tests/functional/devstack_standins/manager.sh
source "$HERE/manager.sh"

# Set the variables that every script reads first.
# shellcheck disable=SC2034  # used by the plugin
function read_settings {
    STACK_USER=$(id -un)
    DEST=$TOP/host/opt/stack
    DATA_DIR=$DEST/data
    DEVSTACK_VENV=$DATA_DIR/venv
    SYSTEMD_DIR=$TOP/host/etc/systemd/system
    SYSTEMCTL="sudo systemctl"
    ENABLED_SERVICES=n-api,n-sch,n-cond,n-cpu,c-api,cinder
    DISABLED_SERVICES=
    GLOBAL_VENV=True
    # Only failures take so long, on a busy machine too.
    SERVICE_TIMEOUT=180
    # shellcheck source=/dev/null
    source "$TOP/local.conf"
}

# Set the variables of lib/nova and lib/cinder.
function read_libraries {
    NOVA_CONF_DIR=$TOP/host/etc/nova
    NOVA_CONF=$NOVA_CONF_DIR/nova.conf
    NOVA_CPU_CONF=$NOVA_CONF_DIR/nova-cpu.conf
    NOVA_NUM_CELLS=${NOVA_NUM_CELLS:-1}
    NOVA_NOTIFICATION_FORMAT=${NOVA_NOTIFICATION_FORMAT:-unversioned}
    CINDER_CONF=$TOP/host/etc/cinder/cinder.conf
}

function conductor_conf {
    echo "$NOVA_CONF_DIR/nova_cell$1.conf"
}

function configure_cinder {
    mkdir -p "${CINDER_CONF%/*}"
    rm -f "$CINDER_CONF"
    iniset "$CINDER_CONF" DEFAULT transport_url fake:///
}

function configure_nova {
    local cell conf
    mkdir -p "$NOVA_CONF_DIR"
    rm -f "$NOVA_CONF"
    iniset "$NOVA_CONF" DEFAULT transport_url fake:///
    iniset "$NOVA_CONF" database connection sqlite:///api
    iniset "$NOVA_CONF" oslo_messaging_notifications driver messagingv2
    iniset "$NOVA_CONF" oslo_messaging_notifications transport_url \
        fake:///bus
    iniset "$NOVA_CONF" notifications notification_format \
        "$NOVA_NOTIFICATION_FORMAT"
    for cell in $(seq 1 "$NOVA_NUM_CELLS"); do
        conf=$(conductor_conf "$cell")
        rm -f "$conf"
        # Neither a driver nor a format.
        iniset "$conf" DEFAULT transport_url "fake:///nova_cell$cell"
    done
}

# Run in the background, and overwrite later changes of the files.
function configure_neutron_nova {
    local conf
    for conf in "$NOVA_CONF" "$(conductor_conf 1)"; do
        cp "$conf" "$conf.neutron"
        iniset "$conf.neutron" neutron region_name RegionOne
    done
    _await_waiting configure_neutron_nova
    for conf in "$NOVA_CONF" "$(conductor_conf 1)"; do
        mv "$conf.neutron" "$conf"
    done
}

function start_nova {
    cp "$NOVA_CONF" "$NOVA_CPU_CONF"
    inidelete "$NOVA_CPU_CONF" database connection
}

function stack {
    set -o xtrace
    umask 022
    read_settings
    if [[ -n ${NO_XTRACE:-} ]]; then
        set +o xtrace
    fi
    if [[ -n ${NOUNSET:-} ]]; then
        set -o nounset
    fi
    mkdir -p "$DATA_DIR"
    trap 'echo "cloud.sh failed" >&2' ERR
    # Kill only the tasks: the units keep running.
    trap 'cat "$TOP"/*.pid 2> /dev/null | xargs -r kill' EXIT
    set -o errexit
    run_phase override_defaults
    read_libraries
    run_phase source
    run_phase stack pre-install
    configure_cinder
    configure_nova
    run_phase stack install
    async_runfunc configure_neutron_nova
    run_phase stack post-config
    async_wait configure_neutron_nova
    start_nova
    run_phase stack extra
    run_phase stack test-config
    echo 'This is your host'
}

# Run the phases of the plugin again on an existing cloud.
function again {
    read_settings
    set -o errexit
    run_phase override_defaults
    read_libraries
    run_phase source
    run_phase stack pre-install
    run_phase stack install
    run_phase stack post-config
    run_phase stack extra
    run_phase stack test-config
}

function unstack {
    read_settings
    run_phase override_defaults
    read_libraries
    run_phase source
    set -o xtrace
    run_phase unstack
}

function clean {
    read_settings
    read_libraries
    set -o xtrace
    # In a subshell, because unstack.sh is another script.
    (unstack)
    run_phase source
    run_phase clean
    rm -rf "$NOVA_CONF_DIR" "${CINDER_CONF%/*}" "$DEVSTACK_VENV"
    find "$SYSTEMD_DIR" -name 'devstack@*service' -delete
}

"$2"
