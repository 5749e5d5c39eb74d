# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""An example service and its notifications.

``python -m demo`` runs it; copy ``demo.service`` and
``demo.objects`` into your own service.
"""
