#!/bin/bash
# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

# Call a function of lib/unixnotif in each phase of DevStack.

# shellcheck source=devstack/lib/unixnotif
source "$UNIXNOTIF_DIR/devstack/lib/unixnotif"

case "$1 ${2:-}" in
    'stack pre-install')
        # Report mistakes in local.conf now, not half an hour later.
        check_unixnotif
        ;;
    'stack install')
        echo_summary "Installing unixnotif"
        install_unixnotif
        ;;
    'stack post-config')
        # Before "extra": DevStack has started the services by then.
        echo_summary "Configuring unixnotif"
        configure_unixnotif
        start_unixnotif
        ;;
    'unstack '*)
        stop_unixnotif
        ;;
    'clean '*)
        cleanup_unixnotif
        ;;
esac
