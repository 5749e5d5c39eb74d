# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Report pages in a real browser: tests, pictures and measurements."""
