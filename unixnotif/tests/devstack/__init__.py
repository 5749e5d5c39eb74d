# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""What nova emits on a real cloud; the same tests on a recording elsewhere."""
