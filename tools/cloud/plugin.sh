#!/bin/bash
# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

# Let the DevStack plugin configure the notifications of the services.
#
# Usage: CHECKOUT=... DATA_DIR=... NOVA_CONF=... CELL_CONF=...
#        KEYSTONE_CONF=... GLANCE_API_CONF=... [SETTING=...] bash plugin.sh
#
# Rule: the functions of the plugin are its own, and run under the options of
# stack.sh; the functions of DevStack are the stand-ins of the tests.

set -o errexit -o nounset

standins=$CHECKOUT/unixnotif/tests/functional/devstack_standins
# shellcheck source=unixnotif/tests/functional/devstack_standins/functions.sh
source "$standins/functions.sh"

# Settings of DevStack that the plugin reads.
# shellcheck disable=SC2034
{
    TOP=$DATA_DIR
    STACK_USER=$(id -un)
    ENABLED_SERVICES=key,g-api,n-api,n-sch,n-cond,n-cpu,placement-api
    DISABLED_SERVICES=
    NOVA_NUM_CELLS=1
    UNIXNOTIF_SERVICES=${UNIXNOTIF_SERVICES:-nova,keystone,glance}
}

function conductor_conf {
    echo "$CELL_CONF"
}

# shellcheck source=devstack/override-defaults
source "$CHECKOUT/devstack/override-defaults"
# shellcheck source=devstack/settings
source "$CHECKOUT/devstack/settings"
# shellcheck source=devstack/lib/unixnotif
source "$CHECKOUT/devstack/lib/unixnotif"

check_unixnotif
configure_unixnotif
