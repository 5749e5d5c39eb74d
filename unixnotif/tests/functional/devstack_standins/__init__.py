# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Stand-ins for the parts of DevStack that the plugin uses."""
