# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A cloud of real, separate processes on one host: nova, and all it needs."""
