# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Small stand-ins for the parts of DevStack that our plugin meets."""
