# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Programs for the people who develop unixnotif; not in the wheel."""
