# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""An example service, and what its notifications look like to others.

``python -m demo`` runs it; ``demo.service`` and ``demo.objects`` are made to
be copied from.
"""
