#!/bin/bash
# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

# Which function runs in which phase; lib/unixnotif has the functions.

# shellcheck source=devstack/lib/unixnotif
source "$UNIXNOTIF_DIR/devstack/lib/unixnotif"

case "$1 ${2:-}" in
    'stack pre-install')
        # A mistake in local.conf shows now, not half an hour later.
        check_unixnotif
        ;;
    'stack install')
        echo_summary "Installing unixnotif"
        install_unixnotif
        ;;
    'stack post-config')
        # Not in "extra": the services have been started by then.
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
