# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Sphinx: how the release notes are built."""

project = 'unixnotif'
copyright = 'OpenStack contributors'
author = 'OpenStack contributors'

extensions = [
    'openstackdocstheme',
    'reno.sphinxext',
]

openstackdocs_repo_name = 'openstack/unixnotif'
openstackdocs_auto_name = False
openstackdocs_bug_project = 'unixnotif'
openstackdocs_bug_tag = ''

html_theme = 'openstackdocs'
pygments_style = 'native'

# A release has the number that its notes are listed under.
release = ''
version = ''
