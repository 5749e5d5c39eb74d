# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Notifications of nova on a real cloud; elsewhere from a recording."""
