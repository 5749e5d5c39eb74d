#!/bin/bash
#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

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
