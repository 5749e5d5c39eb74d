# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""oslo.messaging's own notification tests, over our transport driver.

Rule: the tests are those of the installed oslo.messaging, unchanged.
"""
